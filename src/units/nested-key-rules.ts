/**
 * The rules of keys within a key of a service, or within a config or secret.
 */
import type { BuildKey, DeployKey, FileObjectKey } from '../compose/keys.ts';
import { type KeyRule, notYet, unit, windowsOnly, withoutEffect, refuse } from './key-rule.ts';

export const buildKeyRules = {
  context: unit(
    'an absolute path on the host that builds, or an address; one with a password or token is in a file of mode 0600 beside the unit',
  ),
  dockerfile: unit('--file'),
  dockerfile_inline: unit('--file, a file beside the unit'),
  args: unit('--build-arg; the values are in a file of mode 0600 beside the unit'),
  target: unit('--target'),
  network: unit('--network'),
  labels: unit('--label'),
  cache_from: unit('--cache-from'),
  cache_to: unit('--cache-to of BuildKit'),
  extra_hosts: unit('--add-host'),
  shm_size: unit('--shm-size'),
  ssh: unit('--ssh of BuildKit; a path is an absolute one on the host that builds'),
  secrets: unit('--secret of BuildKit; a content is a file of mode 0600 beside the unit'),
  tags: unit('--tag, beside that of the image'),
  pull: unit('--pull'),
  no_cache: unit('--no-cache'),
  platforms: unit('--platform; one of them, or that of the service'),
  additional_contexts: unit('--build-context of BuildKit'),
  privileged: unit('--allow security.insecure of BuildKit'),
  entitlements: unit('--allow of BuildKit'),
  ulimits: unit('--ulimit'),
  isolation: windowsOnly,
  no_cache_filter: notYet,
  provenance: notYet,
  sbom: notYet,
} satisfies Record<BuildKey, KeyRule>;

export const deployKeyRules = {
  replicas: unit('as scale'),
  mode: unit(
    'global is one container a host; a job runs once a start, with Restart=no or as restart_policy has it on-failure; its replicas run at the same time',
  ),
  resources: unit(
    'limits: docker create --cpus, --memory, --pids-limit; reservations: --memory-reservation and --gpus',
  ),
  restart_policy: unit(
    'condition: Restart=, over restart; delay: RestartSec=; max_attempts: StartLimitBurst=; window: StartLimitIntervalSec=',
  ),
  labels: withoutEffect('marks a service of a swarm, not a container'),
  placement: unit(
    'nothing where this host meets the constraints, an error where they name another host, a label or another role',
  ),
  endpoint_mode: withoutEffect('has a meaning in a swarm only'),
  update_config: withoutEffect('has a meaning in a swarm only'),
  rollback_config: withoutEffect('has a meaning in a swarm only'),
} satisfies Record<DeployKey, KeyRule>;

/** Of `configs.NAME` and `secrets.NAME`. */
export const fileObjectKeyRules = {
  file: unit('mounted read-only from the host'),
  content: unit('copied into the container before it starts'),
  environment: unit('the value of the variable when compiling, copied into the container before it starts'),
  external: refuse('means a file that only a swarm holds', 'Give a `file`, `environment` or `content`'),
  name: withoutEffect('names a file of a swarm'),
  labels: withoutEffect('marks a file of a swarm'),
  driver: refuse('is known to a swarm only', 'Remove the key'),
  driver_opts: refuse('is known to a swarm only', 'Remove the key'),
  template_driver: refuse('is known to a swarm only', 'Remove the key'),
} satisfies Record<FileObjectKey, KeyRule>;
