/** Keys of a service that concern its process: command, entrypoint, environment, env_file. */
import { posix as path } from 'node:path';
import { readDotenv, readRawEnv } from './dotenv.ts';
import type { Field } from './field.ts';
import {
  choiceOf,
  flagOf,
  itemOrItemsOf,
  pairsOf,
  recordOf,
  refuse,
  refuseValue,
  textOf,
  textsOf,
} from './field.ts';
import { type FileText, type NormaliserContext, unopenedFiles } from './loading.ts';
import { splitShellWords } from './shell-words.ts';
import { sortedByKey } from './sorted.ts';
import { SourceText } from './tree.ts';

/** A list of arguments unchanged; a string split as a shell would. */
export function argvOf(field: Field): readonly string[] | undefined {
  if (field.node.kind === 'list') return textsOf(field);
  const text = textOf(field);
  if (text === undefined) return undefined;
  const split = splitShellWords(text);
  const remedy = `Write \`${field.key}\` as a list, or as ["sh", "-c", "…"] if a shell is meant`;
  if (!split.ok) return refuseValue(field, `${split.message} in \`${field.key}\``, remedy);
  if (split.cut !== undefined) {
    const message = `\`${field.key}\` ends before \`${split.cut}\`, as Compose ends it: no shell reads it`;
    field.findings.add('warning', field.mark, field.path, 'command-cut', message, remedy);
  }
  return split.words;
}

/**
 * `env_file` under `environment`, both resolved; in code-unit order of the names. null: a name alone that the host
 * leaves unset, which removes the variable of an env_file and the image.
 */
export function environmentOf(
  environment: Field | undefined,
  envFile: Field | undefined,
  loading: NormaliserContext,
): ReadonlyMap<string, string | null> {
  const own = new Map<string, string | undefined>();
  if (environment) {
    for (const [name, pair] of pairsOf(environment))
      own.set(name, pair.value ?? loading.environment.get(name));
  }
  const variables = new Map<string, string>();
  for (const [name, value] of own) if (value !== undefined) variables.set(name, value);
  if (envFile) {
    const lookup = (name: string) => loading.environment.get(name) ?? own.get(name);
    for (const item of onceEach(itemOrItemsOf(envFile))) readEnvFile(item, variables, lookup, loading);
  }
  return sortedByKey([...variables, ...Array.from(own, ([name, value]) => [name, value ?? null] as const)]);
}

/** For a repeated file the last mention counts, in the place of the first. */
function onceEach(items: readonly Field[]): readonly Field[] {
  const pathOf = ({ node }: Field): unknown => {
    const entry = node.kind === 'map' ? node.entries.get('path')?.value : node;
    return entry?.kind === 'scalar' ? entry.text : node;
  };
  return [...new Map(items.map((item) => [pathOf(item), item])).values()];
}

const reasons: Readonly<Record<Exclude<FileText, { ok: true }>['reason'], readonly [string, string]>> = {
  missing: ['does not exist', 'Create it, correct the path, or write it as `path:` with `required: false`'],
  directory: ['is a directory', 'Name a file of NAME=value lines'],
  ...unopenedFiles,
  unreadable: ['cannot be read', 'Give yourself read permission on it'],
  'too-large': ['is too large for a file of variables', 'Check that it holds NAME=value lines'],
};

const envFileKeys = ['format', 'path', 'required'] as const;

function readEnvFile(
  field: Field,
  into: Map<string, string>,
  lookup: (name: string) => string | undefined,
  loading: NormaliserContext,
): void {
  const record: Partial<Record<(typeof envFileKeys)[number], Field>> =
    field.node.kind === 'map' ? recordOf(field, envFileKeys) : { path: field };
  const required = (record.required && flagOf(record.required)) ?? true;
  const format = record.format && choiceOf(record.format, ['raw'] as const);
  if (!record.path) {
    refuse(field, 'missing-key', 'the env_file has no `path`', 'Add `path:` with the file');
    return;
  }
  const text = textOf(record.path);
  if (text === undefined) return;
  const file = path.resolve(loading.directory, text);
  const content = loading.readFile(file);
  if (!content.ok) {
    if (content.reason === 'missing' && !required) return;
    const [what, remedy] = reasons[content.reason];
    refuse(record.path, 'env-file', `the env_file ${file} ${what}`, remedy);
    return;
  }
  const source = new SourceText(file, content.text);
  if (format === 'raw') readRawEnv(source, into, lookup, field.findings);
  else readDotenv(source, into, lookup, field.findings);
}
