/**
 * `services.NAME` → Service: one table over every key of the specification. Keys that the compiler
 * does not take yet are only recorded; its own table of fates reports them.
 */
import type { Field } from './field.ts';
import {
  entriesOf,
  flagOf,
  isEmpty,
  refuseUnknown,
  textMapOf,
  textOf,
  textOrTextsOf,
  textsOf,
} from './field.ts';
import type { ServiceKey } from './keys.ts';
import { serviceKeys } from './keys.ts';
import type { Loading, ServiceDraft } from './loading.ts';
import { fileReferencesOf } from './normalise-files.ts';
import {
  dependenciesOf,
  healthcheckOf,
  impliedDependency,
  pullPolicyOf,
  restartPolicyOf,
} from './normalise-lifecycle.ts';
import { loggingOf, ulimitsOf } from './normalise-limits.ts';
import { devicesOf, mountsOf } from './normalise-mounts.ts';
import { attachmentsOf, defaultAttachment, extraHostsOf, linksOf } from './normalise-networking.ts';
import { portsOf } from './normalise-ports.ts';
import { argvOf, environmentOf } from './normalise-process.ts';
import { dockunitOf, noDockunit } from './normalise-dockunit.ts';
import { noSystemd, systemdOf } from './normalise-systemd.ts';
import type { Service } from './project.ts';
import { durationOf, sizeOf } from './quantity.ts';
import { sortedByKey } from './sorted.ts';

type Fields = ReadonlyMap<ServiceKey, Field>;
type Normaliser = (field: Field, draft: ServiceDraft, loading: Loading, fields: Fields) => void;

/** Reads the field into one property of the service. */
function into<K extends keyof Service>(
  property: K,
  read: (field: Field, loading: Loading) => ServiceDraft[K] | undefined,
): Normaliser {
  return (field, draft, loading) => {
    const value = read(field, loading);
    if (value !== undefined) draft[property] = value;
  };
}

/** environment and env_file make one map; whichever is written reads both. */
const intoEnvironment: Normaliser = (field, draft, loading, fields) => {
  const environment = fields.get('environment');
  if (field === (environment ?? fields.get('env_file')))
    draft.environment = environmentOf(environment, fields.get('env_file'), loading);
};

const recorded: Normaliser = () => undefined;

const unique = (read: (field: Field) => readonly string[]) => (field: Field) => [...new Set(read(field))];

const normalisers = {
  annotations: recorded,
  attach: recorded,
  blkio_config: recorded,
  build: recorded,
  cap_add: into('capAdd', unique(textsOf)),
  cap_drop: into('capDrop', unique(textsOf)),
  cgroup: recorded,
  cgroup_parent: recorded,
  command: into('command', argvOf),
  configs: into('configs', fileReferencesOf('configs')),
  container_name: into('containerName', textOf),
  cpu_count: recorded,
  cpu_percent: recorded,
  cpu_period: recorded,
  cpu_quota: recorded,
  cpu_rt_period: recorded,
  cpu_rt_runtime: recorded,
  cpu_shares: recorded,
  cpus: recorded,
  cpuset: recorded,
  credential_spec: recorded,
  depends_on: into('dependsOn', dependenciesOf),
  deploy: recorded,
  develop: recorded,
  device_cgroup_rules: recorded,
  devices: into('devices', devicesOf),
  dns: into('dns', unique(textOrTextsOf)),
  dns_opt: recorded,
  dns_search: recorded,
  domainname: recorded,
  entrypoint: into('entrypoint', argvOf),
  env_file: intoEnvironment,
  environment: intoEnvironment,
  expose: recorded,
  extends: recorded,
  external_links: recorded,
  extra_hosts: into('extraHosts', extraHostsOf),
  gpus: recorded,
  group_add: recorded,
  healthcheck: into('healthcheck', healthcheckOf),
  hostname: into('hostname', textOf),
  image: into('image', textOf),
  init: into('init', flagOf),
  ipc: recorded,
  isolation: recorded,
  label_file: recorded,
  labels: into('labels', textMapOf),
  links: into('links', linksOf),
  logging: into('logging', loggingOf),
  mac_address: recorded,
  mem_limit: recorded,
  mem_reservation: recorded,
  mem_swappiness: recorded,
  memswap_limit: recorded,
  models: recorded,
  network_mode: recorded,
  networks: into('networks', attachmentsOf),
  oom_kill_disable: recorded,
  oom_score_adj: recorded,
  pid: recorded,
  pids_limit: recorded,
  platform: recorded,
  ports: into('ports', portsOf),
  post_start: recorded,
  pre_stop: recorded,
  privileged: into('privileged', flagOf),
  profiles: recorded,
  provider: recorded,
  pull_policy: into('pullPolicy', pullPolicyOf),
  pull_refresh_after: recorded,
  read_only: into('readOnly', flagOf),
  restart: into('restart', restartPolicyOf),
  runtime: recorded,
  scale: recorded,
  secrets: into('secrets', fileReferencesOf('secrets')),
  security_opt: recorded,
  shm_size: into('shmSize', sizeOf),
  stdin_open: recorded,
  stop_grace_period: into('stopGracePeriod', durationOf),
  stop_signal: into('stopSignal', textOf),
  storage_opt: recorded,
  sysctls: recorded,
  tmpfs: into('tmpfs', unique(textOrTextsOf)),
  tty: recorded,
  ulimits: into('ulimits', ulimitsOf),
  use_api_socket: recorded,
  user: into('user', textOf),
  userns_mode: recorded,
  uts: recorded,
  volumes: into('volumes', mountsOf),
  volumes_from: recorded,
  working_dir: into('workingDir', textOf),
} satisfies Record<ServiceKey, Normaliser>;

/** The service under one name; keys with nothing in them count as not written. */
export function serviceOf(field: Field, loading: Loading): Service {
  const fields = new Map<ServiceKey, Field>();
  const draft = emptyService(field.key);
  for (const entry of entriesOf(field)) {
    if (isServiceKey(entry.key)) {
      if (!isEmpty(entry)) fields.set(entry.key, entry);
    } else if (entry.key === 'x-systemd') draft.systemd = systemdOf(entry);
    else if (entry.key === 'x-dockunit') draft.dockunit = dockunitOf(entry);
    else if (!entry.key.startsWith('x-')) refuseUnknown(entry, serviceKeys);
  }
  draft.keys = [...fields.keys()].sort();
  // In order of the keys, so that the properties of the service are too.
  for (const key of draft.keys) {
    const entry = fields.get(key);
    if (entry) normalisers[key](entry, draft, loading, fields);
  }
  return withImplied(draft, fields);
}

/** What Compose fills in: the default network, and a dependency for each link. */
function withImplied(draft: ServiceDraft, fields: Fields): Service {
  const elsewhere = fields.has('network_mode') || fields.has('provider');
  if (draft.networks.size === 0 && !elsewhere) draft.networks = defaultAttachment();
  const dependencies = new Map(draft.dependsOn);
  for (const { service } of draft.links)
    if (!dependencies.has(service)) dependencies.set(service, impliedDependency);
  draft.dependsOn = sortedByKey(dependencies);
  return draft;
}

function isServiceKey(key: string): key is ServiceKey {
  return Object.hasOwn(normalisers, key);
}

function emptyService(name: string): ServiceDraft {
  return {
    name,
    keys: [],
    environment: new Map(),
    ports: [],
    volumes: [],
    configs: [],
    secrets: [],
    networks: new Map(),
    links: [],
    dependsOn: new Map(),
    labels: new Map(),
    tmpfs: [],
    capAdd: [],
    capDrop: [],
    devices: [],
    extraHosts: [],
    dns: [],
    ulimits: new Map(),
    systemd: noSystemd,
    dockunit: noDockunit,
  };
}
