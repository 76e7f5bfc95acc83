/**
 * The rule of every option of `docker run`: the key of a service that has the same effect, or why there is
 * none. An option without a rule does not compile.
 */
import type { ServiceKey } from '../compose/keys.ts';
import { append, type ImportDraft, numberOr, putEntry, putPair, refuseValue } from './draft.ts';
import {
  takeCpus,
  takeDeviceValue,
  takeEnvironment,
  takeEnvironmentFile,
  takeGpus,
  takeHealth,
  takeLabelFile,
  takeLogging,
  takePublished,
  takeSecurityOption,
  takeStopTimeout,
  takeUlimit,
} from './option-values.ts';
import { takeMount, takeVolume } from './mounts.ts';
import { takeNetwork } from './networks.ts';
import type { RunOption } from './run-option-names.ts';

/** Whether an option takes a value of its own, or none but `=false`. */
type OptionKind = 'value' | 'switch';

export type OptionRule = { readonly kind: OptionKind; readonly short?: string } & (
  | {
      readonly outcome: 'key';
      /** The key it becomes, as the documentation names it. */
      readonly becomes: string;
      take(draft: ImportDraft, value: string): void;
    }
  /** The unit does it anyway, or it is for a terminal alone; reported as a note. */
  | { readonly outcome: 'not-needed'; readonly why: string }
  /** No key expresses it: reported as a warning, and the rest is imported; `silentValue` is docker's default. */
  | { readonly outcome: 'lost'; readonly why: string; readonly remedy: string; readonly silentValue: string }
);

type TakeOption = (draft: ImportDraft, value: string) => void;
type Short = Pick<OptionRule, 'short'>;

const key = (becomes: string, take: TakeOption, more: Short = {}): OptionRule => ({
  kind: 'value',
  outcome: 'key',
  becomes,
  take,
  ...more,
});
/** The value unchanged; an empty one is left out. */
const text = (name: ServiceKey, more?: Short): OptionRule =>
  key(
    name,
    ({ keys }, value) => {
      if (value !== '') keys[name] = value;
    },
    more,
  );
const number = (name: ServiceKey, more?: Short): OptionRule =>
  key(
    name,
    ({ keys }, value) => {
      keys[name] = numberOr(value);
    },
    more,
  );
const list = (name: ServiceKey, more?: Short): OptionRule =>
  key(
    name,
    (draft, value) => {
      append(draft, name, value);
    },
    more,
  );
const pairs = (name: ServiceKey, option: string, more?: Short): OptionRule =>
  key(
    name,
    (draft, value) => {
      putPair(draft, name, option, value);
    },
    more,
  );
const flag = (name: ServiceKey, more: Short = {}): OptionRule => ({
  kind: 'switch',
  outcome: 'key',
  becomes: name,
  take: ({ keys }, value) => {
    keys[name] = value === 'true';
  },
  ...more,
});
const notNeeded = (kind: OptionKind, why: string, more: Short = {}): OptionRule => ({
  kind,
  outcome: 'not-needed',
  why,
  ...more,
});
const lostOption = (
  kind: OptionKind,
  why: string,
  remedy: string,
  more: Short & { readonly silentValue?: string } = {},
): OptionRule => ({
  kind,
  outcome: 'lost',
  why,
  remedy,
  silentValue: kind === 'switch' ? 'false' : '',
  ...more,
});
const windowsOnly = lostOption('value', 'is for Windows only', 'Leave it out', { silentValue: 'default' });
const deviceRate = (name: string): OptionRule =>
  key(`blkio_config.${name}`, (draft, value) => {
    takeDeviceValue(draft, name, 'rate', value);
  });
const health = (name: string): OptionRule =>
  key(`healthcheck.${name}`, (draft, value) => {
    takeHealth(draft, name, value);
  });

export const runOptions = {
  'add-host': list('extra_hosts'),
  annotation: pairs('annotations', 'annotation'),
  attach: notNeeded('value', 'the unit attaches to the output, which goes to the journal', { short: 'a' }),
  'blkio-weight': key('blkio_config.weight', (draft, value) => {
    if (value !== '0') putEntry(draft, 'blkio_config', 'weight', numberOr(value));
  }),
  'blkio-weight-device': key('blkio_config.weight_device', (draft, value) => {
    takeDeviceValue(draft, 'weight_device', 'weight', value);
  }),
  'cap-add': list('cap_add'),
  'cap-drop': list('cap_drop'),
  'cgroup-parent': text('cgroup_parent'),
  cgroupns: text('cgroup'),
  cidfile: notNeeded('value', 'a unit recreates its container at every start and finds it by a label'),
  'cpu-count': windowsOnly,
  'cpu-percent': windowsOnly,
  'cpu-period': number('cpu_period'),
  'cpu-quota': number('cpu_quota'),
  'cpu-rt-period': number('cpu_rt_period'),
  'cpu-rt-runtime': number('cpu_rt_runtime'),
  'cpu-shares': number('cpu_shares', { short: 'c' }),
  cpus: key('cpus', takeCpus),
  'cpuset-cpus': text('cpuset'),
  'cpuset-mems': lostOption(
    'value',
    'names memory nodes, for which Compose has no key',
    'Give the project’s slice `AllowedMemoryNodes=` under x-systemd, on a host where it matters',
  ),
  detach: notNeeded('switch', 'a unit runs its container in the background', { short: 'd' }),
  'detach-keys': notNeeded('value', 'no terminal is attached to a unit'),
  device: list('devices'),
  'device-cgroup-rule': list('device_cgroup_rules'),
  'device-read-bps': deviceRate('device_read_bps'),
  'device-read-iops': deviceRate('device_read_iops'),
  'device-write-bps': deviceRate('device_write_bps'),
  'device-write-iops': deviceRate('device_write_iops'),
  'disable-content-trust': lostOption(
    'switch',
    'is about signatures of images, for which Compose has no key',
    'Name the image by its digest, which no one can exchange: image@sha256:…',
    { silentValue: 'true' },
  ),
  dns: list('dns'),
  'dns-option': list('dns_opt'),
  'dns-search': list('dns_search'),
  domainname: text('domainname'),
  entrypoint: key('entrypoint', ({ keys }, value) => {
    keys.entrypoint = value === '' ? [] : [value];
  }),
  env: key('environment', takeEnvironment, { short: 'e' }),
  'env-file': key('env_file, with `format: raw`', takeEnvironmentFile),
  expose: list('expose'),
  gpus: key('gpus', takeGpus),
  'group-add': list('group_add'),
  'health-cmd': health('test'),
  'health-interval': health('interval'),
  'health-retries': health('retries'),
  'health-start-interval': health('start_interval'),
  'health-start-period': health('start_period'),
  'health-timeout': health('timeout'),
  help: notNeeded('switch', 'it asks docker for help'),
  hostname: text('hostname', { short: 'h' }),
  init: flag('init'),
  interactive: flag('stdin_open', { short: 'i' }),
  'io-maxbandwidth': windowsOnly,
  'io-maxiops': windowsOnly,
  ip: key('networks.NAME.ipv4_address', ({ endpoint }, value) => {
    endpoint.ipv4 = value;
  }),
  ip6: key('networks.NAME.ipv6_address', ({ endpoint }, value) => {
    endpoint.ipv6 = value;
  }),
  ipc: text('ipc'),
  isolation: windowsOnly,
  'kernel-memory': lostOption(
    'value',
    'is obsolete: the kernel has no such limit any more',
    'Leave it out; --memory counts the kernel’s memory too',
  ),
  label: pairs('labels', 'label', { short: 'l' }),
  'label-file': key('labels, written out', takeLabelFile),
  link: key('links to services of the file, external_links to others', ({ links }, value) => {
    links.push(value);
  }),
  'link-local-ip': key('networks.NAME.link_local_ips', ({ endpoint }, value) => {
    endpoint.linkLocalIps.push(value);
  }),
  'log-driver': key('logging.driver', (draft, value) => {
    putEntry(draft, 'logging', 'driver', value);
  }),
  'log-opt': key('logging.options', takeLogging),
  'mac-address': key('mac_address', ({ endpoint }, value) => {
    endpoint.mac = value;
  }),
  memory: text('mem_limit', { short: 'm' }),
  'memory-reservation': text('mem_reservation'),
  'memory-swap': key('memswap_limit', ({ keys }, value) => {
    keys.memswap_limit = value === '-1' ? -1 : value;
  }),
  'memory-swappiness': key('mem_swappiness', ({ keys }, value) => {
    if (value !== '-1') keys.mem_swappiness = numberOr(value);
  }),
  mount: key('volumes, in the long form', takeMount),
  name: text('container_name'),
  network: key('network_mode, or networks', takeNetwork),
  'network-alias': key('networks.NAME.aliases', ({ endpoint }, value) => {
    endpoint.aliases.push(value);
  }),
  'no-healthcheck': {
    kind: 'switch',
    outcome: 'key',
    becomes: 'healthcheck.disable',
    take: (draft, value) => {
      if (value === 'true') putEntry(draft, 'healthcheck', 'disable', true);
    },
  },
  'oom-kill-disable': flag('oom_kill_disable'),
  'oom-score-adj': number('oom_score_adj'),
  pid: text('pid'),
  'pids-limit': number('pids_limit'),
  platform: text('platform'),
  privileged: flag('privileged'),
  publish: key('ports', takePublished, { short: 'p' }),
  'publish-all': lostOption(
    'switch',
    'publishes what the image exposes, for which Compose has no key',
    'List the ports under `ports:`, each by its number alone: - "80"',
    { short: 'P' },
  ),
  pull: key('pull_policy', ({ keys }, value) => {
    if (value !== 'missing') keys.pull_policy = value;
  }),
  quiet: notNeeded('switch', 'the pull has a unit, whose output goes to the journal', { short: 'q' }),
  'read-only': flag('read_only'),
  restart: key('restart, which is systemd’s to do', ({ keys }, value) => {
    keys.restart = value === '' ? 'no' : value;
  }),
  rm: notNeeded('switch', 'a unit removes its container when it has stopped; that is --rm for every one'),
  runtime: text('runtime'),
  'security-opt': key('security_opt', takeSecurityOption),
  'shm-size': text('shm_size'),
  'sig-proxy': notNeeded('switch', 'no terminal is attached to a unit'),
  'stop-signal': text('stop_signal'),
  'stop-timeout': key('stop_grace_period', takeStopTimeout),
  'storage-opt': pairs('storage_opt', 'storage-opt'),
  sysctl: pairs('sysctls', 'sysctl'),
  tmpfs: list('tmpfs'),
  tty: flag('tty', { short: 't' }),
  ulimit: key('ulimits', takeUlimit),
  'use-api-socket': lostOption(
    'switch',
    'hands over Docker’s socket and your registry logins, which dockunit never does by itself',
    'Mount /var/run/docker.sock under `volumes:` if the container is to drive Docker',
  ),
  user: text('user', { short: 'u' }),
  userns: text('userns_mode'),
  uts: text('uts'),
  volume: key('volumes', takeVolume, { short: 'v' }),
  'volume-driver': key('volumes.NAME.driver, at the top', ({ volumeDriver }, value) => {
    volumeDriver.name = value;
  }),
  'volumes-from': key('volumes_from', (draft, value) => {
    if (value === '') refuseValue(draft, 'volumes-from', value, 'Write CONTAINER or CONTAINER:ro');
    else draft.volumesFrom.push(value);
  }),
  workdir: text('working_dir', { short: 'w' }),
} satisfies Record<RunOption, OptionRule>;
