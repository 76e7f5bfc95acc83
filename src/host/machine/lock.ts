/**
 * One supervisor at a time: a lock held for the lifetime of a process, which a kill -9 releases. Node has no flock(2),
 * so it uses link(2), which fails where the name is taken: claims are files `lock.1`, `lock.2`…, each naming a process
 * by pid and start time, and the highest one counts. A process that finds the claiming process dead creates the next
 * claim; of two, one wins. A process that saw an outdated highest claim and claims late then sees the higher one, and
 * withdraws its own. So the highest claim is never removed while it counts, and no removal decides anything.
 */
import { join } from 'node:path';
import { isCode } from './error-codes.ts';
import { linkSync, readText, readdirSync, renameSync, rmSync } from './fs.ts';
import { machine } from './machine.ts';
import { ensureOwnDirectory } from './own-directory.ts';
import { processFacts } from './process-table.ts';
import { writeSynced } from './synced-files.ts';

/**
 * Takes the lock of the directory for as long as this process lives, or until it releases the lock. Creates the
 * directory with mode 0700 where it is missing; the directory must not survive a reboot.
 * @returns the pid of the process that holds it already, if any
 */
export function takeLock(directory: string): { readonly heldBy: number } | undefined {
  ensureOwnDirectory(directory, 0o700);
  const { processId } = machine();
  const own = join(directory, `claim.${String(processId)}`);
  const facts = processFacts(processId);
  writeSynced(own, `${String(processId)} ${facts?.startTime ?? ''}\n`, 0o600);
  try {
    for (;;) {
      const highest = Math.max(0, ...claims(directory));
      const holder = highest === 0 ? undefined : aliveIn(directory, highest);
      if (holder !== undefined) return { heldBy: holder };
      const mine = highest + 1;
      try {
        linkSync(own, claimPath(directory, mine));
      } catch (error) {
        if (isCode(error, 'EEXIST')) continue;
        throw error;
      }
      if (Math.max(...claims(directory)) > mine) {
        rmSync(claimPath(directory, mine));
        continue;
      }
      for (const name of readdirSync(directory))
        if (isLeft(name, mine)) rmSync(join(directory, name), { force: true });
      return undefined;
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * The pid of the process that holds the lock of the directory; undefined where none does. Throws where it cannot be
 * read.
 */
export function lockHolder(directory: string): number | undefined {
  let numbers: readonly number[];
  try {
    numbers = claims(directory);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const highest = Math.max(0, ...numbers);
  return highest === 0 ? undefined : aliveIn(directory, highest);
}

/**
 * Releases the lock before this process ends. Its claim stays, naming no process, until the next one surpasses it, like
 * the claim of a process that died.
 */
export function releaseLock(directory: string): void {
  const highest = Math.max(0, ...claims(directory));
  const { processId } = machine();
  if (aliveIn(directory, highest) !== processId) return;
  const own = join(directory, `claim.${String(processId)}`);
  writeSynced(own, '0 nobody\n', 0o600);
  renameSync(own, claimPath(directory, highest));
}

function claims(directory: string): readonly number[] {
  return readdirSync(directory).flatMap((name) => {
    const number = /^lock\.(\d+)$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

/** Whether the file is a claim below the one that counts, or an unfinished one of a killed process. */
function isLeft(name: string, highest: number): boolean {
  const [, stage, number] = /^(lock|claim)\.(\d+)$/.exec(name) ?? [];
  return stage === 'lock' ? Number(number) < highest : stage === 'claim' && !isAlive(Number(number));
}

function isAlive(pid: number): boolean {
  const facts = processFacts(pid);
  // A zombie process holds nothing.
  return facts !== undefined && facts.state !== 'Z';
}

/** The pid in the claim if that very process lives. */
function aliveIn(directory: string, claim: number): number | undefined {
  try {
    const [pid = '', startTime] = readText(claimPath(directory, claim)).trim().split(' ');
    // A claim that names no process, after a full disk or a manual change, belongs to none.
    return isAlive(Number(pid)) && processFacts(Number(pid))?.startTime === startTime
      ? Number(pid)
      : undefined;
  } catch {
    return undefined;
  }
}

function claimPath(directory: string, claim: number): string {
  return join(directory, `lock.${String(claim)}`);
}
