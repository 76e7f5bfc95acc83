/** What the demo shows where no host can boot, and what it says of a wrong option. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const demo = fileURLToPath(new URL('../../scripts/demo.sh', import.meta.url));
const run = (...words: readonly string[]) =>
  execa(demo, words, { reject: false, stdin: 'ignore', timeout: 60_000 });

it('shows the units of both examples and their graphs', async () => {
  const [installed = 0, locked = 0] = ['node_modules/.package-lock.json', 'package-lock.json'].map(
    (path) => statSync(path).mtimeMs,
  );
  // Else the demo installs the packages, under all tests that run.
  expect(installed, 'packages are older than package-lock.json; run: npm ci').toBeGreaterThan(locked);
  const { exitCode, stdout, stderr } = await run('--units');
  expect([exitCode, stderr]).toEqual([0, '']);
  for (const unit of [
    'sqliteserver.service',
    'sqliteproxy.service',
    'todo-web.service',
    'todo-vol-data.service',
  ])
    expect(stdout).toContain(`/${unit}\n# From `);
  expect(stdout).toMatch(/^sqlite\.target\n└─ sqliteproxy .*\n {3}└─ sqliteserver /m);
  expect(stdout).toMatch(/^todo\.target\n└─ web /m);
});

it('answers an option it does not have with its usage', async () => {
  const { exitCode, stdout, stderr } = await run('--fast');
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: the demo has no option '--fast'\n/);
  for (const option of ['--units', '--no-systemd']) expect(stderr).toContain(`npm run demo -- ${option}`);
});
