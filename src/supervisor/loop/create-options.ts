/**
 * The options of `docker create` that need no client, and how the client translates them into its request
 * (docker-container-create(1)).
 */

/** What the client reads besides its arguments. */
export interface ClientInputs {
  readonly environment: ReadonlyMap<string, string>;
  /** The home directory of the user who runs it, where $HOME is not set. */
  readonly home: string;
  /** undefined where the file cannot be read. */
  readonly readFile: (path: string) => string | undefined;
}

/** The result of the options so far, in the names of Docker's API. */
export interface CreateDraft {
  name: string;
  pullsNever: boolean;
  readonly environment: string[];
  readonly labels: Record<string, string>;
  readonly exposedPorts: Record<string, object>;
  readonly volumes: Record<string, object>;
  readonly health: Record<string, unknown>;
  /** Fields of the container's Config. */
  readonly config: Record<string, unknown>;
  logDriver: string;
  readonly logOptions: Record<string, string>;
  /** Fields of its HostConfig. */
  readonly host: Record<string, unknown>;
  readonly lists: Record<string, unknown[]>;
  readonly maps: Record<string, Record<string, unknown>>;
  network: string;
  readonly aliases: string[];
}

/** The image, where no option names one. */
const defaultNetwork = 'default';

export function emptyDraft(): CreateDraft {
  return {
    ...{ name: '', pullsNever: false, network: defaultNetwork, logDriver: '' },
    ...{ environment: [], aliases: [] },
    ...{ labels: {}, exposedPorts: {}, volumes: {}, health: {}, config: {}, logOptions: {}, host: {} },
    ...{ lists: {}, maps: {} },
  };
}

/** Takes a value into the draft; false where only the client understands it. */
type TakeCreateOption = (
  draft: CreateDraft,
  value: string,
  surroundings: ClientInputs,
) => boolean | undefined;

const config =
  (key: string, read: (value: string) => unknown = (value) => value): TakeCreateOption =>
  (draft, value) =>
    put(draft.config, key, read(value));
const host =
  (key: string, read: (value: string) => unknown = (value) => value): TakeCreateOption =>
  (draft, value) =>
    put(draft.host, key, read(value));
const list =
  (key: string, read: (value: string) => unknown = (value) => value): TakeCreateOption =>
  (draft, value) => {
    const entry = read(value);
    (draft.lists[key] ??= []).push(entry);
    return entry !== undefined;
  };
const health =
  (key: string, read: (value: string) => unknown): TakeCreateOption =>
  (draft, value) =>
    put(draft.health, key, read(value));
const map =
  (key: string, separator: string): TakeCreateOption =>
  (draft, value) => {
    const [name, rest = ''] = cutAt(value, separator);
    (draft.maps[key] ??= {})[name] = rest;
    return true;
  };

function put(record: Record<string, unknown>, key: string, value: unknown): boolean {
  record[key] = value;
  return value !== undefined;
}

const whole = (value: string): number | undefined => (/^-?\d{1,15}$/.test(value) ? Number(value) : undefined);
const bytes = (value: string): number | undefined => (/^\d{1,15}$/.test(value) ? Number(value) : undefined);

/** `1.5` processors in billionths. */
function nanoProcessors(value: string): number | undefined {
  const [, units, fraction = ''] = /^(\d{1,4})(?:\.(\d{1,9}))?$/.exec(value) ?? [];
  return units === undefined ? undefined : Number(units + fraction.padEnd(9, '0'));
}

/** A duration with one unit, in nanoseconds. */
function duration(value: string): number | undefined {
  const [, count, unit = 's'] = /^(\d{1,9})(us|ms|s)$/.exec(value) ?? [];
  const length = { us: 1e3, ms: 1e6, s: 1e9 }[unit] ?? NaN;
  return count === undefined ? undefined : Number(count) * length;
}

/** The fields of `--mount` for a volume, none of them quoted; docker/cli, opts/mount.go. */
function volumeMount(value: string): object | undefined {
  const [type, source, target, ...switches] = value.split(',');
  const isKnown = switches.every((field) => field === 'readonly' || field === 'volume-nocopy');
  const [, name] = /^source=([^"\r\n]+)$/.exec(source ?? '') ?? [];
  const [, path] = /^target=(\/[^"\r\n]*)$/.exec(target ?? '') ?? [];
  if (type !== 'type=volume' || name === undefined || path === undefined || !isKnown) return undefined;
  return {
    ...{ Type: 'volume', Source: name, Target: path },
    ...(switches.includes('readonly') && { ReadOnly: true }),
    ...(switches.includes('volume-nocopy') && { VolumeOptions: { NoCopy: true, DriverConfig: {} } }),
  };
}

function device(value: string): object | undefined {
  const [outside = '', inside = outside, access = 'rwm', ...more] = value.split(':');
  const isPlain = outside.startsWith('/dev/') && inside.startsWith('/') && /^[rwm]+$/.test(access);
  if (!isPlain || value.includes('=') || more.length > 0) return undefined;
  return { PathOnHost: outside, PathInContainer: inside, CgroupPermissions: access };
}

function ulimit(value: string): object | undefined {
  const [, name, soft, hard = soft] = /^([a-z]+)=(-?\d{1,15})(?::(-?\d{1,15}))?$/.exec(value) ?? [];
  return name === undefined ? undefined : { Name: name, Soft: Number(soft), Hard: Number(hard) };
}

/** Options that take a value. */
export const values: Readonly<Record<string, TakeCreateOption>> = {
  name: (draft, value) => {
    draft.name = value;
    return true;
  },
  pull: (draft, value) => (draft.pullsNever = value === 'never'),
  label: (draft, value) => {
    const [name, rest = ''] = cutAt(value, '=');
    draft.labels[name] = rest;
    return true;
  },
  env: (draft, value, { environment }) => {
    const [name, ownValue] = cutAt(value, '=');
    const text = ownValue ?? environment.get(name);
    // A name alone removes the variable from the image's environment.
    draft.environment.push(text === undefined ? name : `${name}=${text}`);
    return true;
  },
  'env-file': (draft, path, { readFile }) => {
    const lines = readFile(path)
      ?.split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    // A name alone, leading blanks and the like: left to the client.
    if (lines?.every((line) => /^[^\s=#\uFEFF][^\s=]*=.*$/.test(line) && !line.endsWith('\r')) !== true)
      return false;
    draft.environment.push(...lines);
    return true;
  },
  volume: (draft, value) => {
    if (value.includes(':')) (draft.lists['Binds'] ??= []).push(value);
    else draft.volumes[value] = {};
    return true;
  },
  mount: list('Mounts', volumeMount),
  tmpfs: map('Tmpfs', ':'),
  sysctl: map('Sysctls', '='),
  annotation: map('Annotations', '='),
  publish: (draft, value) => {
    const [, address = '', outside = '', inside] =
      /^(?:(?:(\d+(?:\.\d+){3}):)?(\d*):)?(\d+\/(?:tcp|udp|sctp))$/.exec(value) ?? [];
    if (inside === undefined) return false;
    draft.exposedPorts[inside] = {};
    const bindings = (draft.maps['PortBindings'] ??= {});
    bindings[inside] = [
      ...((bindings[inside] as unknown[] | undefined) ?? []),
      { HostIp: address, HostPort: outside },
    ];
    return true;
  },
  expose: (draft, value) => {
    const [, port, protocol = 'tcp'] = /^(\d+)(?:\/(tcp|udp|sctp))?$/.exec(value) ?? [];
    if (port === undefined) return false;
    draft.exposedPorts[`${port}/${protocol}`] = {};
    return true;
  },
  network: (draft, value) => {
    if (draft.network !== defaultNetwork || !/^[\w.:-]+$/.test(value)) return false;
    draft.network = value;
    return true;
  },
  'network-alias': (draft, value) => {
    draft.aliases.push(value);
    return true;
  },
  'log-driver': (draft, value) => {
    draft.logDriver = value;
    return true;
  },
  'log-opt': (draft, value) => {
    const [name, rest = ''] = cutAt(value, '=');
    draft.logOptions[name] = rest;
    return true;
  },
  'security-opt': (draft, value) => {
    // Profiles are files that the client reads.
    if (!/^(?:no-new-privileges(?:[:=]true)?|label[:=].*|apparmor[:=].*)$/.test(value)) return false;
    (draft.lists['SecurityOpt'] ??= []).push(value);
    return true;
  },
  hostname: config('Hostname'),
  domainname: config('Domainname'),
  user: config('User'),
  workdir: config('WorkingDir'),
  entrypoint: config('Entrypoint', (value) => [value]),
  'stop-signal': config('StopSignal'),
  'stop-timeout': config('StopTimeout', whole),
  'health-cmd': health('Test', (value) => ['CMD-SHELL', value]),
  'health-interval': health('Interval', duration),
  'health-timeout': health('Timeout', duration),
  'health-start-period': health('StartPeriod', duration),
  'health-retries': health('Retries', bytes),
  'cap-add': list('CapAdd'),
  'cap-drop': list('CapDrop'),
  dns: list('Dns'),
  'dns-search': list('DnsSearch'),
  'dns-option': list('DnsOptions'),
  'group-add': list('GroupAdd'),
  device: list('Devices', device),
  ulimit: list('Ulimits', ulimit),
  memory: host('Memory', bytes),
  'memory-reservation': host('MemoryReservation', bytes),
  'memory-swap': host('MemorySwap', whole),
  'shm-size': host('ShmSize', bytes),
  'pids-limit': host('PidsLimit', whole),
  'cpu-shares': host('CpuShares', bytes),
  cpus: host('NanoCpus', nanoProcessors),
  'cpuset-cpus': host('CpusetCpus'),
  'oom-score-adj': host('OomScoreAdj', whole),
  ipc: host('IpcMode'),
  pid: host('PidMode'),
  uts: host('UTSMode'),
  userns: host('UsernsMode'),
  cgroupns: host('CgroupnsMode'),
  runtime: host('Runtime'),
};

/** Options that are on by themselves, and off as `--name=false`. */
export const switches: Readonly<Record<string, (draft: CreateDraft, on: boolean) => void>> = {
  init: (draft, on) => (draft.host['Init'] = on),
  privileged: (draft, on) => (draft.host['Privileged'] = on),
  'read-only': (draft, on) => (draft.host['ReadonlyRootfs'] = on),
  'no-healthcheck': (draft, on) => {
    if (on) draft.health['Test'] = ['NONE'];
  },
};

function cutAt(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
