/**
 * The keys of the Compose Specification (its JSON schema, compose-spec.json), the one list that every table of rules
 * must cover. Keys beginning with `x-` are extensions and never listed.
 */

/** Keys of the file itself. */
export const topLevelKeys = [
  'configs',
  'include',
  'models',
  'name',
  'networks',
  'secrets',
  'services',
  'version',
  'volumes',
] as const;

/** Keys of `services.NAME`. */
export const serviceKeys = [
  'annotations',
  'attach',
  'blkio_config',
  'build',
  'cap_add',
  'cap_drop',
  'cgroup',
  'cgroup_parent',
  'command',
  'configs',
  'container_name',
  'cpu_count',
  'cpu_percent',
  'cpu_period',
  'cpu_quota',
  'cpu_rt_period',
  'cpu_rt_runtime',
  'cpu_shares',
  'cpus',
  'cpuset',
  'credential_spec',
  'depends_on',
  'deploy',
  'develop',
  'device_cgroup_rules',
  'devices',
  'dns',
  'dns_opt',
  'dns_search',
  'domainname',
  'entrypoint',
  'env_file',
  'environment',
  'expose',
  'extends',
  'external_links',
  'extra_hosts',
  'gpus',
  'group_add',
  'healthcheck',
  'hostname',
  'image',
  'init',
  'ipc',
  'isolation',
  'label_file',
  'labels',
  'links',
  'logging',
  'mac_address',
  'mem_limit',
  'mem_reservation',
  'mem_swappiness',
  'memswap_limit',
  'models',
  'network_mode',
  'networks',
  'oom_kill_disable',
  'oom_score_adj',
  'pid',
  'pids_limit',
  'platform',
  'ports',
  'post_start',
  'pre_stop',
  'privileged',
  'profiles',
  'provider',
  'pull_policy',
  'pull_refresh_after',
  'read_only',
  'restart',
  'runtime',
  'scale',
  'secrets',
  'security_opt',
  'shm_size',
  'stdin_open',
  'stop_grace_period',
  'stop_signal',
  'storage_opt',
  'sysctls',
  'tmpfs',
  'tty',
  'ulimits',
  'use_api_socket',
  'user',
  'userns_mode',
  'uts',
  'volumes',
  'volumes_from',
  'working_dir',
] as const;

/** Keys of `networks.NAME`. */
export const networkKeys = [
  'attachable',
  'driver',
  'driver_opts',
  'enable_ipv4',
  'enable_ipv6',
  'external',
  'internal',
  'ipam',
  'labels',
  'name',
] as const;

/** Keys of `volumes.NAME`. */
export const volumeKeys = ['driver', 'driver_opts', 'external', 'labels', 'name'] as const;

/** Keys of `configs.NAME` and `secrets.NAME`. */
export const fileObjectKeys = [
  'content',
  'driver',
  'driver_opts',
  'environment',
  'external',
  'file',
  'labels',
  'name',
  'template_driver',
] as const;

/** Keys of `services.NAME.build`. */
export const buildKeys = [
  'additional_contexts',
  'args',
  'cache_from',
  'cache_to',
  'context',
  'dockerfile',
  'dockerfile_inline',
  'entitlements',
  'extra_hosts',
  'isolation',
  'labels',
  'network',
  'no_cache',
  'no_cache_filter',
  'platforms',
  'privileged',
  'provenance',
  'pull',
  'sbom',
  'secrets',
  'shm_size',
  'ssh',
  'tags',
  'target',
  'ulimits',
] as const;

/** Keys of `services.NAME.deploy`. */
export const deployKeys = [
  'endpoint_mode',
  'labels',
  'mode',
  'placement',
  'replicas',
  'resources',
  'restart_policy',
  'rollback_config',
  'update_config',
] as const;

export type TopLevelKey = (typeof topLevelKeys)[number];
export type ServiceKey = (typeof serviceKeys)[number];
export type NetworkKey = (typeof networkKeys)[number];
export type VolumeKey = (typeof volumeKeys)[number];
export type BuildKey = (typeof buildKeys)[number];
export type DeployKey = (typeof deployKeys)[number];
export type FileObjectKey = (typeof fileObjectKeys)[number];
