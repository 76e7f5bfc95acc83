/**
 * The parts of a random service that are more than words: places, mounts, ports and health checks.
 */
import fc from 'fast-check';
import { awkwardText } from './awkward-text.ts';
import type { Health, Mounted, PublishedPort } from './container.ts';
import type { Facet, Reach } from './service-arbitrary.ts';

/** A normal absolute path of awkward components; docker's options part at colons, so with them or without. */
function awkwardPath(options: { readonly colons: boolean }): fc.Arbitrary<string> {
  const component = awkwardText()
    // Go's CSV reader, which --mount is read with, makes \r\n a \n.
    .map((text) => text.replaceAll('/', '_').replaceAll('\r', ''))
    .map((text) => (options.colons ? text : text.replaceAll(':', ';')))
    .filter((text) => text !== '' && text !== '.' && text !== '..' && Buffer.byteLength(text) < 250);
  return fc.array(component, { minLength: 1, maxLength: 2 }).map((parts) => `/${parts.join('/')}`);
}

/** Who, where and how: the keys that hold one text or a list of them. */
export function placesFacet(reach: Reach): fc.Arbitrary<Facet> {
  const loose = awkwardText().filter((text) => text !== '');
  const engine = {
    user: fc.constantFrom('root', 'app', '1000', '1000:1000', 'app:app', '0:0', '4321:65534'),
    hostname: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/),
    stopSignal: fc.constantFrom('SIGTERM', 'SIGUSR1', '15', 'SIGRTMIN+3', 'SIGKILL', 'INT'),
  };
  const client = { user: loose, hostname: loose, stopSignal: loose };
  const address = fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::7'));
  const host = fc.tuple(fc.stringMatching(/^[a-z][a-z0-9.-]{0,10}$/), address);
  return fc
    .record({
      ...{ ...(reach === 'engine' ? engine : client) },
      workingDir: awkwardPath({ colons: true }),
      grace: fc.option(fc.constantFrom<[string, number]>(['1s', 1], ['1m30s', 90], ['1500ms', 2])),
      dns: fc.uniqueArray(fc.ipV4(), { maxLength: 3 }),
      hosts: fc.uniqueArray(host, { maxLength: 3, selector: ([name]) => name }),
      asList: fc.boolean(),
    })
    .map(({ user, hostname, stopSignal, workingDir, grace, dns, hosts, asList }) => ({
      written: {
        ...{ user, hostname, dns, working_dir: workingDir, stop_signal: stopSignal },
        ...{ stop_grace_period: grace?.[0] ?? null },
        extra_hosts: asList ? hosts.map((pair) => pair.join('=')) : Object.fromEntries(hosts),
      },
      wanted: {
        ...{ user, hostname, workingDir, stopSignal, dns },
        ...(grace !== null && { stopTimeout: grace[1] }),
        extraHosts: Object.fromEntries(hosts),
      },
    }));
}

/** Named volumes that every test project declares: key → Docker's name. */
export const declaredVolumes = { data: 'exact_data', 'other.one': 'Own_Name' } as const;

interface WrittenMount {
  readonly written: unknown;
  /** Of a tmpfs: key. */
  readonly target: string;
  readonly wanted: Mounted;
}

/** Bind mounts of Docker's lie here, where a test makes their sources. */
const bindRoot = '/srv/exactness';

function bindMount(reach: Reach): fc.Arbitrary<Omit<WrittenMount, 'target'> & { readonly path: string }> {
  return fc
    .record({
      ...{ source: awkwardPath({ colons: true }), path: awkwardPath({ colons: true }) },
      ...{ readOnly: fc.boolean(), create: fc.boolean(), long: fc.boolean() },
      // Docker refuses slaves of a mount that is not shared.
      propagation: fc.option(
        fc.constantFrom('rprivate', 'private', ...(reach === 'client' ? ['rslave'] : [])),
      ),
      selinux: fc.option(fc.constantFrom('z', 'Z')),
    })
    .map(({ source: below, path, readOnly, create, long, propagation, selinux }) => {
      const source = bindRoot + below;
      const wanted: Mounted = {
        ...{ type: 'bind', source, readOnly, noCopy: false },
        ...(propagation !== null && { propagation }),
      };
      const parts = !source.includes(':') && !path.includes(':');
      if (!long && parts) {
        const modes = [readOnly ? 'ro' : 'rw', ...(propagation === null ? [] : [propagation])];
        return { path, wanted, written: (target: string) => [source, target, modes.join(',')].join(':') };
      }
      // Only --volume can relabel, and it cannot say "do not create".
      const relabel = reach === 'client' && parts && create && selinux !== null ? selinux : undefined;
      const bind = { create_host_path: create, propagation, ...(relabel && { selinux: relabel }) };
      return {
        path,
        wanted: { ...wanted, ...(relabel && { selinux: relabel }) },
        written: (target: string) => ({ type: 'bind', source, target, read_only: readOnly, bind }),
      };
    });
}

function volumeMount(reach: Reach): fc.Arbitrary<Omit<WrittenMount, 'target'> & { readonly path: string }> {
  const keys = Object.keys(declaredVolumes) as (keyof typeof declaredVolumes)[];
  return fc
    .record({
      ...{ key: fc.constantFrom(...keys), path: awkwardPath({ colons: true }) },
      ...{ readOnly: fc.boolean(), noCopy: fc.boolean(), long: fc.boolean() },
      subpath:
        reach === 'client'
          ? fc.option(awkwardPath({ colons: true }).map((path) => path.slice(1)))
          : fc.constant(null),
    })
    .map(({ key, path, readOnly, noCopy, long, subpath }) => {
      const wanted: Mounted = { type: 'volume', source: declaredVolumes[key], readOnly, noCopy };
      if (!long && !path.includes(':')) {
        const modes = [readOnly && 'ro', noCopy && 'nocopy'].filter((mode) => mode !== false);
        return {
          path,
          wanted,
          written: (target: string) =>
            [key, target, ...(modes.length > 0 ? [modes.join(',')] : [])].join(':'),
        };
      }
      return {
        path,
        wanted: { ...wanted, ...(subpath !== null && { subpath }) },
        written: (target: string) => ({
          ...{ type: 'volume', source: key, target, read_only: readOnly },
          volume: { nocopy: noCopy, subpath },
        }),
      };
    });
}

function tmpfsMount(): fc.Arbitrary<Omit<WrittenMount, 'target'> & { readonly path: string }> {
  return fc
    .record({
      ...{ path: awkwardPath({ colons: true }), readOnly: fc.boolean() },
      size: fc.option(fc.constantFrom<[string | number, number]>(['1m', 1_048_576], [65_536, 65_536])),
      mode: fc.option(fc.constantFrom(0o1777, 0o700)),
    })
    .map(({ path, readOnly, size, mode }) => ({
      path,
      written: (target: string) => ({
        ...{ type: 'tmpfs', target, read_only: readOnly },
        tmpfs: { size: size?.[0] ?? null, mode },
      }),
      wanted: {
        ...{ type: 'tmpfs', readOnly, noCopy: false },
        ...(size !== null && { size: size[1] }),
        ...(mode !== null && { mode }),
      },
    }));
}

/** Mounts of all kinds and the short `tmpfs`, each at a place of its own. */
export function mountsFacet(reach: Reach): fc.Arbitrary<Facet> {
  const mounts = fc.array(fc.oneof(bindMount(reach), volumeMount(reach), tmpfsMount()), { maxLength: 4 });
  const options = fc.constantFrom('', 'size=64k,mode=1777', 'ro', 'noexec,uid=5');
  const tmpfs = fc.array(fc.tuple(awkwardPath({ colons: false }), options), { maxLength: 2 });
  return fc.tuple(mounts, tmpfs).map(([list, shortTmpfs]) => {
    const placed = list.map(({ path, written, wanted }, index) => {
      const target = `/m${index}${path}`;
      return { written: (written as (target: string) => unknown)(target), target, wanted };
    });
    const temporary = shortTmpfs.map(([path, mode], index) => [`/t${index}${path}`, mode] as const);
    return {
      written: {
        volumes: placed.map((mount) => mount.written),
        tmpfs: temporary.map(([path, mode]) => (mode === '' ? path : `${path}:${mode}`)),
      },
      wanted: {
        mounts: Object.fromEntries(placed.map(({ target, wanted }) => [target, wanted])),
        tmpfs: Object.fromEntries(temporary),
      },
    };
  });
}

export function portsFacet(reach: Reach): fc.Arbitrary<Facet> {
  const port = fc.record({
    inside: fc.integer({ min: 1, max: 65_535 }),
    // Not every kernel can forward SCTP.
    protocol: fc.constantFrom('tcp', 'udp', ...(reach === 'client' ? ['sctp'] : [])),
    // Addresses of the loopback's own, so that what is published on the test host does not collide.
    hostIp: fc
      .tuple(fc.integer({ min: 2, max: 254 }), fc.nat({ max: 255 }))
      .map((ends) => `127.7.${ends.join('.')}`),
    hostPort: fc.option(fc.integer({ min: 20_000, max: 30_000 })),
    long: fc.boolean(),
  });
  const ports = fc.uniqueArray(port, {
    maxLength: 2,
    selector: ({ inside, protocol }) => `${inside}/${protocol}`,
  });
  return ports.map((list) => ({
    written: {
      ports: list.map(({ inside, protocol, hostIp, hostPort, long }) =>
        long
          ? {
              target: inside,
              protocol,
              host_ip: hostIp,
              published: hostPort === null ? null : String(hostPort),
            }
          : `${hostIp}:${hostPort ?? ''}:${inside}/${protocol}`,
      ),
    },
    wanted: {
      ports: list.map(({ inside, protocol, hostIp, hostPort }): PublishedPort => ({
        ...{ hostIp, hostPort: hostPort === null ? '' : String(hostPort), inside: `${inside}/${protocol}` },
      })),
    },
  }));
}

export function healthFacet(reach: Reach): fc.Arbitrary<Facet> {
  const duration = fc.option(
    fc.constantFrom<[string, number]>(['30s', 30e6], ['1m30s', 90e6], ['1500ms', 1.5e6], ['2500us', 2500]),
  );
  const slow = fc.option(fc.constantFrom<[string, number]>(['10m', 600e6], ['1h30m', 5400e6]));
  const command = awkwardText().filter((text) => text !== '');
  const argv = fc
    .tuple(command, fc.array(awkwardText(), { maxLength: 4 }))
    .map(([first, rest]) => [first, ...rest]);
  const test = fc.oneof(
    fc.tuple(command, fc.boolean()).map(([shell, asText]) => ({
      written: asText ? shell : ['CMD-SHELL', shell],
      wanted: { shell } as Health['test'],
    })),
    argv.map((words) => ({ written: ['CMD', ...words], wanted: { argv: words } as Health['test'] })),
  );
  const timed = fc
    .record({
      test,
      interval: reach === 'client' ? duration : slow,
      timeout: duration,
      start: duration,
      retries: fc.option(fc.nat({ max: 9 })),
    })
    .map(({ test: { written, wanted }, interval, timeout, start, retries }): Facet => {
      const health = {
        ...{ disabled: false, test: wanted },
        ...(interval && { interval: interval[1] }),
        ...(timeout && { timeout: timeout[1] }),
        ...(start && { startPeriod: start[1] }),
        ...(retries !== null && { retries }),
      } as Health;
      const timing = { interval: interval?.[0], timeout: timeout?.[0], start_period: start?.[0], retries };
      return { written: { healthcheck: { test: written, ...timing } }, wanted: { health } };
    });
  const off = fc.constantFrom<Facet>(
    { written: { healthcheck: { disable: true } }, wanted: { health: { disabled: true } } },
    { written: { healthcheck: { test: ['NONE'] } }, wanted: { health: { disabled: true } } },
  );
  return fc.oneof({ weight: 5, arbitrary: timed }, { weight: 1, arbitrary: off });
}
