/** The built program's exit codes and streams, as scripts rely on them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';

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
  ] as const)('exits %s with %i, with its text on standard output', async (_what, code, words) => {
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

  it.each(['generate', '--help', 'generate --json'])(
    'ends quietly when the reader of %s goes away',
    async (words) => {
      const { exitCode, stderr } = await shell(`set -o pipefail; node "$0" ${words} | true`);
      expect([exitCode, stderr]).toEqual([0, '']);
    },
  );

  it('ends when its standard error has no reader', async () => {
    const { stdout } = await shell('exec 3>&1; { node "$0" graph nosuch 2>&1 >&3; echo $? >&3; } | true');
    expect(stdout).toBe('0');
  });

  it('says so when standard output cannot be written', async () => {
    const { exitCode, stderr } = await shell('node "$0" generate > /dev/full');
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: standard output .*ENOSPC.*\n→ \S/),
    ]);
  });

  it('keeps the order of both streams where they go to one file', async () => {
    const { stdout } = await shell('node "$0" check --json 2>&1; node "$0" nosuch 2>&1');
    expect(stdout).toMatch(/^\{[^]*\}\nerror: [^]*→ /);
  });

  it('writes all of it to a pipe that is full and does not wait', async () => {
    const folder = temporaryDirectory();
    const pipe = join(folder, 'pipe');
    const services = Array.from({ length: 100 }, (_, n) => `  s${String(n)}: { image: busybox }\n`);
    writeFileSync(join(folder, 'compose.yaml'), `services:\n${services.join('')}`);
    await execa('mkfifo', [pipe]);
    const from = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const to = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    // As descriptor 3, since Node makes the first three wait when it starts a program.
    const run = spawn('sh', ['-c', 'exec node "$0" generate >&3', program], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit', to],
    });
    closeSync(to);
    const read: Buffer[] = [];
    const reader = setInterval(() => {
      read.push(readAvailable(from));
    }, 20);
    const [code] = (await once(run, 'exit')) as [number];
    clearInterval(reader);
    read.push(readAvailable(from));
    closeSync(from);
    expect(code).toBe(0);
    const plain = await execa('node', [program, 'generate'], { cwd: folder, stripFinalNewline: false });
    expect(plain.stdout.length).toBeGreaterThan(100_000);
    expect(Buffer.concat(read).toString()).toBe(plain.stdout);
  });
});

async function shell(script: string): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  return execa('bash', ['-c', script, program], { cwd: example, stdin: 'ignore', reject: false });
}

/** What a non-blocking pipe holds now. */
function readAvailable(descriptor: number): Buffer {
  const buffer = Buffer.alloc(1024 * 1024);
  try {
    return buffer.subarray(0, readSync(descriptor, buffer));
  } catch {
    return Buffer.alloc(0);
  }
}
