/**
 * The rule of every key of the Compose Specification: how dockunit applies it on a host. A key without a rule does not
 * compile.
 */
import type { NetworkKey, ServiceKey, TopLevelKey, VolumeKey } from '../compose/keys.ts';
import type { Project, Service } from '../compose/project.ts';
import {
  commandArguments,
  healthArguments,
  mountArguments,
  portArguments,
  stopArguments,
} from './docker-arguments.ts';
import { type KeyRule, refuse, unit, windowsOnly, withoutEffect } from './key-rule.ts';
import { fileMounts } from './files.ts';
import { containerName } from './names.ts';
import {
  blkioArguments,
  cpusArguments,
  gpuArguments,
  namespaceArguments,
  volumesFromArguments,
} from './option-arguments.ts';
import { privatePairs } from './private-words.ts';
import { isPublicLogOption } from './public-options.ts';
import type { Argument, Target } from './unit-set.ts';

export type { KeyRule };

const flags = (
  what: string,
  make: (service: Service, project: Project, target: Target) => readonly (Argument | undefined)[],
): KeyRule => ({
  kind: 'flags',
  what,
  flags: (service, project, target) => make(service, project, target).filter((part) => part !== undefined),
});

const option = (name: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [name, String(value)];
const repeat = (name: string, values: readonly string[] = []): readonly string[] =>
  values.flatMap((value) => [name, value]);
const pairs = (name: string, entries: ReadonlyMap<string, string> = new Map()): readonly string[] =>
  [...entries].flatMap(([key, value]) => [name, `${key}=${value}`]);
const toggle = (name: string, value: boolean | undefined): readonly string[] =>
  value === undefined ? [] : [value ? name : `${name}=false`];

const fileArguments = (
  project: Project,
  service: Service,
  section: 'configs' | 'secrets',
  docker: number,
): readonly string[] =>
  fileMounts(project, service, section).flatMap((mount) => mountArguments(project, service, mount, docker));

/** Options are written in this table's order. */
export const serviceKeyRules = {
  container_name: flags('docker create --name', (service, project) => [
    '--name',
    containerName(project, service),
  ]),
  image: unit('the image of docker create, and a unit of its own that pulls it'),
  build: unit(
    'docker build, or buildx, in the unit of the image where the image is missing; `dockunit build` at any time',
  ),
  pull_policy: unit('whether and when the image unit pulls'),
  entrypoint: flags(
    'docker create --entrypoint; the words after the first go before the command',
    (service) => commandArguments(service).options,
  ),
  command: unit('the words after the image of docker create'),
  environment: unit('--env-file, a file of mode 0600 beside the unit'),
  env_file: unit('read when compiling; joins environment'),
  labels: flags('docker create --label', (service) => pairs('--label', service.labels)),
  label_file: unit('read when compiling; joins labels'),
  annotations: flags('docker create --annotation', (service) => pairs('--annotation', service.annotations)),
  platform: flags('docker create --platform, and docker pull --platform', (service) =>
    option('--platform', service.platform),
  ),
  runtime: flags('docker create --runtime', (service) => option('--runtime', service.runtime)),
  hostname: flags('docker create --hostname', (service) => option('--hostname', service.hostname)),
  domainname: flags('docker create --domainname', (service) => option('--domainname', service.domainname)),
  stdin_open: flags(
    'docker create --interactive; who attaches by hand closes the input by leaving',
    (service) => toggle('--interactive', service.stdinOpen),
  ),
  tty: flags('docker create --tty', (service) => toggle('--tty', service.tty)),
  user: flags('docker create --user', (service) => option('--user', service.user)),
  group_add: flags('docker create --group-add', (service) => repeat('--group-add', service.groupAdd)),
  working_dir: flags('docker create --workdir', (service) => option('--workdir', service.workingDir)),
  init: flags('docker create --init', (service) => toggle('--init', service.init)),
  read_only: flags('docker create --read-only', (service) => toggle('--read-only', service.readOnly)),
  privileged: flags('docker create --privileged', (service) => toggle('--privileged', service.privileged)),
  cap_add: flags('docker create --cap-add', (service) => repeat('--cap-add', service.capAdd)),
  cap_drop: flags('docker create --cap-drop', (service) => repeat('--cap-drop', service.capDrop)),
  security_opt: flags('docker create --security-opt', (service) =>
    repeat('--security-opt', service.securityOpt),
  ),
  userns_mode: flags('docker create --userns', (service) => option('--userns', service.usernsMode)),
  uts: flags('docker create --uts', (service) => option('--uts', service.uts)),
  ipc: flags('docker create --ipc; a dependency where it is that of a service', (service, project) =>
    namespaceArguments('--ipc', project, service.ipc),
  ),
  pid: flags('docker create --pid; a dependency where it is that of a service', (service, project) =>
    namespaceArguments('--pid', project, service.pid),
  ),
  cgroup: flags('docker create --cgroupns', (service) => option('--cgroupns', service.cgroup)),
  cgroup_parent: flags('docker create --cgroup-parent; without it the project’s slice', (service) =>
    option('--cgroup-parent', service.cgroupParent),
  ),
  sysctls: flags('docker create --sysctl', (service) => pairs('--sysctl', service.sysctls)),
  device_cgroup_rules: flags('docker create --device-cgroup-rule', (service) =>
    repeat('--device-cgroup-rule', service.deviceCgroupRules),
  ),
  gpus: flags('docker create --gpus', (service) => gpuArguments(service.gpus)),
  devices: flags('docker create --device', (service) => repeat('--device', service.devices)),
  ulimits: flags('docker create --ulimit', (service) =>
    repeat(
      '--ulimit',
      [...service.ulimits].map(([name, { soft, hard }]) => `${name}=${soft}:${hard}`),
    ),
  ),
  cpus: flags('docker create --cpus', (service) => cpusArguments(service.nanoCpus)),
  cpuset: flags('docker create --cpuset-cpus', (service) => option('--cpuset-cpus', service.cpuset)),
  cpu_shares: flags('docker create --cpu-shares', (service) => option('--cpu-shares', service.cpuShares)),
  cpu_period: flags('docker create --cpu-period', (service) => option('--cpu-period', service.cpuPeriod)),
  cpu_quota: flags('docker create --cpu-quota', (service) => option('--cpu-quota', service.cpuQuota)),
  cpu_rt_period: flags('docker create --cpu-rt-period', (service) =>
    option('--cpu-rt-period', service.cpuRtPeriod),
  ),
  cpu_rt_runtime: flags('docker create --cpu-rt-runtime', (service) =>
    option('--cpu-rt-runtime', service.cpuRtRuntime),
  ),
  mem_limit: flags('docker create --memory', (service) => option('--memory', service.memLimit)),
  memswap_limit: flags('docker create --memory-swap', (service) =>
    option('--memory-swap', service.memswapLimit),
  ),
  mem_reservation: flags('docker create --memory-reservation', (service) =>
    option('--memory-reservation', service.memReservation),
  ),
  mem_swappiness: flags('docker create --memory-swappiness', (service) =>
    option('--memory-swappiness', service.memSwappiness),
  ),
  oom_kill_disable: flags('docker create --oom-kill-disable', (service) =>
    toggle('--oom-kill-disable', service.oomKillDisable),
  ),
  oom_score_adj: flags('docker create --oom-score-adj', (service) =>
    option('--oom-score-adj', service.oomScoreAdj),
  ),
  pids_limit: flags('docker create --pids-limit', (service) => option('--pids-limit', service.pidsLimit)),
  blkio_config: flags('docker create --blkio-weight and --device-…', (service) =>
    blkioArguments(service.blkioConfig),
  ),
  storage_opt: flags('docker create --storage-opt', (service) => pairs('--storage-opt', service.storageOpt)),
  shm_size: flags('docker create --shm-size', (service) => option('--shm-size', service.shmSize)),
  tmpfs: flags('docker create --tmpfs', (service) => repeat('--tmpfs', service.tmpfs)),
  volumes: flags(
    'docker create --volume or --mount; RequiresMountsFor= for paths on the host',
    (service, project, { docker }) =>
      service.volumes.flatMap((mount) => mountArguments(project, service, mount, docker)),
  ),
  volumes_from: flags('docker create --volumes-from, and a dependency', (service, project) =>
    volumesFromArguments(project, service),
  ),
  configs: flags(
    'a file: docker create --mount, read-only; content and environment: docker cp out of an archive of mode 0600 beside the unit',
    (service, project, { docker }) => fileArguments(project, service, 'configs', docker),
  ),
  secrets: flags('as configs, under /run/secrets', (service, project, { docker }) =>
    fileArguments(project, service, 'secrets', docker),
  ),
  ports: flags('docker create --publish', (service) => service.ports.flatMap(portArguments)),
  expose: flags('docker create --expose', (service) => repeat('--expose', service.expose)),
  network_mode: unit(
    'docker create --network; a dependency where it is that of a service, or of a container that a unit of dockunit runs',
  ),
  mac_address: unit('docker create --mac-address'),
  networks: unit('docker create --network, docker network connect, and a unit a network'),
  links: unit('docker create --link, and a dependency'),
  external_links: unit(
    'docker create --link and docker network connect --link; a dependency where a unit of dockunit runs the container',
  ),
  dns: flags('docker create --dns', (service) => repeat('--dns', service.dns)),
  dns_opt: flags('docker create --dns-option', (service) => repeat('--dns-option', service.dnsOptions)),
  dns_search: flags('docker create --dns-search', (service) => repeat('--dns-search', service.dnsSearch)),
  extra_hosts: flags('docker create --add-host', (service) =>
    repeat(
      '--add-host',
      service.extraHosts.map(({ host, address }) => `${host}:${address}`),
    ),
  ),
  healthcheck: flags(
    'docker create --health-…; a known fault: `[CMD, …]` too is run by the image’s /bin/sh, so in an image without a shell it never passes (`check` says so where the image is on disk)',
    (service) => (service.healthcheck === undefined ? [] : healthArguments(service.healthcheck)),
  ),
  logging: flags(
    'docker create --log-driver and --log-opt; values that may be secrets, such as splunk-token, in a file of mode 0600 beside the unit',
    (service) => [
      ...option('--log-driver', service.logging?.driver),
      ...privatePairs('--log-opt', service.logging?.options ?? new Map(), isPublicLogOption),
    ],
  ),
  stop_signal: flags('docker create --stop-signal', (service) => option('--stop-signal', service.stopSignal)),
  stop_grace_period: flags('docker create --stop-timeout, ExecStop= and TimeoutStopSec=', stopArguments),
  depends_on: unit('Requires= or Wants=, After=, PartOf=, and gate units for healthy and completed'),
  post_start: unit(
    'ExecStartPost=: docker exec once the container runs; one that fails fails the start, and Restart= tries again',
  ),
  pre_stop: unit(
    'ExecStop=: docker exec before docker stop, if the container runs; a failing hook is logged and does not prevent the stop',
  ),
  restart: unit('Restart=, and StartLimitBurst= for a number of retries'),

  scale: unit('a container unit each, web@1.service, web@2.service…; the target and dependents want all'),
  deploy: unit('key by key, what one host can do of it'),

  attach: withoutEffect(
    'says whose output `docker compose up` shows; `dockunit logs` and journalctl show any',
  ),
  develop: withoutEffect('serves `docker compose watch` on a development machine'),

  cpu_count: windowsOnly,
  cpu_percent: windowsOnly,
  credential_spec: windowsOnly,

  extends: unit('read when compiling: the keys of the other service, with these over them'),
  isolation: windowsOnly,
  models: refuse(
    'names language models that Docker Model Runner, a plugin of the docker client, loads and serves',
    'Run the model by a service of its own, and give its address to this one under `environment:`',
    'models-not-served',
  ),
  profiles: unit('whether the service has units: where one is active by --profile or COMPOSE_PROFILES'),
  provider: refuse(
    'hands the service to a plugin of docker compose, which makes something that is no container and may tell other services its variables; a unit has neither the plugin nor its answers',
    'Make what it provides by other means, and give its address to the others under `environment:`',
    'provider-not-run',
  ),
  pull_refresh_after: refuse(
    'asks the registry when so long has passed since the last pull, which no unit remembers',
    'Write `pull_policy: always`, by which every start looks for a newer image',
    'pull-not-timed',
  ),
  use_api_socket: refuse(
    'hands over Docker’s socket and your registry logins, which dockunit never does by itself',
    'Mount /var/run/docker.sock under `volumes:` if the container is to drive Docker',
  ),
} satisfies Record<ServiceKey, KeyRule>;

export const networkKeyRules = {
  name: unit('the name of docker network create'),
  external: unit('no unit: the network is there already'),
  driver: unit('docker network create --driver'),
  driver_opts: unit(
    'docker network create --opt, of which what may be a secret is in a file of mode 0600 beside the unit',
  ),
  internal: unit('docker network create --internal'),
  attachable: unit('docker network create --attachable'),
  enable_ipv6: unit('docker network create --ipv6'),
  enable_ipv4: unit('docker network create --ipv4=false'),
  ipam: unit(
    'docker network create --subnet, --gateway, --ip-range, --aux-address, --ipam-driver, --ipam-opt',
  ),
  labels: unit('docker network create --label'),
} satisfies Record<NetworkKey, KeyRule>;

export const volumeKeyRules = {
  name: unit('the name of docker volume create'),
  external: unit('no unit: the volume is there already'),
  driver: unit('docker volume create --driver'),
  driver_opts: unit(
    'docker volume create --opt, of which what may be a secret is in a file of mode 0600 beside the unit; RequiresMountsFor= for paths on the host, network-online.target for NFS, CIFS and the like',
  ),
  labels: unit('docker volume create --label'),
} satisfies Record<VolumeKey, KeyRule>;

export const topLevelKeyRules = {
  name: unit('the prefix of every unit, and the name of the target'),
  version: withoutEffect('is obsolete: every file is read by today’s specification'),
  services: unit('a container unit each'),
  networks: unit('a unit each'),
  volumes: unit('a unit each'),
  configs: unit('files of the containers whose services name them'),
  secrets: unit('files of the containers whose services name them'),
  models: withoutEffect(
    'describes what Docker Model Runner serves to the services that name it; naming one is refused',
  ),
  include: unit('read when compiling: the parts of the other files join those of this one'),
} satisfies Record<TopLevelKey, KeyRule>;
