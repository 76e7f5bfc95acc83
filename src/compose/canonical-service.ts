/**
 * A service in canonical form: every key in its long form, paths absolute, env_file merged in. The table is in the
 * order in which `docker compose config` prints the keys (compose-go, types).
 */
import type { Json, Shape } from './canonical-shapes.ts';
import {
  absolute,
  allTexts,
  asWritten,
  bytes,
  duration,
  extensionsOf,
  flag,
  flagKept,
  listOf,
  mapOf,
  nonEmpty,
  number,
  numberKept,
  objectOf,
  pairs,
  pairsOrNull,
  recordKept,
  text,
  textOrTexts,
  texts,
} from './canonical-shapes.ts';
import { build, configs, extraHosts, secrets, ulimit } from './canonical-build.ts';
import { deploy, deviceCount, deviceRequests } from './canonical-deploy.ts';
import { devices, mounts, ports } from './canonical-mappings.ts';
import type { Field } from './field.ts';
import { entriesOf, isEmpty, itemsOf, textOf, textsOf } from './field.ts';
import type { ServiceKey } from './keys.ts';
import type { NormaliserContext } from './loading.ts';
import { dependenciesOf } from './normalise-lifecycle.ts';
import { labelsOf } from './normalise-options.ts';
import { argvOf, environmentOf } from './normalise-process.ts';
import { sortedByKey } from './sorted.ts';

const argv: Shape = (field) => argvOf(field);

const throttle = listOf(recordKept({ path: text, rate: bytes }));

const hook = recordKept({
  command: argv,
  user: text,
  privileged: flag,
  working_dir: text,
  environment: pairsOrNull,
});

const healthTest: Shape = (field) => {
  if (field.node.kind === 'list') return nonEmpty(textsOf(field));
  const command = textOf(field);
  return command === undefined ? undefined : ['CMD-SHELL', command];
};

const attachment = recordKept({
  priority: number,
  aliases: texts,
  ipv4_address: text,
  ipv6_address: text,
  link_local_ips: texts,
  mac_address: text,
  driver_opts: pairs,
  gw_priority: number,
  interface_name: text,
});

const networks: Shape = (field, loading) =>
  field.node.kind === 'list'
    ? objectOf(sortedByKey(textsOf(field).map((name) => [name, null] as const)))
    : mapOf(attachment)(field, loading);

const pullPolicy: Shape = (field) => {
  const policy = textOf(field);
  return policy === 'if_not_present' ? 'missing' : policy;
};

/** Keys that belong to another key, or to the reading of the files. */
const elsewhere: Shape = () => undefined;

const shapes = {
  profiles: texts,
  annotations: pairs,
  attach: flagKept,
  build,
  develop: recordKept({
    watch: listOf(
      recordKept({
        path: absolute,
        action: text,
        target: text,
        exec: hook,
        ignore: textOrTexts,
        include: textOrTexts,
      }),
    ),
  }),
  blkio_config: recordKept({
    weight: number,
    weight_device: listOf(recordKept({ path: text, weight: numberKept })),
    device_read_bps: throttle,
    device_read_iops: throttle,
    device_write_bps: throttle,
    device_write_iops: throttle,
  }),
  cap_add: texts,
  cap_drop: texts,
  cgroup_parent: text,
  cgroup: text,
  cpu_count: number,
  cpu_percent: number,
  cpu_period: number,
  cpu_quota: number,
  cpu_rt_period: number,
  cpu_rt_runtime: number,
  cpus: number,
  cpuset: text,
  cpu_shares: number,
  command: argv,
  configs,
  container_name: text,
  credential_spec: recordKept({ config: text, file: text, registry: text }),
  depends_on: elsewhere,
  deploy,
  device_cgroup_rules: allTexts,
  devices,
  dns: textOrTexts,
  dns_opt: texts,
  dns_search: textOrTexts,
  domainname: text,
  entrypoint: argv,
  environment: elsewhere,
  env_file: elsewhere,
  expose: texts,
  extends: elsewhere,
  external_links: allTexts,
  extra_hosts: extraHosts,
  group_add: allTexts,
  gpus: (field, loading) =>
    field.node.kind === 'list'
      ? deviceRequests(field, loading)
      : [{ count: deviceCount(field, loading) ?? -1 }],
  hostname: text,
  healthcheck: recordKept({
    test: healthTest,
    timeout: duration,
    interval: duration,
    retries: numberKept,
    start_period: duration,
    start_interval: duration,
    disable: flag,
  }),
  image: text,
  init: flagKept,
  ipc: text,
  isolation: text,
  labels: elsewhere,
  label_file: elsewhere,
  links: texts,
  logging: recordKept({ driver: text, options: pairs }),
  mem_limit: bytes,
  mem_reservation: bytes,
  memswap_limit: bytes,
  mem_swappiness: bytes,
  mac_address: text,
  models: asWritten,
  network_mode: text,
  networks,
  oom_kill_disable: flag,
  oom_score_adj: number,
  pid: text,
  pids_limit: number,
  platform: text,
  ports,
  privileged: flag,
  provider: asWritten,
  pull_policy: pullPolicy,
  pull_refresh_after: text,
  read_only: flag,
  restart: text,
  runtime: text,
  scale: numberKept,
  secrets,
  security_opt: allTexts,
  shm_size: bytes,
  stdin_open: flag,
  stop_grace_period: duration,
  stop_signal: text,
  storage_opt: pairs,
  sysctls: pairs,
  tmpfs: textOrTexts,
  tty: flag,
  ulimits: mapOf(ulimit),
  use_api_socket: flag,
  user: text,
  userns_mode: text,
  uts: text,
  volumes: mounts,
  volumes_from: allTexts,
  working_dir: text,
  post_start: listOf(hook),
  pre_stop: listOf(hook),
} satisfies Record<ServiceKey, Shape>;

/** The keys of one service, in the order of the table, then its extensions. */
export function canonicalService(field: Field, loading: NormaliserContext): Readonly<Record<string, Json>> {
  const fields = new Map(
    entriesOf(field)
      .filter((entry) => !isEmpty(entry))
      .map((entry) => [entry.key, entry]),
  );
  const service: Record<string, Json> = {};
  const across: Readonly<Partial<Record<string, () => Json | undefined>>> = {
    depends_on: () => dependsOn(fields),
    deploy: () => deployment(fields, loading),
    environment: () => environment(fields, loading),
    labels: () => objectOf(labelsOf(fields.get('labels'), fields.get('label_file'), loading)),
    networks: () => attachments(fields, loading),
  };
  for (const [key, shape] of Object.entries<Shape>(shapes)) {
    const below = fields.get(key);
    const value = across[key] ? across[key]() : below && shape(below, loading);
    if (value !== undefined) service[key] = value;
  }
  return Object.assign(service, extensionsOf(field));
}

/** With the number of containers from `scale`, as in Compose where there is a `deploy`. */
function deployment(fields: ReadonlyMap<string, Field>, loading: NormaliserContext): Json | undefined {
  const [field, scale] = [fields.get('deploy'), fields.get('scale')];
  if (!field) return undefined;
  const { mode, ...others } = deploy(field, loading);
  const replicas = scale && numberKept(scale, loading);
  return {
    ...(mode !== undefined && { mode }),
    ...(replicas !== undefined && { replicas }),
    ...others,
  };
}

/** The default network, where none is named and no mode replaces it. */
function attachments(fields: ReadonlyMap<string, Field>, loading: NormaliserContext): Json | undefined {
  const field = fields.get('networks');
  const canonical = field && networks(field, loading);
  if (canonical !== undefined || fields.has('network_mode')) return canonical;
  return { default: null };
}

/** env_file below environment; null where a name alone has no value anywhere. */
function environment(fields: ReadonlyMap<string, Field>, loading: NormaliserContext): Json | undefined {
  return objectOf(environmentOf(fields.get('environment'), fields.get('env_file'), loading));
}

/** The written ones, then those that links, shared namespaces and volumes_from imply (compose-go, Normalize). */
function dependsOn(fields: ReadonlyMap<string, Field>): Json | undefined {
  const dependsOnField = fields.get('depends_on');
  const dependencies = new Map<string, Json>();
  if (dependsOnField)
    for (const [name, { condition, restart, required }] of dependenciesOf(dependsOnField))
      dependencies.set(name, { condition, ...(restart && { restart }), required });
  const imply = (name: string, restart: boolean) => {
    if (dependencies.has(name)) return;
    dependencies.set(name, { condition: 'service_started', ...(restart && { restart }), required: true });
  };
  const items = (key: string): readonly string[] => {
    const field = fields.get(key);
    return field ? itemsOf(field).flatMap((item) => textOf(item) ?? []) : [];
  };
  for (const link of items('links')) imply(link.split(':', 1)[0] ?? link, true);
  for (const namespace of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const field = fields.get(namespace);
    const mode = field && textOf(field);
    if (mode?.startsWith('service:')) imply(mode.slice('service:'.length), true);
  }
  for (const from of items('volumes_from'))
    if (!from.startsWith('container:')) imply(from.split(':', 1)[0] ?? from, false);
  return objectOf(sortedByKey(dependencies));
}
