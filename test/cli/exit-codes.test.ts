/** The built program's exit codes and streams, as scripts rely on them. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../bin/dockunit.js', import.meta.url));
const example = fileURLToPath(new URL('../../examples/sqlite', import.meta.url));

async function dockunit(...words: readonly string[]): Promise<readonly [number | undefined, string, string]> {
  const { exitCode, stdout, stderr } = await execa('node', [program, ...words], {
    cwd: example,
    reject: false,
    stdin: 'ignore',
  });
  return [exitCode, stdout, stderr];
}

describe('the program', () => {
  it.each([
    ['done', 0, ['graph']],
    ['help asked for', 0, ['--help']],
    ['help of a verb', 0, ['help', 'start']],
    ['the version', 0, ['--version']],
    ['a completion script', 0, ['completion', 'bash']],
  ] as const)('exits %s with %i, with its words on standard output', async (_what, code, words) => {
    const [exitCode, stdout, stderr] = await dockunit(...words);
    expect([exitCode, stderr]).toEqual([code, '']);
    expect(stdout).not.toBe('');
  });

  it.each([
    ['no verb', []],
    ['a wrong verb', ['strat']],
    ['a wrong option', ['graph', '--dto']],
    ['a wrong option of the program', ['--verbose', 'graph']],
    ['a missing value', ['generate', '-o']],
    ['a word for a number', ['logs', '-n', 'ten']],
    ['options that exclude each other', ['graph', '--dot', '--mermaid']],
    ['a shell it does not know', ['completion', 'tcsh']],
    ['a service that is not written', ['graph', 'nosuch']],
  ] as const)('exits with 2 for %s, with a remedy on standard error', async (_what, words) => {
    const [exitCode, stdout, stderr] = await dockunit(...words);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words.length === 0 ? /^Usage: / : /^error: .*\n→ \S/);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('ends quietly when its reader goes away', async () => {
    const { exitCode, stderr } = await execa(
      'bash',
      ['-o', 'pipefail', '-c', 'node "$0" generate | head -n 1', program],
      {
        cwd: example,
        stdin: 'ignore',
        reject: false,
      },
    );
    expect([exitCode, stderr]).toEqual([0, '']);
  });
});
