import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUnits } from '../../src/rollout/compare-units.ts';
import { findDrift } from '../../src/rollout/drift.ts';
import type { BuildKey, NetworkKey, ServiceKey, VolumeKey } from '../../src/compose/keys.ts';
import { compileProject } from '../../src/units/compile.ts';
import { parseUnit, serialiseUnit } from '../../src/units/unit-file.ts';
import type { UnitSet } from '../../src/units/unit-set.ts';
import { readDockerEnvFile } from '../exactness/read-environment.ts';
import { readUnit } from '../exactness/read-unit.ts';
import { compileText, setOf } from '../exactness/compile-services.ts';
import {
  codes,
  compile,
  network,
  project,
  service,
  target,
  unitOf,
  valueFiles,
  volume,
} from './project-builder.ts';

/** Values of a key that hold a secret, which is no address's part unless it is given as one. */
type Holding = (secret: string, inAddress: string) => readonly unknown[];
/** Holds none; or is read when compiling, and reaches the unit by another key. */
const none: Holding = () => [];
/** May hold one, and shows it: what docs/compose.md says of `environment`. */
const shown = none;

const endpoint = (secret: string): object => ({ driver_opts: { token: secret } });
const serviceKeys = {
  build: () => [],
  configs: () => [['mine']],
  environment: (secret) => [{ TOKEN: secret }, { TOKEN: 'x', OTHER: `2${secret}` }],
  logging: (secret, inAddress) => [
    { driver: 'splunk', options: { 'splunk-token': secret, 'splunk-url': 'https://x' } },
    { driver: 'splunk', options: { 'splunk-url': `https://u:${inAddress}@x` } },
    { driver: 'syslog', options: { 'syslog-address': `tcp://${inAddress}@x` } },
    { driver: 'grafana/loki', options: { 'loki-url': `https://x/?token=${inAddress}`, 'x.y': secret } },
  ],
  networks: (secret) => [
    { back: endpoint(secret) },
    { back: { ...endpoint(secret), priority: 1 }, front: endpoint(`2${secret}`) },
    { back: { ...endpoint(secret), mac_address: '02:42:ac:11:00:09' }, front: { priority: 1 } },
  ],
  post_start: (secret) => [[{ command: ['x'], environment: { TOKEN: secret } }]],
  pre_stop: (secret) => [[{ command: ['x'], environment: { TOKEN: secret } }]],
  secrets: () => [['mine']],
  ...{ annotations: shown, command: shown, entrypoint: shown, healthcheck: shown, labels: shown },
  ...{ env_file: none, extends: none, label_file: none },
  ...{ attach: none, blkio_config: none, cap_add: none, cap_drop: none, cgroup: none, cgroup_parent: none },
  ...{ container_name: none, cpu_count: none, cpu_percent: none, cpu_period: none, cpu_quota: none },
  ...{ cpu_rt_period: none, cpu_rt_runtime: none, cpu_shares: none, cpus: none, cpuset: none },
  ...{ credential_spec: none, depends_on: none, deploy: none, develop: none, device_cgroup_rules: none },
  ...{ devices: none, dns: none, dns_opt: none, dns_search: none, domainname: none, expose: none },
  ...{ external_links: none, extra_hosts: none, gpus: none, group_add: none, hostname: none, image: none },
  ...{ init: none, ipc: none, isolation: none, links: none, mac_address: none, mem_limit: none },
  ...{ mem_reservation: none, mem_swappiness: none, memswap_limit: none, models: none, network_mode: none },
  ...{
    oom_kill_disable: none,
    oom_score_adj: none,
    pid: none,
    pids_limit: none,
    platform: none,
    ports: none,
  },
  ...{ privileged: none, profiles: none, provider: none, pull_policy: none, pull_refresh_after: none },
  ...{ read_only: none, restart: none, runtime: none, scale: none, security_opt: none, shm_size: none },
  ...{ stdin_open: none, stop_grace_period: none, stop_signal: none, storage_opt: none, sysctls: none },
  ...{ tmpfs: none, tty: none, ulimits: none, use_api_socket: none, user: none, userns_mode: none },
  ...{ uts: none, volumes: none, volumes_from: none, working_dir: none },
} satisfies Record<ServiceKey, Holding>;

const buildKeys = {
  additional_contexts: (_secret, inAddress) => [{ more: `https://${inAddress}@x/a.git` }],
  args: (secret) => [
    { TOKEN: secret, 'dotted.name': `1${secret}`, option: `2${secret}`, PATH: `3${secret}` },
    { HTTP_PROXY: `http://u:${secret}@proxy`, http_proxy: secret },
  ],
  cache_from: (_secret, inAddress) => [[`type=s3,region=x,secret_access_key=${inAddress}`]],
  cache_to: (_secret, inAddress) => [[`type=gha,token=${inAddress}`, `type=gha,token=2${inAddress}`]],
  context: (_secret, inAddress) => [
    `https://u:${inAddress}@example.org/a.git#main`,
    `https://${inAddress}@x/a.git`,
  ],
  dockerfile_inline: (secret) => [`FROM x\n# ${secret}`],
  secrets: () => [['mine']],
  ...{ labels: shown },
  ...{ dockerfile: none, entitlements: none, extra_hosts: none, isolation: none, network: none, ssh: none },
  ...{ no_cache: none, no_cache_filter: none, platforms: none, privileged: none, provenance: none },
  ...{ pull: none, sbom: none, shm_size: none, tags: none, target: none, ulimits: none },
} satisfies Record<BuildKey, Holding>;

const volumeKeys = {
  driver_opts: (secret, inAddress) => [
    { type: 'cifs', o: `username=u,password=${secret},vers=3.0`, device: '//192.0.2.9/share' },
    { password: secret, sshcmd: 'u@h:/p' },
    { device: `https://u:${inAddress}@x/dav`, type: 'davfs' },
  ],
  ...{ driver: none, external: none, name: none, labels: shown },
} satisfies Record<VolumeKey, Holding>;

const networkKeys = {
  driver_opts: (secret) => [{ token: secret, 'com.docker.network.driver.mtu': '1400' }],
  ipam: (secret) => [{ driver: 'x', options: { password: secret } }],
  ...{ attachable: none, driver: none, enable_ipv4: none, enable_ipv6: none, external: none },
  ...{ internal: none, name: none, labels: shown },
} satisfies Record<NetworkKey, Holding>;

const mark = 'S3CRET';
/** What a password may be; systemd ignores a file with a noncharacter, which is refused elsewhere. */
const secrets = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((text) => `${mark}${text.replace(/[\0\p{Cc}\p{NChar}]/gu, '')}`)
  .chain((text) => fc.constantFrom(text, `${text}"'\\$\`%s \${HOME} $$x`, `${text}\nsecond line`));

interface Spec {
  readonly web?: object;
  readonly volume?: unknown;
  readonly network?: unknown;
  readonly secret: string;
}

function compileSpec({ web, volume: bound, network: back, secret }: Spec): UnitSet {
  const spec = {
    services: { web: { image: 'app:1', volumes: ['v:/v'], networks: ['back'], ...web } },
    volumes: { v: bound ?? {} },
    networks: { back: back ?? {}, front: {} },
    configs: { mine: { content: secret } },
    secrets: { mine: { content: secret } },
  };
  const text = JSON.stringify(spec).replaceAll('$', '$$$$');
  return setOf(compileText(text, { systemd: 252, docker: 28 }, () => ({ ok: true, text: '' })));
}

/** All that programs are handed: their words, their environment, and the files that are read for it. */
function handedOn(set: UnitSet): string {
  const contentOf = (path: string): string =>
    set.files.find(({ name }) => path === `/units/${name}`)?.content ?? '';
  const read = set.units.map((unit) => readUnit(serialiseUnit(unit), { Y: '/units', U: '0' }, contentOf));
  const plain = set.files
    .filter(({ name }) => name.endsWith('.env') && !/\.(?:multiline|private)\.env$/.test(name))
    .flatMap(({ content }) => readDockerEnvFile(content, {}));
  const others = set.files.filter(({ name }) => !name.endsWith('.env')).map(({ content }) => content);
  const words = read.flatMap(({ commands, environment }) => [
    ...commands.flatMap(({ argv }) => argv),
    ...environment.flat(),
  ]);
  return [...words, ...plain.flat(), ...others].join('\0');
}

const cases: readonly { key: string; holding: Holding; spec: (value: unknown) => Omit<Spec, 'secret'> }[] = [
  ...Object.entries<Holding>(serviceKeys).map(([key, holding]) => ({
    key: `services.${key}`,
    holding,
    spec: (value: unknown) => ({ web: { [key]: value } }),
  })),
  ...Object.entries<Holding>(buildKeys).map(([key, holding]) => ({
    key: `build.${key}`,
    holding,
    spec: (value: unknown) => ({ web: { build: { context: '/srv/app', [key]: value } } }),
  })),
  ...Object.entries<Holding>(volumeKeys).map(([key, holding]) => ({
    key: `volumes.${key}`,
    holding,
    spec: (value: unknown) => ({ volume: { [key]: value } }),
  })),
  ...Object.entries<Holding>(networkKeys).map(([key, holding]) => ({
    key: `networks.${key}`,
    holding,
    spec: (value: unknown) => ({ network: { [key]: value } }),
  })),
];

describe('a secret in a key', () => {
  it.each(cases.filter(({ holding }) => holding('x', 'x').length > 0))(
    'stands in files of mode 0600 alone, and arrives: $key',
    ({ holding, spec }) => {
      fc.assert(
        fc.property(secrets, (secret) => {
          const inAddress = encodeURIComponent(secret.toWellFormed());
          for (const value of holding(secret, inAddress)) {
            const set = compileSpec({ ...spec(value), secret });
            for (const unit of set.units) expect(serialiseUnit(unit)).not.toContain(mark);
            expect(JSON.stringify(set.units)).not.toContain(mark);
            for (const { mode, outline, content, name } of valueFiles(set)) {
              expect({ name, shown: outline.join().includes(mark) }).toEqual({ name, shown: false });
              if (content.includes(mark)) expect({ name, mode }).toEqual({ name, mode: 0o600 });
            }
            const handed = handedOn(set);
            // The client reads networks as records of CSV.
            const forms = [secret, inAddress, secret.replaceAll('"', '""')];
            expect(forms.some((form) => handed.includes(form))).toBe(true);
          }
        }),
        { numRuns: 15 },
      );
    },
  );
});

describe('private words', () => {
  const cifs = (password: string): UnitSet => {
    const o = `username=u,password=${password}`;
    const volumes = new Map([['c', volume('c', { driverOpts: new Map([['o', o]]) })]]);
    const mount = { type: 'volume', source: 'c', target: '/c', readOnly: false, noCopy: false } as const;
    return compile(project([service('web', { volumes: [mount] })], { volumes }));
  };
  const installed = (set: UnitSet) => ({
    units: set.units.map((unit) => {
      const text = serialiseUnit(unit);
      return { unit: parseUnit(unit.name, text) ?? unit, text };
    }),
    files: set.files.map((file) => ({ ...file, written: 0 })),
  });

  it('appear as the name that systemd replaces by the value', () => {
    const text = serialiseUnit(unitOf(cifs('hush'), 'shop-vol-c.service'));
    expect(text).toContain('EnvironmentFile=%Y/shop-vol-c.private.env\n');
    expect(text).toContain('--opt o=${PRIVATE_O}');
    expect(valueFiles(cifs('hush')).map(({ outline, unit }) => [outline, unit])).toEqual([
      [['PRIVATE_O=…'], 'shop-vol-c.service'],
    ]);
  });

  it('read back from the unit’s text unchanged, and with a known script', () => {
    const unit = unitOf(cifs('hush'), 'shop-vol-c.service');
    const text = serialiseUnit(unit);
    expect(serialiseUnit(parseUnit(unit.name, text) ?? unit)).toBe(text);
  });

  it('are left out where they contain only what mount(8) keeps to itself', () => {
    const options = { type: 'nfs', o: 'addr=10.0.0.1,nolock,soft,rw,vers=4', device: ':/export' };
    const volumes = new Map([['c', volume('c', { driverOpts: new Map(Object.entries(options)) })]]);
    const mount = { type: 'volume', source: 'c', target: '/c', readOnly: false, noCopy: false } as const;
    const logging = { driver: 'json-file', options: new Map([['max-size', '10m']]) };
    expect(
      valueFiles(compile(project([service('web', { volumes: [mount], logging })], { volumes }))),
    ).toEqual([]);
  });

  it('that change are reported by their names, and change no unit', () => {
    const changes = compareUnits(installed(cifs('hush')), cifs('other'));
    expect(changes.filter(({ change }) => change !== 'same')).toEqual([
      {
        unit: 'shop-vol-c.service',
        kind: 'volume',
        change: 'changed',
        details: [
          {
            kind: 'variables',
            file: 'shop-vol-c.private.env',
            removed: [],
            added: [],
            changed: ['PRIVATE_O'],
            need: 'nothing',
          },
        ],
      },
    ]);
  });

  it('of a network change it, by a hash that is as private', () => {
    const netted = (token: string): UnitSet =>
      compile(
        project([service('web')], {
          networks: new Map([['default', network('default', { driverOpts: new Map([['token', token]]) })]]),
        }),
      );
    const [before, after] = [netted('one'), netted('two')];
    expect(before.units.map(serialiseUnit)).toEqual(after.units.map(serialiseUnit));
    const details = compareUnits(installed(before), after).flatMap((change) =>
      change.change === 'changed' ? change.details : [],
    );
    expect(details.map(({ need }) => need)).toEqual(['restart']);
    const hashOf = (set: UnitSet): string =>
      /^PRIVATE_CONFIG="(.*)"$/m.exec(valueFiles(set)[0]?.content ?? '')?.[1] ?? '';
    const engine = {
      containers: new Map(),
      images: new Map(),
      networks: new Map([['shop_default', new Map([['dockunit.config', hashOf(before)]])]]),
      volumes: new Set<string>(),
    };
    expect(hashOf(before)).toMatch(/^[0-9a-f]{16}$/);
    expect(findDrift(installed(before), engine, new Map())).toEqual([]);
    expect(findDrift(installed(after), engine, new Map()).map(({ kind }) => kind)).toEqual(['network']);
  });

  it('that no file can hold are refused, and not shown', () => {
    const logging = { driver: 'x', options: new Map([['token', `${mark}\u{ffff}`]]) };
    const input = project([service('web', { logging })]);
    expect(codes(input)).toEqual(['argument-noncharacter']);
    expect(JSON.stringify(compileProject(input, target).diagnostics)).not.toContain(mark);
  });
});
