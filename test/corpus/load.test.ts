/**
 * Every Compose file of the corpus (557 of public projects) loads, or is refused for a reason that
 * was read and found right: refused.yaml lists those. DOCKUNIT_CORPUS names the folder where it does
 * not stand beside the project.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasErrors } from '../../src/model/diagnostic.ts';
import type { Diagnostic, Outcome } from '../../src/model/diagnostic.ts';
import { loadProject } from '../../src/compose/load.ts';
import type { FileText } from '../../src/compose/loading.ts';
import type { Project } from '../../src/compose/project.ts';
import { corpus, corpusFiles, describeCorpus } from './corpus-tier.ts';

/** Milliseconds one file may take: the slowest takes a fifth of it, on a slow machine that is also busy. */
const limit = 5000;

interface Loaded {
  readonly file: string;
  readonly outcome: Outcome<Project>;
  readonly milliseconds: number;
}

describeCorpus('the corpus', () => {
  let all: readonly Loaded[] = [];

  beforeAll(() => {
    all = corpusFiles().map(load);
  });

  it('has its 557 files', () => {
    expect(all).toHaveLength(557);
  });

  it('gives a project, or errors that say where, what and what to do', () => {
    for (const { file, outcome } of all) {
      expect(outcome.value === undefined, file).toBe(hasErrors(outcome.diagnostics));
      for (const diagnostic of outcome.diagnostics) expect(faultsOf(diagnostic), file).toEqual([]);
    }
  });

  it('is refused where, and only where, reading it found that right', () => {
    const expected = parse(readFileSync(new URL('refused.yaml', import.meta.url), 'utf8')) as unknown;
    expect(refusalsByCode(all)).toEqual(expected);
  });

  it(`loads each file within ${String(limit)} ms`, () => {
    expect(all.filter(({ milliseconds }) => milliseconds > limit)).toEqual([]);
  });

  it('points at the place of every service and key', () => {
    for (const { outcome } of all) {
      for (const [name, service] of outcome.value?.services ?? []) {
        const at = outcome.value?.where(`services.${name}`);
        expect(at?.line).toBeGreaterThan(0);
        for (const key of service.keys) {
          const below = outcome.value?.where(`services.${name}.${key}`);
          expect(`${name}.${key} ${String(below?.line)}:${String(below?.column)}`).not.toBe(
            `${name}.${key} ${String(at?.line)}:${String(at?.column)}`,
          );
        }
      }
    }
  });
});

function load(path: string): Loaded {
  const directory = dirname(path);
  const dotenv = join(directory, '.env');
  const input = {
    files: [{ path, text: readFileSync(path, 'utf8') }],
    directory,
    dotenv: existsSync(dotenv) ? [{ path: dotenv, text: readFileSync(dotenv, 'utf8') }] : [],
    environment: new Map([['HOME', '/root']]),
    profiles: ['*'],
    readFile,
  };
  let milliseconds = Infinity;
  let outcome: Outcome<Project> = { diagnostics: [] };
  // The machine is shared: of three tries the quickest says what the file costs.
  for (let tries = 0; tries < 3 && milliseconds > limit; tries++) {
    const start = performance.now();
    outcome = loadProject(input);
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  return { file: relative(corpus, path), outcome, milliseconds };
}

/** Projects do not publish their secrets: a file that is not there counts as one without variables. */
function readFile(path: string): FileText {
  if (!existsSync(path))
    return /\.ya?ml$/.test(path) ? { ok: false, reason: 'missing' } : { ok: true, text: '' };
  return statSync(path).isFile()
    ? { ok: true, text: readFileSync(path, 'utf8') }
    : { ok: false, reason: 'directory' };
}

function faultsOf({ severity, position, path, message, remedy }: Diagnostic): readonly string[] {
  const faults: string[] = [];
  if (severity === 'error' && !position && path === undefined) faults.push('no place');
  if (position && (position.line < 1 || position.column < 1)) faults.push('a place before the file');
  if (message === '' || /\.$|\n\s+at /.test(message)) faults.push(`message: ${message}`);
  if (remedy === '' || remedy.endsWith('.')) faults.push(`remedy: ${remedy}`);
  return faults;
}

function refusalsByCode(all: readonly Loaded[]): Readonly<Record<string, readonly string[]>> {
  const byCode: Record<string, string[]> = {};
  for (const { file, outcome } of all) {
    const errors = outcome.diagnostics.filter(({ severity }) => severity === 'error');
    for (const code of new Set(errors.map((error) => error.code))) (byCode[code] ??= []).push(file);
  }
  return byCode;
}
