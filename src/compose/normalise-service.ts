/**
 * `services.NAME` as a Service: one table over every key of the specification. It only records keys that the compiler
 * does not support yet; the compiler's own table of rules reports them.
 */
import type { Field } from './field.ts';
import {
  choiceOf,
  entriesOf,
  flagOf,
  integerOf,
  isEmpty,
  refuse,
  refuseUnknown,
  textMapOf,
  textOf,
  textOrTextsOf,
  textsOf,
  valueTextsOf,
} from './field.ts';
import type { ServiceKey } from './keys.ts';
import { serviceKeys } from './keys.ts';
import { impliedDependencies } from './implied-dependencies.ts';
import type { NormaliserContext, ServiceDraft } from './loading.ts';
import { fileReferencesOf } from './normalise-files.ts';
import { buildOf } from './normalise-build.ts';
import { type ServiceFields, readDeploy, scaleOf } from './normalise-deploy.ts';
import { dependenciesOf, healthcheckOf, pullPolicyOf, restartPolicyOf } from './normalise-lifecycle.ts';
import { hooksOf } from './normalise-hooks.ts';
import { loggingOf, ulimitsOf } from './normalise-limits.ts';
import { devicesOf, mountsOf } from './normalise-mounts.ts';
import {
  attachmentsOf,
  defaultAttachment,
  extraHostsOf,
  linksOf,
  searchDomainsOf,
} from './normalise-networking.ts';
import {
  blkioConfigOf,
  exposeOf,
  externalLinksOf,
  gpusOf,
  labelsOf,
  namespaceOf,
  nanoCpusOf,
  securityOptOf,
  sizeOrUnlimitedOf,
  volumesFromOf,
} from './normalise-options.ts';
import { portsOf } from './normalise-ports.ts';
import { argvOf, environmentOf } from './normalise-process.ts';
import { dockunitOf, noDockunit } from './normalise-dockunit.ts';
import { noSystemd, systemdOf } from './normalise-systemd.ts';
import type { Service } from './project.ts';
import { durationOf, microsecondsOf, sizeOf } from './quantity.ts';
import { sortedByKey } from './sorted.ts';

type Normaliser = (
  field: Field,
  draft: ServiceDraft,
  loading: NormaliserContext,
  fields: ServiceFields,
) => void;

/** Reads the field into one property of the service. */
function into<K extends keyof Service>(
  property: K,
  read: (field: Field, loading: NormaliserContext) => ServiceDraft[K] | undefined,
): Normaliser {
  return (field, draft, loading) => {
    const value = read(field, loading);
    if (value !== undefined) draft[property] = value;
  };
}

/** environment and env_file make one map; either of them triggers the reading of both. */
const intoEnvironment: Normaliser = (field, draft, loading, fields) => {
  const environment = fields.get('environment');
  if (field === (environment ?? fields.get('env_file')))
    draft.environment = environmentOf(environment, fields.get('env_file'), loading);
};

/** The same for labels and label_file. */
const intoLabels: Normaliser = (field, draft, loading, fields) => {
  const labels = fields.get('labels');
  if (field === (labels ?? fields.get('label_file')))
    draft.labels = labelsOf(labels, fields.get('label_file'), loading);
};

const readNothing: Normaliser = () => undefined;

const unique = (read: (field: Field) => readonly string[]) => (field: Field) => [...new Set(read(field))];

const oneOf =
  <T extends string>(...choices: readonly T[]) =>
  (field: Field) =>
    choiceOf(field, choices);

const normalisers = {
  annotations: into('annotations', textMapOf),
  attach: readNothing,
  blkio_config: into('blkioConfig', blkioConfigOf),
  build: into('build', buildOf),
  cap_add: into('capAdd', unique(textsOf)),
  cap_drop: into('capDrop', unique(textsOf)),
  cgroup: into('cgroup', oneOf('host', 'private')),
  cgroup_parent: into('cgroupParent', textOf),
  command: into('command', argvOf),
  configs: into('configs', fileReferencesOf('configs')),
  container_name: into('containerName', textOf),
  cpu_count: readNothing,
  cpu_percent: readNothing,
  cpu_period: into('cpuPeriod', microsecondsOf),
  cpu_quota: into('cpuQuota', microsecondsOf),
  cpu_rt_period: into('cpuRtPeriod', microsecondsOf),
  cpu_rt_runtime: into('cpuRtRuntime', microsecondsOf),
  cpu_shares: into('cpuShares', integerOf),
  cpus: into('nanoCpus', nanoCpusOf),
  cpuset: into('cpuset', textOf),
  credential_spec: readNothing,
  depends_on: into('dependsOn', dependenciesOf),
  deploy: (field, draft, _loading, fields) => {
    readDeploy(field, draft, fields);
  },
  develop: readNothing,
  device_cgroup_rules: into('deviceCgroupRules', unique(textsOf)),
  devices: into('devices', devicesOf),
  dns: into('dns', unique(textOrTextsOf)),
  dns_opt: into('dnsOptions', unique(textOrTextsOf)),
  dns_search: into('dnsSearch', searchDomainsOf),
  domainname: into('domainname', textOf),
  entrypoint: into('entrypoint', argvOf),
  env_file: intoEnvironment,
  environment: intoEnvironment,
  expose: into('expose', exposeOf),
  extends: readNothing,
  external_links: into('externalLinks', externalLinksOf),
  extra_hosts: into('extraHosts', extraHostsOf),
  gpus: into('gpus', gpusOf),
  group_add: into('groupAdd', unique(valueTextsOf)),
  healthcheck: into('healthcheck', healthcheckOf),
  hostname: into('hostname', textOf),
  image: into('image', textOf),
  init: into('init', flagOf),
  ipc: into('ipc', namespaceOf('host', 'none', 'private', 'shareable')),
  isolation: readNothing,
  label_file: intoLabels,
  labels: intoLabels,
  links: into('links', linksOf),
  logging: into('logging', loggingOf),
  mac_address: into('macAddress', textOf),
  mem_limit: into('memLimit', sizeOf),
  mem_reservation: into('memReservation', sizeOf),
  mem_swappiness: into('memSwappiness', integerOf),
  memswap_limit: into('memswapLimit', sizeOrUnlimitedOf),
  models: readNothing,
  network_mode: into('networkMode', namespaceOf()),
  networks: into('networks', attachmentsOf),
  oom_kill_disable: into('oomKillDisable', flagOf),
  oom_score_adj: into('oomScoreAdj', integerOf),
  pid: into('pid', namespaceOf('host')),
  pids_limit: into('pidsLimit', integerOf),
  platform: into('platform', textOf),
  ports: into('ports', portsOf),
  post_start: into('postStart', hooksOf),
  pre_stop: into('preStop', hooksOf),
  privileged: into('privileged', flagOf),
  profiles: readNothing,
  provider: readNothing,
  pull_policy: into('pullPolicy', pullPolicyOf),
  pull_refresh_after: readNothing,
  read_only: into('readOnly', flagOf),
  restart: (field, draft) => {
    const restart = restartPolicyOf(field);
    // The value of `deploy`, which is read before, wins.
    if (restart !== undefined) draft.restart ??= restart;
  },
  runtime: into('runtime', textOf),
  scale: into('scale', scaleOf),
  secrets: into('secrets', fileReferencesOf('secrets')),
  security_opt: into('securityOpt', securityOptOf),
  shm_size: into('shmSize', sizeOf),
  stdin_open: into('stdinOpen', flagOf),
  stop_grace_period: into('stopGracePeriod', durationOf),
  stop_signal: into('stopSignal', textOf),
  storage_opt: into('storageOpt', textMapOf),
  sysctls: into('sysctls', textMapOf),
  tmpfs: into('tmpfs', unique(textOrTextsOf)),
  tty: into('tty', flagOf),
  ulimits: into('ulimits', ulimitsOf),
  use_api_socket: readNothing,
  user: into('user', textOf),
  userns_mode: into('usernsMode', textOf),
  uts: into('uts', oneOf('host')),
  volumes: into('volumes', mountsOf),
  volumes_from: into('volumesFrom', volumesFromOf),
  working_dir: into('workingDir', textOf),
} satisfies Record<ServiceKey, Normaliser>;

/** The service of one name; ignores keys with empty values. */
export function serviceOf(field: Field, loading: NormaliserContext): Service {
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
  // In order of the keys, so that the properties of the service have that order too.
  for (const key of draft.keys) {
    const entry = fields.get(key);
    if (entry) normalisers[key](entry, draft, loading, fields);
  }
  checkNetworkMode(draft, fields);
  return withImplied(draft, fields);
}

/** A mode excludes networks (compose-go, checkConsistency). */
function checkNetworkMode(draft: ServiceDraft, fields: ServiceFields): void {
  const networks = fields.get('networks');
  if (networks && draft.networkMode && draft.networks.size > 0) {
    const message = '`networks` cannot go with `network_mode`, which says all there is of the network';
    refuse(networks, 'conflicting-keys', message, 'Remove one of the two');
  }
}

/** The defaults of Compose: the default network, and the dependencies that other keys imply. */
function withImplied(draft: ServiceDraft, fields: ServiceFields): Service {
  const elsewhere = fields.has('network_mode') || fields.has('provider');
  if (draft.networks.size === 0 && !elsewhere) draft.networks = defaultAttachment();
  const dependencies = new Map(draft.dependsOn);
  for (const { service, dependency } of impliedDependencies(draft))
    if (!dependencies.has(service)) dependencies.set(service, dependency);
  draft.dependsOn = sortedByKey(dependencies);
  return draft;
}

function isServiceKey(key: string): key is ServiceKey {
  return Object.hasOwn(normalisers, key);
}

/**
 * A service with only a name.
 * @internal exported for tests: tests build services on it
 */
export function emptyService(name: string): ServiceDraft {
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
