/**
 * `dockunit config` against `docker compose config` (2.26, Debian 13) over the corpus: what both print
 * must say the same, or stand in test/compose/config-differences.ts. Files for
 * variables that their authors did not publish are empty ones for both. DOCKUNIT_CONFIG_REPORT names
 * the file for the whole report.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/commands/config.ts';
import type { Context, Output } from '../../src/commands/context.ts';
import { plainStyle } from '../../src/ui/style.ts';
import { acceptedDifferences, type ConfigVerdict } from '../compose/config-differences.ts';
import { copyCorpus, type CorpusCopy } from '../compose/corpus.ts';
import { describeCorpus } from '../corpus/corpus-tier.ts';
import { describeHost } from './host-tier.ts';
import { bootHost, type Host } from './throwaway-host.ts';

interface Compared {
  readonly file: string;
  readonly verdict: ConfigVerdict;
  /** Where they first differ, or what the one that refuses says. */
  readonly detail: string;
}

interface Printed {
  readonly ok: boolean;
  readonly out: string;
  readonly err: string;
}

const everyProfile = ['*'];

describeCorpus(
  'dockunit config against docker compose config on trixie',
  () => {
    let host: Host;
    let corpus: CorpusCopy;
    beforeAll(async () => {
      corpus = copyCorpus();
      host = await bootHost({ root: 'trixie', init: 'plain', bind: corpus.directory });
    });
    afterAll(async () => {
      await host.down();
      corpus[Symbol.dispose]();
    });

    it.each([
      { what: 'without profiles', profiles: [], accepted: acceptedDifferences },
      {
        what: 'with every profile',
        profiles: everyProfile,
        accepted: acceptedDifferences.filter(({ inactive }) => inactive !== true),
      },
    ])('says the same of every file, $what', { timeout: 600_000 }, async ({ what, profiles, accepted }) => {
      const compared = await compareAll(host, corpus, profiles);
      report(what, compared);
      const others = compared.filter(({ verdict }) => verdict !== 'equal' && verdict !== 'both-refuse');
      const found = others.map(({ file, verdict }) => `${verdict} ${file}`).sort();
      const expected = accepted
        .flatMap(({ verdict, files }) => files.map((file) => `${verdict} ${file}`))
        .sort();
      expect(found, others.map(({ file, detail }) => `${file}: ${detail}`).join('\n')).toEqual(expected);
    });
  },
  describeHost,
);

async function compareAll(host: Host, corpus: CorpusCopy, profiles: readonly string[]): Promise<Compared[]> {
  const answers = await composeConfigs(host, corpus, profiles);
  const compared: Compared[] = [];
  for (const [file, compose] of answers)
    compared.push(compareOne(file, compose, await dockunitConfig(join(corpus.directory, file), profiles)));
  return compared;
}

function compareOne(file: string, compose: Printed, ours: Printed): Compared {
  if (!compose.ok) {
    const verdict = ours.ok ? 'only-compose-refuses' : 'both-refuse';
    return { file, verdict, detail: lastLine(compose.err) };
  }
  if (!ours.ok) return { file, verdict: 'only-dockunit-refuses', detail: ours.err };
  const detail = firstDifference(parse(compose.out), parse(ours.out));
  return { file, verdict: detail === undefined ? 'equal' : 'different', detail: detail ?? '' };
}

/** What docker compose prints; where it misses files of variables, empty ones are given to both. */
async function composeConfigs(
  host: Host,
  corpus: CorpusCopy,
  profiles: readonly string[],
): Promise<ReadonlyMap<string, Printed>> {
  const answers = new Map<string, Printed>();
  for (let left = corpus.files; left.length > 0;) {
    const paths = left.map((file) => join(corpus.directory, file));
    const middle = Math.ceil(paths.length / 2);
    // In two lanes, as the machine has two cores.
    await Promise.all(
      [paths.slice(0, middle), paths.slice(middle)].map((lane) => printConfigs(host, lane, profiles)),
    );
    for (const file of left) answers.set(file, readAnswer(join(corpus.directory, file)));
    left = left.filter((file) => addMissing(corpus, answers.get(file)));
  }
  return answers;
}

/** Leaves the output, the errors and the exit code beside each file. */
async function printConfigs(
  host: Host,
  paths: readonly string[],
  profiles: readonly string[],
): Promise<void> {
  const script = `for file; do
    cd "$(dirname "$file")"
    docker compose --file "$file" config >"$file.out" 2>"$file.err" && echo 0 >"$file.code" || echo 1 >"$file.code"
  done`;
  const env = { HOME: '/root', ...(profiles.length > 0 && { COMPOSE_PROFILES: profiles.join(',') }) };
  const { exitCode, stderr } = await host.exec(['sh', '-c', script, 'sh', ...paths], {
    env,
    timeout: 300_000,
  });
  if (exitCode !== 0) throw new Error(`the configs could not be asked for: ${stderr}`);
}

function readAnswer(path: string): Printed {
  const [out, err, code] = ['out', 'err', 'code'].map((kind) => readFileSync(`${path}.${kind}`, 'utf8'));
  return { ok: code?.trim() === '0', out: out ?? '', err: err ?? '' };
}

/** Whether there is a file now that was missing: another file of the corpus may have got it the same. */
function addMissing(corpus: CorpusCopy, answer: Printed | undefined): boolean {
  const missing = /env file (\S+) not found|open (\S*env\S*): no such file/.exec(answer?.err ?? '');
  const path = missing?.[1] ?? missing?.[2];
  if (answer?.ok !== false || path === undefined || /\.ya?ml$/.test(path)) return false;
  return corpus.addEmptyFile(path) || existsSync(path);
}

async function dockunitConfig(path: string, profiles: readonly string[]): Promise<Printed> {
  const printed = { out: '', err: '' };
  const output = (to: keyof typeof printed): Output => ({
    write: (text) => {
      printed[to] += text.toString();
    },
    isTTY: false,
    columns: undefined,
    style: plainStyle,
  });
  const context: Context = {
    out: output('out'),
    err: output('err'),
    environment: { HOME: '/root' },
    workingDirectory: dirname(path),
    uid: 0,
    now: () => 0,
    signal: new AbortController().signal,
  };
  const code = await run(context, { file: [path], profile: profiles });
  return { ok: code === 0, ...printed };
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

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function report(what: string, compared: readonly Compared[]): void {
  const order = [
    'equal',
    'different',
    'only-dockunit-refuses',
    'only-compose-refuses',
    'both-refuse',
  ] as const;
  const of = (verdict: ConfigVerdict) => compared.filter((one) => one.verdict === verdict);
  const summary = `config of ${compared.length} files ${what}: ${order.map((verdict) => `${verdict} ${of(verdict).length}`).join(', ')}`;
  const details = order.flatMap((verdict) =>
    of(verdict).map(({ file, detail }) => `${verdict} ${file} ${detail}\n`),
  );
  const path = process.env['DOCKUNIT_CONFIG_REPORT'] ?? join(tmpdir(), 'dockunit-config-report');
  const file = `${path}-${what.replaceAll(' ', '-')}.txt`;
  writeFileSync(file, `${summary}\n\n${details.join('')}`);
  console.info(`${summary}\nwhole report: ${file}`);
}
