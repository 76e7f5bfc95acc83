/**
 * The fixtures of import: what is pasted, the Compose file expected, byte for byte, and every
 * diagnostic expected, in order, as `severity code: message`; without `compose` there is no file.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { importRuns } from '../../src/import/import-runs.ts';
import { readShellLines } from '../../src/import/shell-line.ts';
import { writeComposeFile } from '../../src/import/write-compose-file.ts';
import { compileText } from '../exactness/compile-services.ts';

interface Case {
  readonly what: string;
  readonly pasted: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly compose?: string;
  /** What the shell of the caller would put in: `TEXT = VALUE`. */
  readonly substituted?: readonly string[];
  readonly diagnostics?: readonly string[];
  /** The shell's words cannot be read: the message. */
  readonly problem?: string;
}

const cases = parse(
  readFileSync(new URL('../fixtures/import/lines.yaml', import.meta.url), 'utf8'),
) as Case[];

const caller = { userId: 1000, groupId: 100, user: 'ada', hostname: 'analytical' };

describe('docker run lines', () => {
  it.each(cases.map((one) => [one.what, one] as const))('%s', (_what, one) => {
    const { commands, replacements, problem } = readShellLines(one.pasted, caller);
    expect(problem?.message).toBe(one.problem);
    if (problem !== undefined) return;
    expect(replacements.map(({ text, value }) => `${text} = ${value}`)).toEqual(one.substituted ?? []);
    const files = one.files ?? {};
    const { file, diagnostics } = importRuns({
      runs: commands.map((words) => ({ words })),
      workingDirectory: '/srv/app',
      readFile: (path) => files[path],
    });
    const found = diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
    expect(found).toEqual(one.diagnostics ?? []);
    for (const { message, remedy } of diagnostics) {
      expect(message).toMatch(/[^.\s]$/);
      expect(remedy).toMatch(/^[A-Z].*[^.\s]$/);
    }
    const text = file && writeComposeFile(file);
    expect(text).toBe(one.compose);
    if (text === undefined) return;
    const compiled = compileText(text, undefined, () => ({ ok: true, text: '' }));
    expect(compiled.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
