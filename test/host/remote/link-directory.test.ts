import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import {
  abandonedLinkDirectories,
  makeLinkDirectory,
  removeLinkDirectory,
} from '../../../src/host/remote/link-directory.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('is abandoned once its process is gone, also where another process has the pid', async () => {
  vi.stubEnv('TMPDIR', temporaryDirectory());
  const own = makeLinkDirectory();
  expect(abandonedLinkDirectories()).toEqual([]);

  const child = spawn('true');
  await once(child, 'exit');
  const [, pid = '', start = ''] = /\.(\w+)\.(\w+)-/.exec(own) ?? [];
  const named = (from: string, to: string): string =>
    join(dirname(own), basename(own).replace(`.${from}`, `.${to}`));
  const dead = named(pid, (child.pid ?? 0).toString(36));
  const reused = named(`${pid}.${start}`, `${pid}.1`);
  for (const path of [dead, reused]) mkdirSync(path);
  // None of dockunit's own: a link, and one of another version.
  symlinkSync(own, `${dead}x`);
  mkdirSync(join(dirname(own), 'dockunit-ssh-abcdef'));
  expect([...abandonedLinkDirectories()].sort()).toEqual([dead, reused].sort());

  // Of another namespace of pids.
  renameSync(dead, dead.replace('dockunit-ssh-', 'dockunit-ssh-1'));
  expect(abandonedLinkDirectories()).toEqual([reused]);
  removeLinkDirectory(reused);
  expect([existsSync(reused), existsSync(own)]).toEqual([false, true]);
});
