/**
 * `configs` and `secrets`: at the top the content of a file, in a service its path in the container. Compose
 * Specification, "Configs" and "Secrets".
 */
import { posix as path } from 'node:path';
import type { Field } from './field.ts';
import {
  flagOf,
  itemsOf,
  recordOf,
  refuse,
  refuseUnsupported,
  refuseValue,
  displayText,
  textOf,
  warnSwarmOnly,
} from './field.ts';
import { fileObjectKeys } from './keys.ts';
import type { NormaliserContext } from './loading.ts';
import { hostPath, modeOf, targetOf } from './normalise-mounts.ts';
import type { FileObject, FileReference } from './project.ts';

/** The directory in the container for files whose target is not absolute (docker compose, create.go). */
const baseOf = { configs: '/', secrets: '/run/secrets/' } as const;

/** One definition under the top-level `configs` or `secrets`. */
export function fileObjectOf(field: Field, loading: NormaliserContext): FileObject {
  const record = recordOf(field, fileObjectKeys);
  for (const key of ['driver', 'driver_opts', 'template_driver'] as const) {
    const value = record[key];
    if (value) refuseUnsupported(value, `\`${key}\`, which only a swarm knows,`, `Remove \`${key}\``);
  }
  if (record.labels) warnSwarmOnly(record.labels);
  if (record.name && !record.external) warnSwarmOnly(record.name);
  return { key: field.key, from: originOf(field, record, loading) };
}

function originOf(
  field: Field,
  record: Partial<Record<(typeof fileObjectKeys)[number], Field>>,
  loading: NormaliserContext,
): FileObject['from'] {
  if (record.external && (record.external.node.kind === 'map' || flagOf(record.external))) {
    return { kind: 'external' };
  }
  const sources = (['content', 'environment', 'file'] as const).filter((key) => record[key]);
  if (sources.length !== 1) {
    const message = `\`${field.key}\` needs exactly one of \`file\`, \`environment\` and \`content\``;
    refuse(field, sources.length === 0 ? 'missing-key' : 'invalid-value', message, 'Write one of them');
  }
  const content = record.content && textOf(record.content);
  if (content !== undefined) return { kind: 'content', content };
  const variable = record.environment && textOf(record.environment);
  if (variable !== undefined) {
    const value = loading.environment.get(variable);
    return value === undefined ? { kind: 'unset-variable', variable } : { kind: 'content', content: value };
  }
  const file = record.file && textOf(record.file);
  const absolute = file === undefined ? undefined : hostPath(record.file ?? field, file, loading);
  return { kind: 'file', path: absolute ?? loading.directory };
}

/** A service's files; a later one with the same target replaces an earlier one. */
export const fileReferencesOf =
  (section: keyof typeof baseOf) =>
  (field: Field): readonly FileReference[] => {
    const references = new Map<string, FileReference>();
    for (const item of itemsOf(field)) {
      const reference =
        item.node.kind === 'map' ? longReference(item, section) : shortReference(item, section);
      if (reference) references.set(reference.target, reference);
    }
    return [...references.values()];
  };

function shortReference(field: Field, section: keyof typeof baseOf): FileReference | undefined {
  const source = textOf(field);
  return source === undefined ? undefined : { source, target: baseOf[section] + source };
}

function longReference(field: Field, section: keyof typeof baseOf): FileReference | undefined {
  const record = recordOf(field, ['gid', 'mode', 'source', 'target', 'uid'] as const);
  if (!record.source)
    return refuse(
      field,
      'missing-key',
      'the file has no `source`',
      `Add \`source:\` with a key of \`${section}\``,
    );
  const source = textOf(record.source);
  const targetText = (record.target && textOf(record.target)) ?? source;
  if (source === undefined || targetText === undefined) return undefined;
  const target = targetOf(record.target ?? field, path.resolve(baseOf[section], targetText));
  const uid = record.uid && idOf(record.uid);
  const gid = record.gid && idOf(record.gid);
  const mode = record.mode && modeOf(record.mode);
  if (target === undefined) return undefined;
  return {
    source,
    target,
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mode !== undefined && { mode }),
  };
}

/** A number, mostly quoted: names are the container's own, and it does not run yet. */
function idOf(field: Field): number | undefined {
  const text = textOf(field);
  if (text === undefined) return undefined;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  return refuseValue(
    field,
    `${displayText(text)} is not a number of a user or group`,
    'Write the number: "1000"',
  );
}
