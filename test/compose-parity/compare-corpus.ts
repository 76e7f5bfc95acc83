/**
 * The whole comparison: files → verdicts. Two hosts share the files, so that no two projects meet on
 * one engine and both cores have work.
 */
import { join } from 'node:path';
import { compileInput } from '../../src/session/compile-project.ts';
import type { Context } from '../../src/run/context.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { writtenContext } from '../run/written-context.ts';
import { accepted } from './accepted.ts';
import type { CorpusCopy } from './corpus.ts';
import { type Difference, findDifferences } from './differences.ts';
import { imagesOf, missingFilesOf, needsOf, subnettedIn } from './compose-config.ts';
import { type ConfigAnswer, Engine, type Made, type Profiles, projectName, unitDirectory } from './engine.ts';
import { factsOf } from './facts.ts';
import { makingCommands } from './unit-commands.ts';

export type Verdict = { readonly file: string } & (
  | { readonly verdict: 'equal'; readonly accepted: readonly string[] }
  /** By a diagnostic: compose makes the containers, dockunit says why it does not. */
  | { readonly verdict: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly verdict: 'different'; readonly differences: readonly Difference[]; readonly failure?: string }
  /** No service takes part, for docker compose and for dockunit. */
  | { readonly verdict: 'makes-nothing' }
  /** `docker compose config` takes the file, but no containers can be made of it here. */
  | { readonly verdict: 'cannot-be-made'; readonly error: string; readonly oursMakesIt: boolean }
  /** `docker compose config` refuses the file. */
  | { readonly verdict: 'compose-refuses'; readonly error: string; readonly oursTakesIt: boolean }
);

/** Hosts at once: one a core of a small machine. */
const lanes = 2;

/** Compares the files named, or all of them; the order of verdicts is that of the files. */
export async function compareCorpus(corpus: CorpusCopy, files = corpus.files): Promise<Verdict[]> {
  const engines = await Promise.all(Array.from({ length: lanes }, () => Engine.boot(corpus.directory)));
  try {
    const configured = await configureWithProfiles(engines, corpus, files);
    const images = [
      ...new Set(
        [...configured.values()].flatMap(({ config }) => (config === undefined ? [] : imagesOf(config))),
      ),
    ];
    await Promise.all(engines.map((engine) => engine.tag(images)));
    return await share(engines, files, (engine, file) =>
      compareFile(engine, corpus, file, configured.get(file)),
    );
  } finally {
    await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
  }
}

async function compareFile(
  engine: Engine,
  corpus: CorpusCopy,
  file: string,
  { config, error, profiles }: ConfigAnswer = { profiles: '', error: 'not asked' },
): Promise<Verdict> {
  const path = join(corpus.directory, file);
  if (config !== undefined) for (const missing of missingFilesOf(config)) corpus.addEmptyFile(missing);
  const { set, diagnostics } = await compileInput(
    contextWith(profiles),
    {
      file: [path],
      projectName,
      systemdVersion: 257,
      dockerVersion: 26,
    },
    { directory: unitDirectory },
  );
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (config === undefined)
    return { file, verdict: 'compose-refuses', error, oursTakesIt: errors.length === 0 };
  const ours = set && {
    commands: makingCommands(set, unitDirectory),
    files: new Map(set.files.map(({ name, content }) => [name, content])),
  };
  const made = await engine.make(path, profiles, needsOf(config), ours);
  if (made.compose.exitCode !== 0 && profiles === '*' && config.includes('"profiles":')) {
    // Profiles that are not meant to be active together, such as one of GPU and one of CPU.
    const plain = (await engine.configure([path], '')).get(path);
    if (plain?.config !== undefined) return compareFile(engine, corpus, file, plain);
  }
  if (made.compose.exitCode !== 0) {
    return {
      file,
      verdict: 'cannot-be-made',
      error: made.compose.log,
      oursMakesIt: made.ours?.exitCode === 0,
    };
  }
  if (made.compose.state.containers.length === 0 && errors.every(({ code }) => code === 'no-services')) {
    return { file, verdict: 'makes-nothing' };
  }
  if (made.ours === undefined) return { file, verdict: 'refused', diagnostics: errors };
  return judge(file, made.compose, made.ours, subnettedIn(config));
}

function judge(file: string, compose: Made, ours: Made, subnetted: ReadonlySet<string>): Verdict {
  if (ours.exitCode !== 0) return { file, verdict: 'different', differences: [], failure: ours.log };
  const all = findDifferences(factsOf(compose.state, subnetted), factsOf(ours.state, subnetted));
  const explained = all.map((difference) => ({
    difference,
    by: accepted.find(({ matches }) => matches(difference)),
  }));
  const differences = explained.filter(({ by }) => by === undefined).map(({ difference }) => difference);
  if (differences.length > 0) return { file, verdict: 'different', differences };
  return {
    file,
    verdict: 'equal',
    accepted: [...new Set(explained.flatMap(({ by }) => by?.name ?? []))].sort(),
  };
}

/** With all profiles; where some of their services are not whole in this file alone, with none. */
async function configureWithProfiles(
  engines: readonly Engine[],
  corpus: CorpusCopy,
  files: readonly string[],
): Promise<Map<string, ConfigAnswer>> {
  const answers = await configure(engines, corpus, files, '*');
  const refused = files.filter((file) => answers.get(file)?.config === undefined);
  const without = await configure(engines, corpus, refused, '');
  for (const [file, answer] of without) if (answer.config !== undefined) answers.set(file, answer);
  return answers;
}

/** `docker compose config` of each file; an env_file that its authors did not publish is stood in for by an empty one. */
async function configure(
  engines: readonly Engine[],
  corpus: CorpusCopy,
  files: readonly string[],
  profiles: Profiles,
): Promise<Map<string, ConfigAnswer>> {
  const answers = new Map<string, ConfigAnswer>();
  let open = files;
  while (open.length > 0) {
    const chunks = engines.map((_, lane) => open.filter((_file, index) => index % engines.length === lane));
    const paths = chunks.map((chunk) => chunk.map((file) => join(corpus.directory, file)));
    const found = await Promise.all(
      engines.map((engine, lane) => engine.configure(paths[lane] ?? [], profiles)),
    );
    for (const file of open) {
      const answer = found
        .map((one) => one.get(join(corpus.directory, file)))
        .find((one) => one !== undefined);
      if (answer !== undefined) answers.set(file, answer);
    }
    const missing = (file: string): string | undefined => {
      const { error = '' } = answers.get(file) ?? {};
      return /(?:env file (.+) not found|Couldn't find env file: (.+))/
        .exec(error)
        ?.slice(1)
        .find((path) => path !== undefined);
    };
    const added = new Set(
      open.flatMap((file) => missing(file) ?? []).filter((path) => corpus.addEmptyFile(path)),
    );
    open = open.filter((file) => added.has(missing(file) ?? ''));
    if (added.size > 0) await Promise.all(engines.map((engine) => engine.copy(corpus.directory)));
  }
  return answers;
}

/** Each item to the engine that is free next. */
async function share<T, R>(
  engines: readonly Engine[],
  items: readonly T[],
  work: (engine: Engine, item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    engines.map(async (engine) => {
      for (let index = next++; index < items.length; index = next++) {
        results[index] = await work(engine, items[index] as T);
      }
    }),
  );
  return results;
}

/** The environment is that which docker compose is given on the host. */
function contextWith(profiles: Profiles): Context {
  const environment = { COMPOSE_PROFILES: profiles, HOME: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  return writtenContext({ environment }).context;
}
