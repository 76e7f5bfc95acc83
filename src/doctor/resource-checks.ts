/** Checks of the resources that services need when they start: images, ports, room on disks, the time. Pure. */
import type { PublishedPort } from '../session/published-ports.ts';
import { collides, portText, portsTaken, publishedPorts } from '../session/published-ports.ts';
import { registryOf } from '../host/docker/registry-credentials.ts';
import { verbOf } from '../units/scripts.ts';
import { valuesOf } from '../units/unit-set.ts';
import { shortName } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { Check, CheckName, CheckFinding } from './check.ts';
import type { Disk, HostFacts, ImageState, ListeningPort } from './facts.ts';
import { isUnknown } from './facts.ts';
import { conflictsOn } from './conflicts.ts';
import { enabledServices, healthOf } from './services.ts';

const checkImages: Check = (facts) => {
  const { images } = facts.docker;
  const services = enabledServices(facts);
  if (isUnknown(services)) return services;
  if (services.length === 0) return [];
  if (isUnknown(images)) return images;
  const units = facts.units.installedUnits.filter(({ kind }) => kind === 'image');
  return services.flatMap(({ name, ...unit }): readonly CheckFinding[] => {
    const image = unit.pin ?? unit.image;
    const state = image === undefined ? undefined : images.get(image);
    if (image === undefined || state === undefined) return [];
    const source = imageSource(units.filter(({ pin, image: ownImage }) => (pin ?? ownImage) === image));
    return imageFindings[source](state, image).map((finding) => ({ about: name, ...finding }));
  });
};

type ImageSource = 'registry' | 'build' | 'nowhere';

/**
 * The place that the image would come from, by the scripts of the units that fetch it; a build asks no
 * registry for it.
 */
export function imageSource(units: readonly InstalledUnit[]): ImageSource {
  const scripts = units.flatMap(({ unit }) =>
    valuesOf(unit, 'Service', 'ExecStart').flatMap((value) =>
      value.kind === 'exec' ? (verbOf(value.command) ?? []) : [],
    ),
  );
  if (scripts.length === 0) return 'nowhere';
  return scripts.every((script) => script === 'pull-missing' || script === 'pull') ? 'registry' : 'build';
}

const imageFindings = {
  registry: (state, image) => registryFindings(state, image),
  build: () => [],
  nowhere: ({ state }, image) =>
    state === 'here'
      ? []
      : [
          {
            severity: 'error',
            message: `The image ${image} is not on this host, and nothing pulls it`,
            remedy: `Get it: docker pull ${image}`,
          },
        ],
} as const satisfies Record<ImageSource, (state: ImageState, image: string) => readonly CheckFinding[]>;

function registryFindings(state: ImageState, image: string): readonly CheckFinding[] {
  const missing = `The image ${image} is not on this host`;
  switch (state.state) {
    case 'here':
    case 'offered':
      return [];
    case 'missing':
      return [
        {
          severity: 'note',
          message: `${missing}, and its registry was not asked for it`,
          remedy: `Get it before it is needed: docker pull ${image}`,
        },
      ];
    case 'refused':
      return [
        {
          severity: 'error',
          message: `${missing}, and its registry refuses it with the login that the unit has: ${state.said}`,
          remedy: howToLogIn(image, state.config),
        },
      ];
    case 'absent':
      return [
        {
          severity: 'error',
          message: `${missing}, and its registry has none of that name: ${state.said}`,
          remedy: 'Correct `image:` in the Compose file, or push the image',
        },
      ];
    case 'unreachable':
      return [
        {
          severity: 'error',
          message: `${missing}, and its registry cannot be reached: ${state.said}`,
          remedy: `Look at the network and Docker’s proxy, then try: docker pull ${image}`,
        },
      ];
  }
}

/** Where the unit looks for logins; a shell may look in another place. */
function howToLogIn(image: string, config: string | undefined): string {
  const [at, registry] = [config === undefined ? '' : ` --config ${config}`, registryOf(image)];
  return `Log in as the user and for the directory of the unit: docker${at} login${registry === '' ? '' : ` ${registry}`}`;
}

const checkPorts: Check = (facts) => {
  const { listeners } = facts;
  const { states } = facts.manager;
  const services = enabledServices(facts);
  if (isUnknown(services)) return services;
  if (isUnknown(states)) return states;
  const claims = services.map((unit) => ({ unit, ports: publishedPorts(unit.unit) }));
  const twice = claims.flatMap(({ unit, ports }, index) =>
    claims.slice(index + 1).flatMap((other) => publishedTwice(unit, ports, other.unit, other.ports)),
  );
  const down = claims.filter(({ unit, ports }) => ports.length > 0 && mayLackPorts(unit, facts));
  if (down.length === 0) return twice;
  if (isUnknown(listeners)) return twice.length > 0 ? twice : listeners;
  const ofContainers = portsOfContainers(facts);
  const findings = down.flatMap(({ unit, ports }) =>
    ports.flatMap((port) =>
      takenBy(port, listeners)
        .filter((listener) => !ofContainers.has(portText(port, listener.port)))
        .filter(({ port: number }) => isRefused(unit, number, facts))
        .map((listener) => portTaken(unit, port, listener)),
    ),
  );
  return [...findings, ...twice];
};

/** The ports for which another check names the container that has them. */
function portsOfContainers(facts: HostFacts): ReadonlySet<string> {
  const conflicts = conflictsOn(facts);
  if (isUnknown(conflicts)) return new Set();
  return new Set(
    conflicts.flatMap(({ holds }) => holds).flatMap((holding) => ('port' in holding ? holding.port : [])),
  );
}

/** A unit that is up has its own ports; so may, at times, a unit that systemd keeps restarting. */
function mayLackPorts({ name }: InstalledUnit, facts: HostFacts): boolean {
  const { states } = facts.manager;
  return !isUnknown(states) && healthOf(states.get(name), facts) !== 'up';
}

/** For a unit that systemd keeps restarting, docker itself says which port is taken. */
function isRefused({ name }: InstalledUnit, port: number, facts: HostFacts): boolean {
  const { states } = facts.manager;
  const { pasts } = facts.units;
  if (isUnknown(states) || healthOf(states.get(name), facts) !== 'failing') return true;
  const cause = isUnknown(pasts) ? undefined : pasts.get(name)?.cause;
  return cause?.kind === 'port-taken' && (!/\d/.test(cause.what) || cause.what.includes(` ${String(port)} `));
}

/** The first to listen on each port of the range. */
function takenBy(port: PublishedPort, listeners: readonly ListeningPort[]): readonly ListeningPort[] {
  return portsTaken(port, listeners).flatMap(
    (number) =>
      listeners.find(
        (one) => one.port === number && one.protocol === port.protocol && collides(one.address, port.address),
      ) ?? [],
  );
}

function portTaken(
  unit: InstalledUnit,
  port: PublishedPort,
  { port: number, program }: ListeningPort,
): CheckFinding {
  const text = portText(port, number);
  const isContainer = program?.startsWith('docker-proxy') === true;
  const by = isContainer ? 'another container' : (program ?? 'another program');
  return {
    severity: 'error',
    about: unit.name,
    message: `The port ${text}, which ${shortName(unit)} publishes, is in use by ${by}`,
    remedy: isContainer
      ? `See which: docker ps --filter publish=${String(number)}; stop it, or publish another port`
      : `See which: ss -lnp 'sport = :${String(number)}'; stop it, or publish another port`,
  };
}

function publishedTwice(
  unit: InstalledUnit,
  ports: readonly PublishedPort[],
  other: InstalledUnit,
  others: readonly PublishedPort[],
): readonly CheckFinding[] {
  return ports.flatMap((port) =>
    others.flatMap((theirs): CheckFinding[] => {
      const first = Math.max(port.first, theirs.first);
      const overlap = first <= Math.min(port.last, theirs.last);
      if (!overlap || port.protocol !== theirs.protocol || !collides(port.address, theirs.address)) return [];
      return [
        {
          severity: 'error',
          about: unit.name,
          message: `The port ${portText(port, first)} is published by ${other.name} too, and both start at boot`,
          remedy: 'Publish another port for one of them, or disable one',
        },
      ];
    }),
  );
}

const mebibyte = 2 ** 20;

/** Least room in bytes: below the first a service may fail now, below the second soon. */
const leastRoom = {
  docker: { error: 256 * mebibyte, warning: 1024 * mebibyte },
  files: { error: 4 * mebibyte, warning: 64 * mebibyte },
} as const satisfies Record<Disk['use'], Record<'error' | 'warning', number>>;
/** Of all inodes. */
const leastInodes = { error: 0.005, warning: 0.03 } as const;

const checkDisks: Check = ({ disks }) =>
  disks.flatMap(({ use, holds, path, size, free, freeInodes }): CheckFinding[] => {
    // A small disk that is nearly empty needs no finding.
    const room = free / Math.max(1, size) > 0.5 ? Infinity : free;
    const remedy =
      use === 'docker'
        ? 'See what uses it: docker system df; remove what no container uses: docker system prune'
        : `See what uses it: df -h ${path}; du -xh --max-depth=2 ${path}`;
    for (const severity of ['error', 'warning'] as const) {
      if (room < leastRoom[use][severity]) {
        const space = `${String(Math.floor(free / mebibyte))} MiB of ${String(Math.floor(size / mebibyte))} MiB`;
        return [{ severity, about: path, message: `${space} are free on the disk of ${holds}`, remedy }];
      }
      if (freeInodes < leastInodes[severity]) {
        const percent = `${(freeInodes * 100).toFixed(1)} %`;
        return [
          {
            severity,
            about: path,
            message: `${percent} of the inodes are free on the disk of ${holds}`,
            remedy: remedy.replace('df -h', 'df -i'),
          },
        ];
      }
    }
    return [];
  });

const checkClock: Check = ({ clock }) => {
  if (isUnknown(clock)) return clock;
  if (clock.isSynchronised || clock.ofAnotherHost) return [];
  return [
    {
      severity: 'warning',
      message: 'The clock is not synchronised; where it goes wrong, registries’ certificates are not valid',
      remedy: 'Have it set over the network: apt install chrony; then see: timedatectl, or chronyc tracking',
    },
  ];
};

export const resourceChecks = {
  images: checkImages,
  ports: checkPorts,
  'disk-space': checkDisks,
  clock: checkClock,
} as const satisfies Partial<Record<CheckName, Check>>;
