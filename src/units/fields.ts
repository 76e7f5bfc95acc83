/**
 * The fate of every key of the Compose Specification: what becomes of it on a host. A key without a
 * fate does not compile.
 */
import type { FileObjectKey, NetworkKey, ServiceKey, TopLevelKey, VolumeKey } from '../spec/keys.ts';
import type { Project, Service } from '../spec/project.ts';
import {
  commandArguments,
  healthArguments,
  mountArguments,
  portArguments,
  stopArguments,
} from './docker-arguments.ts';
import { fileMounts } from './files.ts';
import { containerName } from './names.ts';
import type { Argument, Target } from './unit-set.ts';

export type Fate =
  /** Options of `docker create`. */
  | {
      readonly fate: 'flags';
      readonly what: string;
      flags(service: Service, project: Project, target: Target): readonly Argument[];
    }
  /** Directives or commands of the units, or the files beside them. */
  | { readonly fate: 'unit'; readonly what: string }
  /** Nothing that would change what runs: said in a warning, and left. */
  | { readonly fate: 'without-effect'; readonly why: string }
  /** Not honoured: an error, since the container would not be what the specification says. */
  | { readonly fate: 'refused'; readonly why: string; readonly remedy: string };

const flags = (
  what: string,
  make: (service: Service, project: Project, target: Target) => readonly (Argument | undefined)[],
): Fate => ({
  fate: 'flags',
  what,
  flags: (service, project, target) => make(service, project, target).filter((part) => part !== undefined),
});
const unit = (what: string): Fate => ({ fate: 'unit', what });
const withoutEffect = (why: string): Fate => ({ fate: 'without-effect', why });
const refused = (why: string, remedy: string): Fate => ({ fate: 'refused', why, remedy });
const notYet = refused('is not compiled yet', 'Remove the key to go on without it');
const limit = refused(
  'is not compiled yet, so the container would run without this limit',
  'Remove the key to go on without the limit',
);

const option = (name: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [name, String(value)];
const repeat = (name: string, values: readonly string[]): readonly string[] =>
  values.flatMap((value) => [name, value]);
const toggle = (name: string, value: boolean | undefined): readonly string[] =>
  value === undefined ? [] : [value ? name : `${name}=false`];

/** Options are written in this table's order. */
export const serviceFates = {
  container_name: flags('docker create --name', (service, project) => [
    '--name',
    containerName(project, service),
  ]),
  image: unit('the image of docker create, and a unit of its own that pulls it'),
  pull_policy: unit('whether and when the image unit pulls'),
  entrypoint: flags(
    'docker create --entrypoint; the words after the first go before the command',
    (service) => commandArguments(service).options,
  ),
  command: unit('the words after the image of docker create'),
  environment: unit('--env-file, a file of mode 0600 beside the unit'),
  env_file: unit('read when compiling; joins environment'),
  labels: flags('docker create --label', (service) =>
    repeat(
      '--label',
      [...service.labels].map(([key, value]) => `${key}=${value}`),
    ),
  ),
  hostname: flags('docker create --hostname', (service) => option('--hostname', service.hostname)),
  user: flags('docker create --user', (service) => option('--user', service.user)),
  working_dir: flags('docker create --workdir', (service) => option('--workdir', service.workingDir)),
  init: flags('docker create --init', (service) => toggle('--init', service.init)),
  read_only: flags('docker create --read-only', (service) => toggle('--read-only', service.readOnly)),
  privileged: flags('docker create --privileged', (service) => toggle('--privileged', service.privileged)),
  cap_add: flags('docker create --cap-add', (service) => repeat('--cap-add', service.capAdd)),
  cap_drop: flags('docker create --cap-drop', (service) => repeat('--cap-drop', service.capDrop)),
  devices: flags('docker create --device', (service) => repeat('--device', service.devices)),
  ulimits: flags('docker create --ulimit', (service) =>
    repeat(
      '--ulimit',
      [...service.ulimits].map(([name, { soft, hard }]) => `${name}=${soft}:${hard}`),
    ),
  ),
  shm_size: flags('docker create --shm-size', (service) => option('--shm-size', service.shmSize)),
  tmpfs: flags('docker create --tmpfs', (service) => repeat('--tmpfs', service.tmpfs)),
  volumes: flags(
    'docker create --volume or --mount; RequiresMountsFor= for paths on the host',
    (service, project) => service.volumes.flatMap((mount) => mountArguments(project, service, mount)),
  ),
  configs: flags(
    'a file: docker create --mount, read-only; content and environment: docker cp out of an archive of mode 0600 beside the unit',
    (service, project) =>
      fileMounts(project, service, 'configs').flatMap((mount) => mountArguments(project, service, mount)),
  ),
  secrets: flags('as configs, under /run/secrets', (service, project) =>
    fileMounts(project, service, 'secrets').flatMap((mount) => mountArguments(project, service, mount)),
  ),
  ports: flags('docker create --publish', (service) => service.ports.flatMap(portArguments)),
  networks: unit('docker create --network, docker network connect, and a unit a network'),
  links: unit('docker create --link, and a dependency'),
  dns: flags('docker create --dns', (service) => repeat('--dns', service.dns)),
  extra_hosts: flags('docker create --add-host', (service) =>
    repeat(
      '--add-host',
      service.extraHosts.map(({ host, address }) => `${host}:${address}`),
    ),
  ),
  healthcheck: flags('docker create --health-…', (service, _project, target) =>
    service.healthcheck === undefined ? [] : healthArguments(service.healthcheck, target.docker),
  ),
  logging: flags('docker create --log-driver and --log-opt', (service) => [
    ...option('--log-driver', service.logging?.driver),
    ...repeat(
      '--log-opt',
      [...(service.logging?.options ?? [])].map(([key, value]) => `${key}=${value}`),
    ),
  ]),
  stop_signal: flags('docker create --stop-signal', (service) => option('--stop-signal', service.stopSignal)),
  stop_grace_period: flags('docker create --stop-timeout, ExecStop= and TimeoutStopSec=', stopArguments),
  depends_on: unit('Requires= or Wants=, After=, PartOf=, and gate units for healthy and completed'),
  restart: unit('Restart=, and StartLimitBurst= for a number of retries'),

  attach: withoutEffect(
    'says whose output `docker compose up` shows; `dockunit logs` and journalctl show any',
  ),
  develop: withoutEffect('serves `docker compose watch` on a development machine'),
  expose: withoutEffect('opens nothing: containers of one network reach every port of each other'),

  annotations: notYet,
  blkio_config: limit,
  build: refused(
    'is not compiled yet',
    'Build the image with `docker build -t NAME` and give it as `image: NAME`',
  ),
  cgroup: notYet,
  cgroup_parent: notYet,
  cpu_count: limit,
  cpu_percent: limit,
  cpu_period: limit,
  cpu_quota: limit,
  cpu_rt_period: limit,
  cpu_rt_runtime: limit,
  cpu_shares: limit,
  cpus: limit,
  cpuset: limit,
  credential_spec: notYet,
  deploy: refused(
    'is not compiled yet',
    'Remove the key; `restart:` at the service says what restart_policy does',
  ),
  device_cgroup_rules: notYet,
  dns_opt: notYet,
  dns_search: notYet,
  domainname: notYet,
  extends: unit('read when compiling: the keys of the other service, with these over them'),
  external_links: notYet,
  gpus: notYet,
  group_add: notYet,
  ipc: notYet,
  isolation: refused('has a meaning on Windows only', 'Remove the key'),
  label_file: refused('is not compiled yet', 'Write the labels under `labels:`'),
  mac_address: notYet,
  mem_limit: limit,
  mem_reservation: limit,
  mem_swappiness: limit,
  memswap_limit: limit,
  models: notYet,
  network_mode: refused('is not compiled yet', 'Remove the key, or use `networks:`'),
  oom_kill_disable: notYet,
  oom_score_adj: notYet,
  pid: notYet,
  pids_limit: limit,
  platform: notYet,
  post_start: notYet,
  pre_stop: notYet,
  profiles: unit('whether the service has units: where one is active by --profile or COMPOSE_PROFILES'),
  provider: notYet,
  pull_refresh_after: notYet,
  runtime: notYet,
  scale: refused('is not compiled yet', 'Remove the key: one container runs'),
  security_opt: notYet,
  stdin_open: notYet,
  storage_opt: notYet,
  sysctls: notYet,
  tty: notYet,
  use_api_socket: notYet,
  userns_mode: notYet,
  uts: notYet,
  volumes_from: notYet,
} satisfies Record<ServiceKey, Fate>;

export const networkFates = {
  name: unit('the name of docker network create'),
  external: unit('no unit: the network is there already'),
  driver: unit('docker network create --driver'),
  driver_opts: unit('docker network create --opt'),
  internal: unit('docker network create --internal'),
  attachable: unit('docker network create --attachable'),
  enable_ipv6: unit('docker network create --ipv6'),
  enable_ipv4: notYet,
  ipam: unit(
    'docker network create --subnet, --gateway, --ip-range, --aux-address, --ipam-driver, --ipam-opt',
  ),
  labels: unit('docker network create --label'),
} satisfies Record<NetworkKey, Fate>;

export const volumeFates = {
  name: unit('the name of docker volume create'),
  external: unit('no unit: the volume is there already'),
  driver: unit('docker volume create --driver'),
  driver_opts: unit('docker volume create --opt'),
  labels: unit('docker volume create --label'),
} satisfies Record<VolumeKey, Fate>;

/** Of `configs.NAME` and `secrets.NAME`. */
export const fileObjectFates = {
  file: unit('mounted read-only from the host'),
  content: unit('copied into the container before it starts'),
  environment: unit('the value of the variable when compiling, copied into the container before it starts'),
  external: refused('means a file that only a swarm holds', 'Give a `file`, `environment` or `content`'),
  name: withoutEffect('names a file of a swarm'),
  labels: withoutEffect('marks a file of a swarm'),
  driver: refused('is known to a swarm only', 'Remove the key'),
  driver_opts: refused('is known to a swarm only', 'Remove the key'),
  template_driver: refused('is known to a swarm only', 'Remove the key'),
} satisfies Record<FileObjectKey, Fate>;

export const topLevelFates = {
  name: unit('the prefix of every unit, and the name of the target'),
  version: withoutEffect('is obsolete: every file is read by today’s specification'),
  services: unit('a container unit each'),
  networks: unit('a unit each'),
  volumes: unit('a unit each'),
  configs: unit('files of the containers whose services name them'),
  secrets: unit('files of the containers whose services name them'),
  models: notYet,
  include: unit('read when compiling: the parts of the other files join those of this one'),
} satisfies Record<TopLevelKey, Fate>;
