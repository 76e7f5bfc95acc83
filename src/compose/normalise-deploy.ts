/**
 * `deploy` and `scale` of a service, as docker compose reads them on one machine; reports keys that only a swarm uses.
 * Compose Deploy Specification.
 */
import type { Field } from './field.ts';
import {
  choiceOf,
  integerOf,
  itemsOf,
  recordOf,
  refuse,
  refuseValue,
  scalarOf,
  textsOf,
  warnSwarmOnly,
} from './field.ts';
import { deployKeys } from './keys.ts';
import type { ServiceKey } from './keys.ts';
import type { ServiceDraft } from './loading.ts';
import { gpusOf, nanoCpusOf } from './normalise-options.ts';
import type { PlacementConstraint, ComposeRestartPolicy } from './project.ts';
import { durationOf, sizeOf } from './quantity.ts';

/** The keys of a service, with their values. */
export type ServiceFields = ReadonlyMap<ServiceKey, Field>;

/** How many containers; `scale` and `deploy.replicas` may not differ (compose-go, checkConsistency). */
export function scaleOf(field: Field): number | undefined {
  const scale = integerOf(field);
  if (scale === undefined || (scale >= 0 && scale <= maxReplicas)) return scale;
  return refuseValue(field, `${String(scale)} is no number of containers for one host`, 'Write 0 to 1000');
}

const maxReplicas = 1000;

/**
 * Keys for options of `docker service create` that the specification does not have: docker compose refuses them too.
 */
const remedies: ReadonlyMap<string, string> = new Map([
  [
    'max_concurrent',
    'Remove it: the `replicas` of a job run at the same time. For one after the other write services that depend on each other with `condition: service_completed_successfully`',
  ],
  ['total_completions', 'Write the number as `replicas`, each of which runs once to its end'],
]);

/** Reads `deploy` into the properties that the service's own keys also set. */
export function readDeploy(field: Field, draft: ServiceDraft, fields: ServiceFields): void {
  const record = recordOf(field, deployKeys, remedies);
  for (const key of ['endpoint_mode', 'labels', 'rollback_config', 'update_config'] as const) {
    const value = record[key];
    if (value) warnSwarmOnly(value);
  }
  if (record.placement) draft.placement = constraintsOf(record.placement);
  const mode = record.mode && choiceOf(record.mode, modes);
  if (mode?.endsWith('-job')) draft.isJob = true;
  if (mode === 'global-job' && record.replicas) {
    const message = 'a global job has one container on each host, so it has no `replicas`';
    refuse(
      record.replicas,
      'conflicting-keys',
      message,
      'Write `mode: replicated-job`, or remove `replicas`',
    );
  }
  if (record.replicas) share(record.replicas, fields.get('scale'), draft, 'scale', scaleOf);
  if (record.restart_policy) draft.restart = restartPolicyOf(record.restart_policy);
  if (record.resources) readResources(record.resources, draft, fields);
}

/** The constraints that can be parsed; docker compose parses none. */
function constraintsOf(field: Field): readonly PlacementConstraint[] {
  const keys = ['constraints', 'max_replicas_per_node', 'preferences'] as const;
  const { constraints, ...others } = recordOf(field, keys);
  for (const value of Object.values(others)) warnSwarmOnly(value);
  return (constraints ? itemsOf(constraints) : []).flatMap((item, index) => {
    const [, attribute, operator, value] =
      /^([\w.-]+)\s*(==|!=)\s*(\S.*)$/.exec(scalarOf(item)?.text.trim() ?? '') ?? [];
    if (attribute === undefined || value === undefined) {
      warnSwarmOnly(item);
      return [];
    }
    return [{ attribute, equal: operator === '==', value, index }];
  });
}

const modes = ['replicated', 'global', 'replicated-job', 'global-job'] as const;

/** A value that the service also gives by a key of its own must be equal. */
function share<K extends 'scale' | 'nanoCpus' | 'memLimit' | 'memReservation' | 'pidsLimit'>(
  field: Field,
  own: Field | undefined,
  draft: ServiceDraft,
  property: K,
  read: (field: Field) => number | undefined,
): void {
  const value = read(field);
  if (value === undefined) return;
  const ownValue = own && read(own);
  draft[property] = value;
  if (own === undefined || ownValue === undefined || ownValue === value) return;
  const message = `\`${own.key}\` and \`${field.path.slice(field.path.indexOf('deploy'))}\` differ`;
  refuse(field, 'invalid-value', message, 'Write the same value, or one of the two only');
}

function readResources(field: Field, draft: ServiceDraft, fields: ServiceFields): void {
  const record = recordOf(field, ['limits', 'reservations'] as const);
  if (record.limits) {
    const { cpus, memory, pids } = recordOf(record.limits, ['cpus', 'memory', 'pids'] as const);
    if (cpus) share(cpus, fields.get('cpus'), draft, 'nanoCpus', nanoCpusOf);
    if (memory) share(memory, fields.get('mem_limit'), draft, 'memLimit', sizeOf);
    if (pids) share(pids, fields.get('pids_limit'), draft, 'pidsLimit', integerOf);
  }
  if (!record.reservations) return;
  const reservations = recordOf(record.reservations, reservationKeys);
  if (reservations.cpus) warnSwarmOnly(reservations.cpus);
  if (reservations.generic_resources) warnSwarmOnly(reservations.generic_resources);
  if (reservations.pids) warnSwarmOnly(reservations.pids);
  if (reservations.memory) {
    share(reservations.memory, fields.get('mem_reservation'), draft, 'memReservation', sizeOf);
  }
  if (reservations.devices) {
    itemsOf(reservations.devices).forEach(checkCapabilities);
    draft.gpus = [...(draft.gpus ?? []), ...gpusOf(reservations.devices)];
  }
}

const reservationKeys = ['cpus', 'devices', 'generic_resources', 'memory', 'pids'] as const;

/** The docker client adds `gpu` to every request: without it, the request would differ. */
function checkCapabilities(field: Field): void {
  const record = recordOf(field, ['capabilities', 'count', 'device_ids', 'driver', 'options'] as const);
  if (!record.capabilities) {
    const remedy = 'Add `capabilities: [gpu]`';
    refuse(field, 'missing-key', 'the request for devices has no `capabilities`', remedy);
    return;
  }
  if (textsOf(record.capabilities).includes('gpu')) return;
  const message = 'a request for devices without the capability `gpu` is none the docker client can make';
  refuse(
    field,
    'key-not-supported',
    message,
    'Add `gpu` to `capabilities`, or name the device in `devices:`',
  );
}

/** Those of the Deploy Specification, and those of `restart`, which Docker accepts too (docker compose, create.go). */
const conditions = {
  any: 'always',
  always: 'always',
  none: 'no',
  no: 'no',
  'on-failure': 'on-failure',
  'unless-stopped': 'unless-stopped',
} as const;
const conditionNames = Object.keys(conditions) as (keyof typeof conditions)[];

/** It wins over the service's `restart`. */
function restartPolicyOf(field: Field): ComposeRestartPolicy {
  const keys = ['condition', 'delay', 'max_attempts', 'window'] as const;
  const record = recordOf(field, keys);
  const policy = conditions[(record.condition && choiceOf(record.condition, conditionNames)) ?? 'any'];
  const retries = record.max_attempts && integerOf(record.max_attempts);
  const delay = record.delay && durationOf(record.delay);
  const window = record.window && durationOf(record.window);
  const pacing = {
    ...(retries !== undefined && { retries }),
    ...(delay !== undefined && { delay }),
    ...(window !== undefined && { window }),
  };
  return policy === 'no' ? { policy } : { policy, ...pacing };
}
