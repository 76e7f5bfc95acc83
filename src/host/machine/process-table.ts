/** Facts about processes from /proc; proc_pid_stat(5). Silent about missing ones. */
import { readText, readdirSync } from './fs.ts';
import type { ProcessGroup } from '../../model/supervisor-ports.ts';

export interface ProcessFacts {
  readonly pid: number;
  /** Z: ended, and not yet waited for. */
  readonly state: string;
  readonly group: number;
  readonly startTime: string;
}

export function processFacts(pid: number): ProcessFacts | undefined {
  try {
    return readStat(pid, readText(`/proc/${String(pid)}/stat`));
  } catch {
    return undefined;
  }
}

/** The fields after the name, which is in parentheses and may itself contain some. */
export function readStat(pid: number, stat: string): ProcessFacts {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, state: fields[0] ?? '', group: Number(fields[2]), startTime: fields[19] ?? '' };
}

/**
 * Whether the group is the recorded one, and still has members. The start time identifies its first process. After that
 * process ends, the kernel does not reuse its id while the group lasts; a group whose first process has another start
 * time is a different group.
 */
export function isSameGroup(group: ProcessGroup): boolean {
  const first = processFacts(group.pid);
  if (first !== undefined && first.startTime !== group.startTime) return false;
  if (first !== undefined && first.state !== 'Z') return true;
  // No newer process leads a group of that id, so its members date from the life of the first one; still check that the
  // record is not newer.
  const members = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processFacts(Number(name)) ?? [])
    .filter((facts) => facts.group === group.pid && facts.state !== 'Z');
  return members.length > 0 && members.every(({ startTime }) => Number(startTime) >= Number(group.startTime));
}

/** Groups whose first process was executed with this text in its environment: `NAME=value`. */
export function groupsWithVariable(assignment: string): readonly ProcessGroup[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const facts = processFacts(Number(name));
      if (facts === undefined || facts.group !== facts.pid) return [];
      return environmentOf(facts.pid).includes(assignment)
        ? [{ pid: facts.pid, startTime: facts.startTime }]
        : [];
    });
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readText(`/proc/${String(pid)}/environ`).split('\0');
  } catch {
    return [];
  }
}

/**
 * Identifies this boot: pids and start times of another boot mean nothing. All containers share the boot id of their
 * host's kernel; the PID 1 of a container differs each time.
 */
export function bootId(): string {
  let kernel = '';
  try {
    kernel = readText('/proc/sys/kernel/random/boot_id').trim();
  } catch {
    // Its PID 1 decides.
  }
  return `${kernel} ${processFacts(1)?.startTime ?? ''}`;
}
