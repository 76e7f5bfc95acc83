/**
 * Random services: each as the plain object a user writes under `services:`, and beside it the
 * container that this asks for.
 */
import fc from 'fast-check';
import { awkwardText } from './awkward-text.ts';
import { type Container, emptyContainer } from './container.ts';
import { optionFacet } from './option-facet.ts';
import { healthFacet, mountsFacet, placesFacet, portsFacet } from './service-facets.ts';

/**
 * How far a service has to get: `client`, a docker command line, which can hold anything; `engine`, a
 * running container, for which dockerd and the kernel check users, signals, paths and the like.
 */
export type Reach = 'client' | 'engine';

/** A group of keys as written, and what they ask for. */
export interface Facet {
  readonly written: Readonly<Record<string, unknown>>;
  readonly wanted: Partial<Container>;
}

export interface RandomService {
  readonly written: Readonly<Record<string, unknown>>;
  readonly wanted: Omit<Container, 'name' | 'network' | 'aliases'>;
}

export function randomService(reach: Reach): fc.Arbitrary<RandomService> {
  const facets: fc.Arbitrary<Facet>[] = [
    environmentFacet(),
    labelsFacet(),
    placesFacet(reach),
    mountsFacet(reach),
    portsFacet(reach),
    healthFacet(reach),
    limitsFacet(reach),
    loggingFacet(reach),
    ...(reach === 'client' ? [optionFacet()] : []),
  ];
  return fc
    .tuple(fc.constantFrom(...images[reach]), processFacet(reach), ...facets.map(orNothing))
    .map(([image, ...parts]) => {
      const all = parts as Facet[];
      return {
        written: Object.assign(
          { image, pull_policy: 'never' },
          ...all.map(({ written }) => written),
        ) as Facet['written'],
        wanted: Object.assign(
          { ...emptyContainer, image },
          ...all.map(({ wanted }) => wanted),
        ) as RandomService['wanted'],
      };
    });
}

const images: Readonly<Record<Reach, readonly [string, ...string[]]>> = {
  client: ['busybox:test', 'registry.example:5000/a/b-c_d:1.2', 'x@sha256:' + 'ab'.repeat(32)],
  engine: ['busybox:test'],
};

const nothing: Facet = { written: {}, wanted: {} };
const orNothing = (facet: fc.Arbitrary<Facet>): fc.Arbitrary<Facet> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(nothing) }, { weight: 3, arbitrary: facet });

/** A container for Docker sleeps, and gets the random words as arguments that it does not look at. */
const sleeper = ['/bin/sh', '-c', 'exec /bin/sleep 100000'] as const;

function processFacet(reach: Reach): fc.Arbitrary<Facet> {
  const words = fc.array(awkwardText(), { maxLength: 6 });
  if (reach === 'engine') {
    return fc.tuple(words, fc.nat({ max: 3 })).map(([rest, split]) => {
      const argv = [...sleeper, ...rest];
      const [entrypoint, command] = [argv.slice(0, split), argv.slice(split)];
      return {
        written: { ...(split > 0 && { entrypoint }), command },
        wanted: { replacesEntrypoint: split > 0, argv },
      };
    });
  }
  const program = fc.array(awkwardText(), { minLength: 1, maxLength: 3 }).filter(([first]) => first !== '');
  return fc
    .tuple(fc.option(fc.oneof(program, fc.constant([]))), fc.option(words))
    .filter(([entrypoint, command]) => entrypoint?.length !== 0 || (command ?? []).length > 0)
    .map(([entrypoint, command]) => ({
      written: { entrypoint, command },
      wanted: {
        replacesEntrypoint: entrypoint !== null,
        argv: [...(entrypoint ?? []), ...(command ?? [])],
      },
    }));
}

/** Names that only docker's own file of variables can carry, and values that only systemd's can. */
function environmentFacet(): fc.Arbitrary<Facet> {
  const shellName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).map((name) => `V${name}`);
  const anyName = fc.oneof(
    fc.constantFrom(
      'PATH',
      'HOME',
      'LD_PRELOAD',
      'DOCKER_HOST',
      'LANG',
      'discovery.type',
      'a-b',
      'é',
      '$x',
      '%n',
      '"',
    ),
    awkwardText().filter((name) => name !== '' && !/[\s=\p{Cc}]/u.test(name) && !name.startsWith('#')),
  );
  const line = awkwardText().map((value) => value.replaceAll('\n', ' ').replace(/\r+$/, ''));
  const block = fc.oneof(
    { weight: 40, arbitrary: awkwardText() },
    { weight: 20, arbitrary: fc.tuple(awkwardText(), awkwardText()).map((parts) => parts.join('\n')) },
    { weight: 1, arbitrary: awkwardText().map((value) => `${value}${'\\"$x'.repeat(17_000)}`) },
  );
  const noncharacters = /\p{NChar}/gu;
  const entry = fc.oneof(
    fc.tuple(anyName, line),
    fc.tuple(
      shellName,
      block.map((value) => value.replaceAll(noncharacters, '')),
    ),
  );
  const entries = fc.uniqueArray(entry, { maxLength: 6, selector: ([name]) => name });
  return fc.tuple(entries, fc.boolean()).map(([pairs, asList]) => ({
    written: {
      environment: asList ? pairs.map(([name, value]) => `${name}=${value}`) : Object.fromEntries(pairs),
    },
    wanted: { environment: Object.fromEntries(pairs) },
  }));
}

/** A label's name goes up to the first `=`, and docker takes no white space in it. */
function labelsFacet(): fc.Arbitrary<Facet> {
  const name = awkwardText().filter((text) => text !== '' && !/[=\s\u0085]/.test(text));
  const entries = fc.uniqueArray(fc.tuple(name, awkwardText()), { maxLength: 4, selector: ([key]) => key });
  return fc.tuple(entries, fc.boolean()).map(([pairs, asList]) => ({
    written: { labels: asList ? pairs.map(([key, value]) => `${key}=${value}`) : Object.fromEntries(pairs) },
    wanted: { labels: Object.fromEntries(pairs) },
  }));
}

function limitsFacet(reach: Reach): fc.Arbitrary<Facet> {
  const capabilities = fc.subarray(['NET_ADMIN', 'SYS_TIME', 'CHOWN', 'KILL', 'SETFCAP', 'MKNOD']);
  const limit = fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 500 }));
  return fc
    .record({
      init: fc.option(fc.boolean()),
      readOnly: fc.option(fc.boolean()),
      privileged: reach === 'client' ? fc.option(fc.boolean()) : fc.constant(null),
      capAdd: capabilities,
      capDrop: capabilities,
      devices: fc.subarray(['/dev/null:/dev/nil:rw', '/dev/zero', '/dev/full:/dev/brim']),
      ulimits: fc.dictionary(fc.constantFrom('nofile', 'core', 'memlock', 'msgqueue', 'sigpending'), limit),
      shm: fc.option(
        fc.constantFrom<[string | number, number]>(
          ['64m', 67_108_864],
          ['1gb', 1_073_741_824],
          [4_096_000, 4_096_000],
        ),
      ),
    })
    .map(({ init, readOnly, privileged, capAdd, capDrop, devices, ulimits, shm }) => {
      const limits = Object.entries(ulimits).map(
        ([name, [soft, more]]) => [name, 1000 + soft, 1000 + soft + more] as const,
      );
      return {
        written: {
          ...{ init, read_only: readOnly, privileged, cap_add: capAdd, cap_drop: capDrop, devices },
          ...{ shm_size: shm?.[0] ?? null },
          ulimits: Object.fromEntries(
            limits.map(([name, soft, hard]) => [name, soft === hard ? soft : { soft, hard }]),
          ),
        },
        wanted: {
          ...(init !== null && { init }),
          ...(readOnly !== null && { readOnly }),
          ...(privileged !== null && { privileged }),
          ...(shm !== null && { shmSize: shm[1] }),
          capAdd,
          capDrop,
          devices: devices.map((device) => {
            const [host = '', inside = host, access = 'rwm'] = device.split(':');
            return { host, inside, access };
          }),
          ulimits: Object.fromEntries(limits.map(([name, soft, hard]) => [name, { soft, hard }])),
        },
      };
    });
}

function loggingFacet(reach: Reach): fc.Arbitrary<Facet> {
  const options = fc.record({ labels: awkwardText(), 'max-size': fc.constantFrom('10m', '1g') });
  const drivers = reach === 'client' ? ['json-file', 'local', 'journald', 'awkward "one"'] : ['json-file'];
  return fc.tuple(fc.constantFrom(...drivers), options).map(([driver, pairs]) => ({
    written: { logging: { driver, options: pairs } },
    wanted: { logDriver: driver, logOptions: pairs },
  }));
}
