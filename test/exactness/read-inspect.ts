/**
 * `docker inspect` of a container and a wanted container, both → the same few facts, in the words of
 * the Engine API (docs.docker.com/engine/api, ContainerInspect).
 */
import type { Container, Mounted } from './container.ts';
import { asWanted } from './read-create.ts';

/** The part of ContainerInspect that is looked at. */
export interface Inspected {
  readonly Name: string;
  readonly Path: string;
  readonly Args: readonly string[];
  readonly State: { readonly Status: string };
  readonly Config: {
    readonly Hostname: string;
    readonly User: string;
    readonly Env: readonly string[] | null;
    readonly Image: string;
    readonly Entrypoint: readonly string[] | null;
    readonly WorkingDir: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly StopSignal?: string;
    readonly StopTimeout?: number | null;
    readonly Healthcheck?: {
      readonly Test?: readonly string[];
      readonly Interval?: number;
      readonly Timeout?: number;
      readonly StartPeriod?: number;
      readonly Retries?: number;
    };
  };
  readonly HostConfig: {
    readonly Init?: boolean | null;
    readonly ReadonlyRootfs: boolean;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly Devices: readonly {
      readonly PathOnHost: string;
      readonly PathInContainer: string;
      readonly CgroupPermissions: string;
    }[];
    readonly Ulimits:
      readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[] | null;
    readonly ShmSize: number;
    readonly Tmpfs?: Readonly<Record<string, string>> | null;
    readonly Mounts?: readonly {
      readonly Target: string;
      readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number };
    }[];
    readonly PortBindings: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>
    >;
    readonly Dns: readonly string[] | null;
    readonly ExtraHosts: readonly string[] | null;
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
    readonly NetworkMode: string;
  };
  readonly Mounts: readonly {
    readonly Type: string;
    readonly Name?: string;
    readonly Source: string;
    readonly Destination: string;
    readonly RW: boolean;
    readonly Propagation: string;
  }[];
}

/** What was made, as a Container; Docker's defaults stand where `wanted` says nothing. */
export function readInspect(made: Inspected, wanted: Container): Container {
  const { Config: config, HostConfig: host } = made;
  const set = <K extends keyof Container>(key: K, value: Container[K]): Partial<Container> =>
    wanted[key] === undefined ? {} : { [key]: value };
  const variables = (config.Env ?? []).map((variable) => cut(variable, '='));
  const container: Container = {
    name: made.Name.replace(/^\//, ''),
    image: config.Image,
    replacesEntrypoint: config.Entrypoint !== null,
    argv: [made.Path, ...made.Args],
    // Docker itself gives a PATH where there is none.
    environment: Object.fromEntries(
      variables.filter(([name]) => name !== 'PATH' || 'PATH' in wanted.environment),
    ),
    labels: config.Labels,
    ...set('hostname', config.Hostname),
    ...set('user', config.User),
    ...set('workingDir', config.WorkingDir),
    ...set('stopSignal', config.StopSignal ?? ''),
    ...set('stopTimeout', config.StopTimeout ?? NaN),
    ...set('init', host.Init ?? false),
    ...set('readOnly', host.ReadonlyRootfs),
    ...set('shmSize', host.ShmSize),
    capAdd: capabilities(host.CapAdd),
    capDrop: capabilities(host.CapDrop),
    devices: host.Devices.map((device) => ({
      host: device.PathOnHost,
      inside: device.PathInContainer,
      access: device.CgroupPermissions,
    })),
    ulimits: Object.fromEntries(
      (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => [Name, { soft: Soft, hard: Hard }]),
    ),
    tmpfs: host.Tmpfs ?? {},
    mounts: Object.fromEntries(
      made.Mounts.filter(({ Destination }) => wanted.tmpfs[Destination] === undefined).map((mount) => [
        mount.Destination,
        readMounted(made, mount, wanted.mounts[mount.Destination]),
      ]),
    ),
    ports: Object.entries(host.PortBindings).flatMap(([inside, bindings]) =>
      bindings.map(({ HostIp, HostPort }) => ({ hostIp: HostIp, hostPort: HostPort, inside })),
    ),
    dns: host.Dns ?? [],
    extraHosts: Object.fromEntries((host.ExtraHosts ?? []).map((entry) => cut(entry, ':'))),
    ...set('logDriver', host.LogConfig.Type),
    logOptions: host.LogConfig.Config,
    options: wanted.options,
    network: host.NetworkMode,
    aliases: wanted.aliases,
    ...readHealth(config.Healthcheck),
  };
  return sortLists(asWanted(container, wanted));
}

/** Lists whose order Docker does not keep, in order. */
export function sortLists(container: Container): Container {
  return {
    ...container,
    ports: [...container.ports].sort((a, b) => (a.inside < b.inside ? -1 : 1)),
    capAdd: [...container.capAdd].sort(),
    capDrop: [...container.capDrop].sort(),
  };
}

function readMounted(
  made: Inspected,
  mount: Inspected['Mounts'][number],
  wanted: Mounted | undefined,
): Mounted {
  const asked = made.HostConfig.Mounts?.find(({ Target }) => Target === mount.Destination)?.TmpfsOptions;
  const readOnly = !mount.RW;
  // Whether a volume is filled on first use is no fact of the container that was made.
  const noCopy = wanted?.noCopy ?? false;
  switch (mount.Type) {
    case 'bind':
      return {
        ...{ type: 'bind', source: mount.Source, readOnly, noCopy },
        ...(wanted?.propagation !== undefined && { propagation: mount.Propagation }),
      };
    case 'volume':
      return { type: 'volume', source: mount.Name ?? '', readOnly, noCopy };
    default:
      return {
        ...{ type: 'tmpfs', readOnly, noCopy },
        ...(asked?.SizeBytes && { size: asked.SizeBytes }),
        ...(asked?.Mode && { mode: asked.Mode }),
      };
  }
}

function readHealth(health: Inspected['Config']['Healthcheck']): Pick<Container, 'health'> {
  if (health === undefined) return {};
  const [form, ...rest] = health.Test ?? [];
  if (form === 'NONE') return { health: { disabled: true } };
  if (form !== 'CMD-SHELL' || rest.length !== 1) throw new SyntaxError(`a health check of the form ${form}`);
  const inMicroseconds = (nanoseconds = 0): number => nanoseconds / 1000;
  return {
    health: {
      disabled: false,
      test: { shell: rest[0] ?? '' },
      ...(health.Interval && { interval: inMicroseconds(health.Interval) }),
      ...(health.Timeout && { timeout: inMicroseconds(health.Timeout) }),
      ...(health.StartPeriod && { startPeriod: inMicroseconds(health.StartPeriod) }),
      ...(health.Retries && { retries: health.Retries }),
    },
  };
}

function capabilities(names: readonly string[] | null): string[] {
  return (names ?? []).map((name) => name.replace(/^CAP_/, ''));
}

function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}
