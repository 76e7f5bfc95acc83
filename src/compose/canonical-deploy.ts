/** `deploy` in canonical form, and the devices of `gpus` in the same form. */
import type { Shape } from './canonical-shapes.ts';
import {
  allTexts,
  bytes,
  duration,
  listOf,
  number,
  numberKept,
  pairs,
  record,
  recordKept,
  text,
  texts,
} from './canonical-shapes.ts';
import { textOf } from './field.ts';

export const deviceCount: Shape = (field, loading) =>
  textOf(field)?.toLowerCase() === 'all' ? -1 : numberKept(field, loading);
const deviceRequest = recordKept({
  capabilities: texts,
  driver: text,
  count: deviceCount,
  device_ids: texts,
  options: pairs,
});
/** All devices, where neither a number nor names are given; none, where the list of names is empty. */
export const deviceRequests = listOf((field, loading) => {
  const request = deviceRequest(field, loading);
  if ('count' in request || 'device_ids' in request) return request;
  const namesNone = field.node.kind === 'map' && field.node.entries.has('device_ids');
  return { ...request, count: namesNone ? 0 : -1 };
});

const resources = recordKept({
  cpus: number,
  memory: bytes,
  pids: number,
  devices: deviceRequests,
  generic_resources: listOf(
    recordKept({ discrete_resource_spec: recordKept({ kind: text, value: number }) }),
  ),
});

const updateConfig = recordKept({
  parallelism: numberKept,
  delay: duration,
  failure_action: text,
  monitor: duration,
  max_failure_ratio: number,
  order: text,
});

export const deploy = recordKept({
  mode: text,
  replicas: numberKept,
  labels: pairs,
  update_config: updateConfig,
  rollback_config: updateConfig,
  resources: record({ limits: resources, reservations: resources }),
  restart_policy: recordKept({
    condition: text,
    delay: duration,
    max_attempts: numberKept,
    window: duration,
  }),
  placement: record({
    constraints: allTexts,
    preferences: listOf(recordKept({ spread: text })),
    max_replicas_per_node: number,
  }),
  endpoint_mode: text,
});
