/** bin/dockunit-init as PID 1 of a namespace of its own, beside a stand-in for the program it runs. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { until } from '../e2e/throwaway-host.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

/** Says what it hears; makes orphans; ends as it is told by files. */
const standIn = `
const { appendFileSync, writeFileSync, existsSync } = require('node:fs');
const { spawn } = require('node:child_process');
const say = (text) => appendFileSync('said', text + '\\n');
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.on(signal, () => { say(signal); if (signal !== 'SIGHUP') process.exitCode = 7, clearInterval(alive); });
const alive = setInterval(() => undefined, 1000);
// Each shell ends at once and leaves its child, which ends soon after, to PID 1.
const shells = Array.from({ length: 20 }, () => spawn('sh', ['-c', '(sleep 0.1; exit 3) & exit 0'], { stdio: 'ignore' }));
void Promise.all(shells.map((shell) => new Promise((resolve) => shell.on('exit', resolve)))).then(() => {
  say('started ' + process.argv.slice(2).join(' ') + ' by ' + process.ppid);
});
`;

const namespaces = ['--user', '--map-root-user', '--pid', '--mount-proc', '--fork', '--kill-child'] as const;
const able = execaSync('unshare', [...namespaces, 'true'], { reject: false }).exitCode === 0;

let directory = '';
beforeEach(() => {
  directory = temporaryDirectory();
  const script = fileURLToPath(new URL('../../bin/dockunit-init', import.meta.url));
  copyFileSync(script, join(directory, 'dockunit-init'));
  writeFileSync(join(directory, 'dockunit.js'), standIn);
});

const said = (): readonly string[] =>
  existsSync(join(directory, 'said')) ? readFileSync(join(directory, 'said'), 'utf8').trim().split('\n') : [];
const hasSaid = (count: number) => until('it says', said, ({ length }) => length >= count);

describe.skipIf(!able)(`dockunit-init as PID 1${able ? '' : ' [skipped: needs user namespaces]'}`, () => {
  describe.each([
    ['dash', ['dash']],
    ['busybox', ['busybox', 'ash']],
  ] as const)('under %s', (_name, shell) => {
    /** Boots it; `inside` runs a command in the namespace, seeing its processes. */
    function boot(...args: readonly string[]) {
      const init = execa('unshare', [...namespaces, ...shell, join(directory, 'dockunit-init'), ...args], {
        cwd: directory,
        reject: false,
        stdin: 'ignore',
      });
      const child = (): string =>
        readFileSync(`/proc/${String(init.pid)}/task/${String(init.pid)}/children`, 'utf8').trim();
      const inside = (...argv: readonly string[]) =>
        execa('nsenter', ['--user', '--pid', '--mount', '--preserve-credentials', '-t', child(), ...argv], {
          reject: false,
          stdin: 'ignore',
        });
      return { init, inside };
    }
    const children = ['sh', '-c', 'wc -w </proc/1/task/1/children'] as const;

    it('passes options and signals on, waits for orphans, and ends with the code of the supervisor', async () => {
      const { init, inside } = boot('--user');
      await hasSaid(1);
      expect(said()).toEqual(['started supervise --user by 1']);
      await until(
        'no orphan is left',
        async () => (await inside(...children)).stdout.trim(),
        (count) => count === '1',
      );
      await inside('kill', '-HUP', '1');
      await hasSaid(2);
      await inside('kill', '-TERM', '1');
      expect((await init).exitCode).toBe(7);
      expect(said()).toEqual(['started supervise --user by 1', 'SIGHUP', 'SIGTERM']);
    });

    it('passes SIGINT on', async () => {
      const { init, inside } = boot();
      await hasSaid(1);
      await inside('kill', '-INT', '1');
      expect((await init).exitCode).toBe(7);
      expect(said().at(-1)).toBe('SIGINT');
    });

    it('restarts a killed supervisor', async () => {
      const { init, inside } = boot();
      await hasSaid(1);
      await inside('sh', '-c', 'kill -KILL $(cat /proc/1/task/1/children)');
      await hasSaid(2);
      await inside('kill', '-TERM', '1');
      const { exitCode, stderr } = await init;
      expect([exitCode, stderr]).toEqual([
        7,
        expect.stringContaining('ended by signal 9; starting it again'),
      ]);
    });
  });
});
