/**
 * The directory on this machine with the sockets of one connection. Its name identifies the process that connects, so
 * that a later dockunit removes what a killed one leaves. Of node:fs, since it is never on the other machine.
 */
import { lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStat } from '../machine/process-table.ts';

const prefix = 'dockunit-ssh-';
/** Short, as the path of a socket has 107 bytes at most. */
const short = (number: number): string => number.toString(36);
/** Namespace of pids, pid, start time; then the letters of mkdtemp(3). */
const nameOfDead = /^dockunit-ssh-([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)-\w+$/;

/** @throws errors of node:fs */
export function makeLinkDirectory(): string {
  const owner = [pidNamespace(), process.pid, startTime(process.pid) ?? 0].map(short).join('.');
  return mkdtempSync(join(tmpdir(), `${prefix}${owner}-`));
}

/** Directories of this user whose process is gone. */
export function abandonedLinkDirectories(): readonly string[] {
  const namespace = short(pidNamespace());
  return readdirSync(tmpdir()).flatMap((name) => {
    const [, where, pid = '', start = ''] = nameOfDead.exec(name) ?? [];
    // A process of another container is not visible here.
    if (where !== namespace || startTime(parseInt(pid, 36)) === parseInt(start, 36)) return [];
    const path = join(tmpdir(), name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isDirectory() === true && stats.uid === process.geteuid?.() ? [path] : [];
  });
}

export function removeLinkDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** namespaces(7): the same number for all processes that see the same pids. */
function pidNamespace(): number {
  return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]);
}

/** In ticks since the boot; undefined where there is no such process. */
function startTime(pid: number): number | undefined {
  try {
    const facts = readStat(pid, readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
    return facts.state === 'Z' ? undefined : Number(facts.startTime);
  } catch {
    return undefined;
  }
}
