/**
 * HostConfig of `docker inspect` → the options of `docker run` that produce it (Engine API,
 * ContainerInspect). A field with a value that is not listed here is reported: newer versions of Docker add some.
 */
import type { RunOption } from './run-option-names.ts';
import {
  type InspectRecord,
  isOn,
  listAt,
  numberAt,
  recordAt,
  saysNothing,
  textAt,
  textMapAt,
  textsAt,
} from './inspected.ts';
import { mountWords } from './mount-words.ts';

/** Words of one option each; the names of other containers by their ids. */
export interface DockerLookup {
  containerName(idOrName: string): string;
  readonly loggingDriver: string;
}

type OptionWords = readonly string[];
type ToWords = (config: InspectRecord, lookup: DockerLookup) => OptionWords;

const option = (name: RunOption, value: string): OptionWords => [`--${name}=${value}`];
const text =
  (field: string, name: RunOption, ...usual: readonly string[]): ToWords =>
  (config) => {
    const value = textAt(config, field);
    return value === '' || usual.includes(value) ? [] : option(name, value);
  };
/** Docker shows 0 for none. */
const number =
  (field: string, name: RunOption): ToWords =>
  (config) =>
    numberAt(config, field) === 0 ? [] : option(name, String(numberAt(config, field)));
const list =
  (field: string, name: RunOption): ToWords =>
  (config) =>
    textsAt(config, field).flatMap((value) => option(name, value));
const pairs =
  (field: string, name: RunOption): ToWords =>
  (config) =>
    Object.entries(textMapAt(config, field)).flatMap(([key, value]) => option(name, `${key}=${value}`));
const flag =
  (field: string, name: RunOption): ToWords =>
  (config) =>
    isOn(config, field) ? [`--${name}`] : [];
const rates =
  (field: string, name: RunOption, value = 'Rate'): ToWords =>
  (config) =>
    listAt(config, field).flatMap((device) =>
      option(name, `${textAt(device, 'Path')}:${String(numberAt(device, value))}`),
    );
const namespace =
  (field: string, name: 'ipc' | 'pid', ...usual: readonly string[]): ToWords =>
  (config, lookup) => {
    const mode = textAt(config, field);
    if (mode === '' || usual.includes(mode)) return [];
    const container = /^container:(.*)$/s.exec(mode)?.[1];
    return option(name, container === undefined ? mode : `container:${lookup.containerName(container)}`);
  };
/** Docker shows it, and no option sets it. */
const nothing: ToWords = () => [];
/** Reported where it differs from docker's default; there is no key for it. */
const unusual = 'unusual';

const hostConfigWords: Readonly<Record<string, ToWords | typeof unusual>> = {
  Annotations: pairs('Annotations', 'annotation'),
  AutoRemove: flag('AutoRemove', 'rm'),
  Binds: list('Binds', 'volume'),
  BlkioDeviceReadBps: rates('BlkioDeviceReadBps', 'device-read-bps'),
  BlkioDeviceReadIOps: rates('BlkioDeviceReadIOps', 'device-read-iops'),
  BlkioDeviceWriteBps: rates('BlkioDeviceWriteBps', 'device-write-bps'),
  BlkioDeviceWriteIOps: rates('BlkioDeviceWriteIOps', 'device-write-iops'),
  BlkioWeight: number('BlkioWeight', 'blkio-weight'),
  BlkioWeightDevice: rates('BlkioWeightDevice', 'blkio-weight-device', 'Weight'),
  CapAdd: list('CapAdd', 'cap-add'),
  CapDrop: list('CapDrop', 'cap-drop'),
  Cgroup: unusual,
  CgroupParent: text('CgroupParent', 'cgroup-parent'),
  CgroupnsMode: text('CgroupnsMode', 'cgroupns', 'private'),
  ConsoleSize: nothing,
  ContainerIDFile: text('ContainerIDFile', 'cidfile'),
  CpuCount: number('CpuCount', 'cpu-count'),
  CpuPercent: number('CpuPercent', 'cpu-percent'),
  CpuPeriod: number('CpuPeriod', 'cpu-period'),
  CpuQuota: number('CpuQuota', 'cpu-quota'),
  CpuRealtimePeriod: number('CpuRealtimePeriod', 'cpu-rt-period'),
  CpuRealtimeRuntime: number('CpuRealtimeRuntime', 'cpu-rt-runtime'),
  CpuShares: number('CpuShares', 'cpu-shares'),
  CpusetCpus: text('CpusetCpus', 'cpuset-cpus'),
  CpusetMems: text('CpusetMems', 'cpuset-mems'),
  DeviceCgroupRules: list('DeviceCgroupRules', 'device-cgroup-rule'),
  DeviceRequests: (config) => listAt(config, 'DeviceRequests').flatMap(deviceRequestWords),
  Devices: (config) => listAt(config, 'Devices').flatMap(deviceWords),
  Dns: list('Dns', 'dns'),
  DnsOptions: list('DnsOptions', 'dns-option'),
  DnsSearch: list('DnsSearch', 'dns-search'),
  ExtraHosts: list('ExtraHosts', 'add-host'),
  GroupAdd: list('GroupAdd', 'group-add'),
  IOMaximumBandwidth: number('IOMaximumBandwidth', 'io-maxbandwidth'),
  IOMaximumIOps: number('IOMaximumIOps', 'io-maxiops'),
  Init: (config) => (typeof config['Init'] === 'boolean' ? [`--init=${String(config['Init'])}`] : []),
  IpcMode: namespace('IpcMode', 'ipc', 'private'),
  Isolation: text('Isolation', 'isolation', 'default'),
  KernelMemory: number('KernelMemory', 'kernel-memory'),
  KernelMemoryTCP: unusual,
  Links: (config) =>
    textsAt(config, 'Links').flatMap((link) => {
      // /linked:/own/alias
      const [target = '', alias = ''] = link.split(':');
      return option('link', `${target.replace('/', '')}:${alias.split('/').at(-1) ?? ''}`);
    }),
  LogConfig: logWords,
  MaskedPaths: maskWords,
  Memory: number('Memory', 'memory'),
  MemoryReservation: number('MemoryReservation', 'memory-reservation'),
  // docker's default, without a limit, is twice the memory.
  MemorySwap: (config) =>
    numberAt(config, 'MemorySwap') === 2 * numberAt(config, 'Memory')
      ? []
      : option('memory-swap', String(numberAt(config, 'MemorySwap'))),
  MemorySwappiness: (config) =>
    typeof config['MemorySwappiness'] === 'number' && config['MemorySwappiness'] !== -1
      ? option('memory-swappiness', String(config['MemorySwappiness']))
      : [],
  Mounts: (config) => listAt(config, 'Mounts').flatMap((mount) => option('mount', mountWords(mount))),
  NanoCpus: (config) => {
    const nano = numberAt(config, 'NanoCpus');
    return nano === 0 ? [] : option('cpus', String(nano / 1e9));
  },
  // The networks show more.
  NetworkMode: nothing,
  OomKillDisable: flag('OomKillDisable', 'oom-kill-disable'),
  OomScoreAdj: number('OomScoreAdj', 'oom-score-adj'),
  PidMode: namespace('PidMode', 'pid'),
  PidsLimit: number('PidsLimit', 'pids-limit'),
  PortBindings: portWords,
  Privileged: flag('Privileged', 'privileged'),
  PublishAllPorts: flag('PublishAllPorts', 'publish-all'),
  // MaskedPaths covers it too.
  ReadonlyPaths: nothing,
  ReadonlyRootfs: flag('ReadonlyRootfs', 'read-only'),
  RestartPolicy: (config) => {
    const name = textAt(config, 'RestartPolicy', 'Name');
    const retries = numberAt(config, 'RestartPolicy', 'MaximumRetryCount');
    if (name === '' || name === 'no') return [];
    return option('restart', retries === 0 ? name : `${name}:${String(retries)}`);
  },
  Runtime: text('Runtime', 'runtime', 'runc'),
  SecurityOpt: (config) =>
    textsAt(config, 'SecurityOpt').flatMap((value) =>
      isInlineProfile(value) ? [] : option('security-opt', value),
    ),
  // 64 MiB is docker's default.
  ShmSize: text('ShmSize', 'shm-size', String(64 * 1024 * 1024)),
  StorageOpt: pairs('StorageOpt', 'storage-opt'),
  Sysctls: pairs('Sysctls', 'sysctl'),
  Tmpfs: (config) =>
    Object.entries(textMapAt(config, 'Tmpfs')).flatMap(([path, options]) =>
      option('tmpfs', options === '' ? path : `${path}:${options}`),
    ),
  UTSMode: text('UTSMode', 'uts'),
  Ulimits: (config) =>
    listAt(config, 'Ulimits').flatMap((limit) =>
      option(
        'ulimit',
        `${textAt(limit, 'Name')}=${String(numberAt(limit, 'Soft'))}:${String(numberAt(limit, 'Hard'))}`,
      ),
    ),
  UsernsMode: text('UsernsMode', 'userns'),
  VolumeDriver: text('VolumeDriver', 'volume-driver'),
  VolumesFrom: (config, lookup) =>
    textsAt(config, 'VolumesFrom').flatMap((from) => {
      const [container = '', access] = from.split(':');
      const name = lookup.containerName(container);
      return option('volumes-from', access === undefined ? name : `${name}:${access}`);
    }),
};

/** The words, and the fields whose values no option can express. */
export function hostConfigToWords(
  config: InspectRecord,
  lookup: DockerLookup,
): { readonly words: OptionWords; readonly lostKeys: readonly string[] } {
  const lostKeys: string[] = [];
  const words = Object.keys(config)
    .sort()
    .flatMap((field) => {
      const toWords = hostConfigWords[field];
      if (toWords !== undefined && toWords !== unusual) return toWords(config, lookup);
      if (!saysNothing(config[field])) lostKeys.push(field);
      return [];
    });
  if (textsAt(config, 'SecurityOpt').some(isInlineProfile))
    lostKeys.push('SecurityOpt (the seccomp profile)');
  return { words, lostKeys };
}

/** The client replaces the path with the profile's content. */
function isInlineProfile(value: string): boolean {
  return /^seccomp[=:]\s*\{/.test(value);
}

/** `systempaths=unconfined` leaves no path masked; so do privileges, by themselves. */
function maskWords(config: InspectRecord): OptionWords {
  const isUnmasked = Array.isArray(config['MaskedPaths']) && config['MaskedPaths'].length === 0;
  return isUnmasked && !isOn(config, 'Privileged') ? option('security-opt', 'systempaths=unconfined') : [];
}

function logWords(config: InspectRecord, { loggingDriver }: DockerLookup): OptionWords {
  const driver = textAt(config, 'LogConfig', 'Type');
  const options = Object.entries(textMapAt(config, 'LogConfig', 'Config'));
  const hasDriver = driver !== '' && (driver !== loggingDriver || options.length > 0);
  return [
    ...(hasDriver ? option('log-driver', driver) : []),
    ...options.flatMap(([key, value]) => option('log-opt', `${key}=${value}`)),
  ];
}

function portWords(config: InspectRecord): OptionWords {
  return Object.entries(recordAt(config, 'PortBindings')).flatMap(([port, bindings]) =>
    (Array.isArray(bindings) ? (bindings as readonly unknown[]) : []).flatMap((binding) => {
      const address = textAt(binding, 'HostIp');
      const host = address.includes(':') ? `[${address}]` : address;
      const hostPort = textAt(binding, 'HostPort');
      const number = hostPort === '0' ? '' : hostPort;
      const prefix = address === '' ? (number === '' ? '' : `${number}:`) : `${host}:${number}:`;
      return option('publish', `${prefix}${port.replace(/\/tcp$/, '')}`);
    }),
  );
}

function deviceWords(device: unknown): OptionWords {
  const [host, inside] = [textAt(device, 'PathOnHost'), textAt(device, 'PathInContainer')];
  const access = textAt(device, 'CgroupPermissions');
  const rest = access === 'rwm' || access === '' ? '' : `:${access}`;
  return option('device', rest === '' && host === inside ? host : `${host}:${inside}${rest}`);
}

function deviceRequestWords(request: unknown): OptionWords {
  const ids = textsAt(request, 'DeviceIDs');
  if (textAt(request, 'Driver') === 'cdi') return ids.flatMap((id) => option('device', id));
  const capabilities = listAt(request, 'Capabilities')
    .flatMap((set) => (Array.isArray(set) ? (set as readonly unknown[]) : []))
    .filter((capability) => typeof capability === 'string' && capability !== 'gpu');
  const driver = textAt(request, 'Driver');
  const count = numberAt(request, 'Count');
  const options = Object.entries(textMapAt(request, 'Options')).map(([key, value]) => `${key}=${value}`);
  const fields = [
    ...(driver === '' ? [] : [`driver=${driver}`]),
    ids.length > 0 ? `"device=${ids.join(',')}"` : `count=${count === -1 ? 'all' : String(count)}`,
    ...(capabilities.length === 0 ? [] : [`"capabilities=${capabilities.join(',')}"`]),
    ...(options.length === 0 ? [] : [`"options=${options.join(',')}"`]),
  ];
  return option('gpus', fields.length === 1 && fields[0] === 'count=all' ? 'all' : fields.join(','));
}
