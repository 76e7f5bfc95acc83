/** The lock that a process has for its lifetime, with real files and processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { releaseLock, lockHolder, takeLock } from '../../../src/host/machine/lock.ts';
import { processFacts } from '../../../src/host/machine/process-table.ts';
import { bundle } from '../../e2e/bundle.ts';
import { until } from '../../e2e/throwaway-host.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});

it('lets one of many hold the lock, and another once that one was killed', async () => {
  const program = join(directory, 'contender.mjs');
  writeFileSync(program, await bundle('../supervisor/lock-contender.ts'));
  const lock = join(directory, 'lock');
  const contend = async (): Promise<{ readonly child: ChildProcess; readonly taken: boolean }> => {
    const child = spawn(process.execPath, [program, lock], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [answer] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, taken: answer.toString() === 'taken\n' };
  };
  for (let round = 0; round < 3; round += 1) {
    const contenders = await Promise.all(Array.from({ length: 6 }, contend));
    const holders = contenders.filter(({ taken }) => taken);
    expect(holders).toHaveLength(1);
    const [holder] = holders;
    holder?.child.kill('SIGKILL');
    if (holder) await once(holder.child, 'exit');
  }
});

it.each([
  ['empty', () => Promise.resolve('')],
  ['no text', () => Promise.resolve('\u0000\ufffd')],
  ['of a process whose pid another has by now', () => Promise.resolve(`${String(process.pid)} 12345\n`)],
  ['of a process that has ended and was not waited for', async () => claimOf(await zombie())],
])('lets the lock be taken over a claim that is %s', async (_what, claim) => {
  const lock = join(directory, 'lock');
  expect(takeLock(lock)).toBeUndefined();
  releaseLock(lock);
  writeFileSync(join(lock, 'lock.7'), await claim());
  expect(takeLock(lock)).toBeUndefined();
  releaseLock(lock);
});

it('removes, with the lock, unfinished claims of killed processes', async () => {
  const lock = join(directory, 'lock');
  expect(takeLock(lock)).toBeUndefined();
  releaseLock(lock);
  writeFileSync(join(lock, `claim.${String(await zombie())}`), '');
  writeFileSync(join(lock, 'claim.1'), claimOf(1));
  expect(takeLock(lock)).toBeUndefined();
  expect(readdirSync(lock).sort()).toEqual(['claim.1', 'lock.2']);
  releaseLock(lock);
});

function claimOf(pid: number): string {
  return `${String(pid)} ${processFacts(pid)?.startTime ?? ''}\n`;
}

/** Its parent became a program that waits for no one. */
async function zombie(): Promise<number> {
  const script = 'sleep 0.2 & echo $!; exec sleep 60';
  const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill());
  const [answer] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(answer);
  await until(
    'it has ended',
    () => processFacts(pid)?.state,
    (state) => state === 'Z',
  );
  return pid;
}

it('lets the lock be taken again, by others too, once it was released', async () => {
  const program = join(directory, 'contender.mjs');
  writeFileSync(program, await bundle('../supervisor/lock-contender.ts'));
  const lock = join(directory, 'lock');
  const contend = async (): Promise<string> => {
    const child = spawn(process.execPath, [program, lock], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const [answer] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGKILL');
    await ended;
    return answer.toString();
  };
  for (let round = 0; round < 3; round += 1) {
    expect(takeLock(lock)).toBeUndefined();
    expect(takeLock(lock)).toEqual({ heldBy: process.pid });
    expect(await contend()).not.toBe('taken\n');
    releaseLock(lock);
    expect(lockHolder(lock)).toBeUndefined();
    expect(await contend()).toBe('taken\n');
  }
});
