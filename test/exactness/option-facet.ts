/**
 * Keys that are one option of `docker create` each, with awkward text wherever there is any: how they
 * are written, and the values that the option has to have.
 */
import fc from 'fast-check';
import { awkwardText } from './awkward-text.ts';
import type { Facet } from './service-arbitrary.ts';

interface Key {
  readonly key: string;
  readonly option: string;
  readonly values: fc.Arbitrary<{ readonly written: unknown; readonly wanted: readonly string[] }>;
}

const text = awkwardText().filter((value) => value !== '');
const texts = fc.uniqueArray(text, { minLength: 1, maxLength: 3 });
const name = text.filter((value) => !value.includes('='));
const one = (values: fc.Arbitrary<string>): Key['values'] =>
  values.map((value) => ({ written: value, wanted: [value] }));
const number = (min: number, max: number): Key['values'] =>
  fc
    .tuple(fc.integer({ min, max }), fc.boolean())
    .map(([value, quoted]) => ({ written: quoted ? String(value) : value, wanted: [String(value)] }));
const size: Key['values'] = fc.constantFrom(
  { written: '64m', wanted: ['67108864'] },
  { written: 67_108_864, wanted: ['67108864'] },
);
const list: Key['values'] = texts.map((values) => ({ written: values, wanted: values }));
const oneOrList: Key['values'] = fc
  .tuple(texts, fc.boolean())
  .map(([values, bare]) => ({ written: bare && values.length === 1 ? values[0] : values, wanted: values }));
const pairs: Key['values'] = fc
  .tuple(
    fc.uniqueArray(fc.tuple(name, awkwardText()), { minLength: 1, maxLength: 3, selector: ([key]) => key }),
    fc.boolean(),
  )
  .map(([entries, asList]) => {
    const lines = entries.map(([key, value]) => `${key}=${value}`);
    // Maps are put in order of their keys.
    const inOrder = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      written: asList ? lines : Object.fromEntries(entries),
      wanted: inOrder.map(([key, value]) => `${key}=${value}`),
    };
  });

const keys: readonly Key[] = [
  { key: 'cgroup', option: '--cgroupns', values: one(fc.constantFrom('host', 'private')) },
  { key: 'cgroup_parent', option: '--cgroup-parent', values: one(text) },
  { key: 'cpu_shares', option: '--cpu-shares', values: number(2, 4096) },
  { key: 'cpuset', option: '--cpuset-cpus', values: one(text) },
  { key: 'device_cgroup_rules', option: '--device-cgroup-rule', values: list },
  { key: 'dns_opt', option: '--dns-option', values: list },
  { key: 'dns_search', option: '--dns-search', values: oneOrList },
  { key: 'domainname', option: '--domainname', values: one(text) },
  { key: 'group_add', option: '--group-add', values: list },
  { key: 'mac_address', option: '--mac-address', values: one(text) },
  { key: 'mem_limit', option: '--memory', values: size },
  { key: 'mem_reservation', option: '--memory-reservation', values: size },
  { key: 'mem_swappiness', option: '--memory-swappiness', values: number(0, 100) },
  { key: 'oom_score_adj', option: '--oom-score-adj', values: number(-1000, 1000) },
  { key: 'pids_limit', option: '--pids-limit', values: number(-1, 1000) },
  { key: 'platform', option: '--platform', values: one(text) },
  { key: 'runtime', option: '--runtime', values: one(text) },
  { key: 'storage_opt', option: '--storage-opt', values: pairs },
  { key: 'sysctls', option: '--sysctl', values: pairs },
  { key: 'userns_mode', option: '--userns', values: one(text) },
  {
    key: 'cpus',
    option: '--cpus',
    values: fc.constantFrom(
      { written: 0.5, wanted: ['0.5'] },
      { written: '2', wanted: ['2'] },
      { written: 0.3, wanted: ['0.3'] },
      { written: '1.75', wanted: ['1.75'] },
    ),
  },
];

/** Options that the reader of `docker create` keeps as they are. */
export const plainOptions: ReadonlySet<string> = new Set(keys.map(({ option }) => option));

/** Some of these keys. What Docker makes of each is shown by a host test of its own (more-keys). */
export function optionFacet(): fc.Arbitrary<Facet> {
  const some = keys.map(({ key, option, values }) =>
    fc.option(
      values.map(({ written, wanted }) => ({ key, option, written, wanted })),
      { freq: 1 },
    ),
  );
  return fc.tuple(...some).map((parts) => {
    const chosen = parts.filter((part) => part !== null);
    return {
      written: Object.fromEntries(chosen.map(({ key, written }) => [key, written])),
      wanted: { options: Object.fromEntries(chosen.map(({ option, wanted }) => [option, wanted])) },
    };
  });
}
