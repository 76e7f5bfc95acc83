import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

/** The folder of real Compose files: beside the project, or where DOCKUNIT_CORPUS says. No part of the project. */
export const corpus =
  process.env['DOCKUNIT_CORPUS'] ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url));

/** Paths of all Compose files below the folder, relative to it, sorted. */
export function composeFilesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file))
    .sort();
}

/** The same of the corpus, as they can be opened. */
export function corpusFiles(): readonly string[] {
  return composeFilesIn(corpus).map((file) => join(corpus, file));
}

/** `describe`, or `describeHost`, for tests that read the corpus: skipped with the reason in its name where it is not. */
export function describeCorpus(
  name: string,
  tests: () => void,
  describeTier: (name: string, tests: () => void) => void = describe,
): void {
  if (existsSync(corpus)) describeTier(name, tests);
  else
    describe.skip(
      `${name} [skipped: corpus tier (needs the corpus; name its folder in DOCKUNIT_CORPUS)]`,
      tests,
    );
}
