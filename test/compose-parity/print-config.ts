/** What `docker compose config` and `dockunit config` print for the same files, and where the two differ. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from '../../src/commands/config.ts';
import { writtenContext } from '../run/written-context.ts';
import type { Host } from '../e2e/throwaway-host.ts';
import type { ConfigVerdict } from './config-differences.ts';

/** Files that are loaded together. */
export interface Asked {
  /** Absolute; the same here and on the host. What compose answers is put into files of this folder. */
  readonly directory: string;
  /** Relative to the directory, in order. */
  readonly files: readonly [string, ...string[]];
  readonly profiles?: readonly string[];
  /** In which both print, else YAML. Some texts compose writes in YAML as no one can read them. */
  readonly format?: 'json' | 'yaml';
}

export interface Printed {
  readonly ok: boolean;
  readonly out: string;
  readonly err: string;
}

export interface Comparison {
  readonly verdict: ConfigVerdict;
  /** Where they first differ, or what the one that refuses says. */
  readonly detail: string;
}

/** A script may not be longer than what is read at once. */
const batch = 500;

/** What docker compose answers to each, in their order. */
export async function composeConfigs(host: Host, asked: readonly Asked[]): Promise<readonly Printed[]> {
  const middle = Math.ceil(asked.length / 2);
  // In two lanes, as the machine has two cores.
  await Promise.all([asked.slice(0, middle), asked.slice(middle)].map((lane) => askCompose(host, lane)));
  return asked.map(readAnswer);
}

async function askCompose(host: Host, asked: readonly Asked[]): Promise<void> {
  for (let from = 0; from < asked.length; from += batch) {
    const input = asked
      .slice(from, from + batch)
      .map(questionOf)
      .join('');
    await host.sh(input, { env: { HOME: '/root' }, timeout: 300_000 });
  }
}

/** Leaves the output, the errors and the exit code beside the first file. On anchors that hold themselves compose does not end. */
function questionOf({ directory, files, profiles = [], format = 'yaml' }: Asked): string {
  const options = files.map((file) => `--file ${quoted(file)}`).join(' ');
  const answer = quoted(files[0]);
  return `cd ${quoted(directory)}
COMPOSE_PROFILES=${quoted(profiles.join(','))} timeout --signal KILL 20 docker-compose ${options} config --format ${format} \\
  >${answer}.out 2>${answer}.err && echo 0 >${answer}.code || echo 1 >${answer}.code
`;
}

function readAnswer({ directory, files: [first] }: Asked): Printed {
  const [out, err, code] = ['out', 'err', 'code'].map((kind) =>
    readFileSync(join(directory, `${first}.${kind}`), 'utf8'),
  );
  return { ok: code?.trim() === '0', out: out ?? '', err: err ?? '' };
}

export async function dockunitConfig({
  directory,
  files,
  profiles = [],
  format = 'yaml',
}: Asked): Promise<Printed> {
  const { context, written } = writtenContext({
    environment: { HOME: '/root' },
    workingDirectory: directory,
  });
  const code = await run(context, { file: files, profile: profiles, format });
  return { ok: code === 0, ...written };
}

export function compareConfigs(
  compose: Printed,
  ours: Printed,
  format: keyof typeof readers = 'yaml',
): Comparison {
  if (!compose.ok) {
    const verdict = ours.ok ? 'only-compose-refuses' : 'both-refuse';
    return { verdict, detail: compose.err.trimEnd().split('\n').at(-1) ?? '' };
  }
  if (!ours.ok) return { verdict: 'only-dockunit-refuses', detail: ours.err };
  const read = readers[format];
  const detail = firstDifference(read(compose.out), read(ours.out));
  return { verdict: detail === undefined ? 'equal' : 'different', detail: detail ?? '' };
}

const readers = { yaml: (text: string): unknown => parse(text), json: readJson };

/** Compose's JSON, unlike its YAML, holds these where there are none, and null for an empty list. */
function readJson(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => {
    if (key === 'ipam' && isCollection(value) && Object.keys(value).length === 0) return undefined;
    if ((key === 'command' || key === 'entrypoint') && value === null) return undefined;
    return Array.isArray(value) && value.length === 0 ? null : value;
  });
}

/**
 * The first place where two values differ; undefined where there is none. The order of keys is that
 * of the fixtures to prove: Go's YAML sorts the user's names its own way, `_` before letters.
 */
function firstDifference(compose: unknown, ours: unknown, path = ''): string | undefined {
  if (isCollection(compose) && isCollection(ours) && Array.isArray(compose) === Array.isArray(ours)) {
    const keys = [...new Set([...Object.keys(compose), ...Object.keys(ours)])].sort();
    const below = keys.map((key) => firstDifference(compose[key], ours[key], `${path}.${key}`));
    return below.find((difference) => difference !== undefined);
  }
  if (compose === ours) return undefined;
  return `${path}: ${JSON.stringify(compose)} for compose, ${JSON.stringify(ours)} for dockunit`;
}

function isCollection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
