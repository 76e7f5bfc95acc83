/** `build` of a service. Compose Build Specification. */
import { posix as path } from 'node:path';
import type { Field } from './field.ts';
import {
  flagOf,
  itemsOf,
  pairsOf,
  recordOf,
  refuse,
  refuseUnsupported,
  textMapOf,
  textOf,
  textOrTextsOf,
} from './field.ts';
import { buildKeys } from './keys.ts';
import type { NormaliserContext } from './loading.ts';
import { ulimitsOf } from './normalise-limits.ts';
import { hostPath } from './normalise-mounts.ts';
import { extraHostsOf } from './normalise-networking.ts';
import type { Build } from './project.ts';
import { sizeOf } from './quantity.ts';
import { sortedByKey } from './sorted.ts';

/** A context that docker fetches itself. */
const remote = /^(?:[a-z]+:\/\/|git@|github\.com\/)/;

/** A string is the context alone. */
export function buildOf(field: Field, loading: NormaliserContext): Build | undefined {
  const record = field.node.kind === 'scalar' ? { context: field } : recordOf(field, buildKeys);
  return readBuild(field, record, loading);
}

function readBuild(
  field: Field,
  record: Partial<Record<(typeof buildKeys)[number], Field>>,
  loading: NormaliserContext,
): Build | undefined {
  const text = (key: (typeof buildKeys)[number]) => record[key] && textOf(record[key]);
  const texts = (key: (typeof buildKeys)[number]) => (record[key] ? textOrTextsOf(record[key]) : []);
  for (const key of ['isolation', 'no_cache_filter', 'provenance', 'sbom'] as const) {
    const value = record[key];
    if (value) refuseUnsupported(value, `\`build.${key}\``);
  }
  const context = contextOf(record.context ?? field, text('context') ?? '.', loading);
  const dockerfile = text('dockerfile');
  const inline = text('dockerfile_inline');
  if (dockerfile !== undefined && inline !== undefined) {
    const message = '`dockerfile` and `dockerfile_inline` exclude each other';
    refuse(record.dockerfile_inline ?? field, 'invalid-value', message, 'Keep one of the two');
  }
  const target = text('target');
  const network = text('network');
  const shmSize = record.shm_size && sizeOf(record.shm_size);
  return {
    context,
    ...(dockerfile !== undefined && {
      dockerfile: remote.test(context) ? dockerfile : path.resolve(context, dockerfile),
    }),
    ...(inline !== undefined && { inline }),
    args: record.args ? argsOf(record.args, loading) : new Map(),
    ...(target !== undefined && { target }),
    ...(network !== undefined && { network }),
    labels: record.labels ? textMapOf(record.labels) : new Map(),
    cacheFrom: texts('cache_from'),
    cacheTo: texts('cache_to'),
    extraHosts: record.extra_hosts ? extraHostsOf(record.extra_hosts) : [],
    ...(shmSize !== undefined && { shmSize }),
    ssh: record.ssh ? sshOf(record.ssh, loading) : [],
    secrets: record.secrets ? secretsOf(record.secrets) : [],
    tags: texts('tags'),
    pull: (record.pull && flagOf(record.pull)) ?? false,
    noCache: (record.no_cache && flagOf(record.no_cache)) ?? false,
    platforms: texts('platforms'),
    contexts: record.additional_contexts ? contextsOf(record.additional_contexts, loading) : new Map(),
    entitlements: [
      ...texts('entitlements'),
      ...(record.privileged && flagOf(record.privileged) ? ['security.insecure'] : []),
    ],
    ulimits: record.ulimits ? ulimitsOf(record.ulimits) : new Map(),
  };
}

function contextOf(field: Field, text: string, loading: NormaliserContext): string {
  return remote.test(text) ? text : (hostPath(field, text, loading) ?? text);
}

/** A name alone takes its value from the environment, and is left out where that has none. */
function argsOf(field: Field, { environment }: NormaliserContext): ReadonlyMap<string, string> {
  const args = Array.from(
    pairsOf(field),
    ([name, pair]) => [name, pair.value ?? environment.get(name)] as const,
  );
  return sortedByKey(args.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** `default`, or `ID=PATH` of an agent's socket or a key. */
export function sshOf(field: Field, loading: NormaliserContext): Build['ssh'] {
  if (field.node.kind === 'scalar') return textOrTextsOf(field).map((id) => ({ id }));
  return Array.from(pairsOf(field), ([id, { value, field: at }]) => {
    const file = value === undefined || value === '' ? undefined : hostPath(at, value, loading);
    return { id, ...(file !== undefined && { path: file }) };
  });
}

/** The id by which the Dockerfile mounts each, and its secret. */
function secretsOf(field: Field): Build['secrets'] {
  return itemsOf(field).flatMap((item) => {
    if (item.node.kind !== 'map')
      return [textOf(item) ?? []].flat().map((source) => ({ id: source, source }));
    const record = recordOf(item, ['gid', 'mode', 'source', 'target', 'uid'] as const);
    if (!record.source)
      refuse(item, 'missing-key', 'the secret has no `source`', 'Add `source:` with a key of `secrets`');
    const source = record.source && textOf(record.source);
    if (source === undefined) return [];
    for (const key of ['gid', 'mode', 'uid'] as const) {
      const owner = record[key];
      if (owner === undefined) continue;
      const message = `\`${key}\` has no effect on a build's secret: the Dockerfile says it where it mounts it`;
      const remedy = `Write RUN --mount=type=secret,id=${source},${key}=… in the Dockerfile`;
      item.findings.add('warning', owner.keyMark, owner.path, 'build-secret-owner', message, remedy);
    }
    return [{ id: (record.target && textOf(record.target)) ?? source, source }];
  });
}

function contextsOf(field: Field, loading: NormaliserContext): ReadonlyMap<string, string> {
  const contexts = Array.from(
    textMapOf(field),
    ([name, value]) => [name, /^[a-z-]+:/.test(value) ? value : contextOf(field, value, loading)] as const,
  );
  return new Map(contexts);
}
