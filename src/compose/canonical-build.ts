/** `build` in canonical form, and the forms of values that the service also uses. */
import type { Json, Shape } from './canonical-shapes.ts';
import {
  allTextOrTexts,
  allTexts,
  asWritten,
  bytes,
  flag,
  listOf,
  mapOf,
  numberKept,
  objectOf,
  pairs,
  recordKept,
  text,
  textOrTexts,
  unique,
} from './canonical-shapes.ts';
import type { Field } from './field.ts';
import { itemsOf, pairsOf, textOf } from './field.ts';
import type { NormaliserContext } from './loading.ts';
import { sshOf } from './normalise-build.ts';
import { modeOf } from './normalise-mounts.ts';
import { extraHostsOf } from './normalise-networking.ts';
import { absoluteContext } from './relative-paths.ts';
import { sortedByKey } from './sorted.ts';

export const extraHosts: Shape = (field) => {
  const lines = extraHostsOf(field).map(({ host, address }) => `${host}=${address}`);
  return lines.length > 0 ? [...lines].sort() : undefined;
};

const context: Shape = (field, loading) => {
  const contextText = textOf(field);
  return contextText ? absoluteContext(contextText, loading.directory) : undefined;
};

/** A config or secret of a service: its name alone, or its target and mode. */
function fileReference(
  target: (source: string) => string | undefined,
): (field: Field, loading: NormaliserContext) => FileReferenceJson {
  const long = recordKept({
    source: text,
    target: text,
    uid: text,
    gid: text,
    mode: (field) => modeOf(field),
  });
  return (field, loading) => {
    const reference = field.node.kind === 'map' ? long(field, loading) : { source: textOf(field) ?? '' };
    const defaultTarget = typeof reference.source === 'string' ? target(reference.source) : undefined;
    return {
      source: reference.source ?? '',
      ...(defaultTarget !== undefined && { target: defaultTarget }),
      ...reference,
    };
  };
}

type FileReferenceJson = Readonly<Record<string, Json>>;

/** One entry for each target: the last, in the place of the first. */
function fileReferences(
  read: (item: Field, loading: NormaliserContext) => FileReferenceJson,
  folder: string,
): Shape {
  return (field, loading) => {
    const references = itemsOf(field).map((item) => read(item, loading));
    const targetOf = ({ source, target }: FileReferenceJson): string =>
      typeof target === 'string' ? target : `${folder}/${String(source)}`;
    return references.length > 0 ? unique(references, targetOf) : undefined;
  };
}

const plainReference = fileReference(() => undefined);
export const configs = fileReferences(plainReference, '');
const secretsFolder = '/run/secrets';
export const secrets = fileReferences(
  fileReference((source) => `${secretsFolder}/${source}`),
  secretsFolder,
);

export const ulimit: Shape = (field, loading) => {
  if (field.node.kind === 'map') return recordKept({ soft: numberKept, hard: numberKept })(field, loading);
  const both = numberKept(field, loading);
  // Compose prints a limit of 0 in full.
  return both === 0 ? { soft: 0, hard: 0 } : both;
};

const buildRecord = recordKept({
  context,
  dockerfile: text,
  dockerfile_inline: text,
  entitlements: allTexts,
  args: (field, loading) => {
    const set = [...pairsOf(field)].flatMap(([name, { value }]): [string, string][] => {
      const setting = value ?? loading.environment.get(name);
      return setting === undefined ? [] : [[name, setting]];
    });
    return objectOf(sortedByKey(set));
  },
  ssh: (field, loading) =>
    sshOf(field, loading).map(({ id, path }) => (path === undefined ? id : `${id}=${path}`)),
  labels: pairs,
  cache_from: allTextOrTexts,
  cache_to: allTextOrTexts,
  no_cache: flag,
  additional_contexts: (field, loading) =>
    objectOf(
      sortedByKey(
        Array.from(
          pairsOf(field),
          ([name, { value }]) => [name, absoluteContext(value ?? '', loading.directory)] as const,
        ),
      ),
    ),
  pull: flag,
  extra_hosts: extraHosts,
  isolation: text,
  network: text,
  target: text,
  secrets: listOf(plainReference),
  shm_size: bytes,
  tags: textOrTexts,
  ulimits: mapOf(ulimit),
  platforms: allTextOrTexts,
  privileged: flag,
  provenance: asWritten,
  sbom: asWritten,
});

export const build: Shape = (field, loading) => {
  const record =
    field.node.kind === 'map'
      ? buildRecord(field, loading)
      : { context: context(field, loading) ?? loading.directory };
  const dockerfile = 'dockerfile_inline' in record ? {} : { dockerfile: 'Dockerfile' };
  const { context: where = loading.directory, ...others } = record;
  return { context: where, ...dockerfile, ...others };
};
