import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

/** The folder of real Compose files: beside the project, or where DOCKUNIT_CORPUS says. No part of the project. */
export const corpus =
  process.env['DOCKUNIT_CORPUS'] ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url));

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
