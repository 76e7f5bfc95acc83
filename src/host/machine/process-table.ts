/** What /proc tells of processes; proc_pid_stat(5). Silent about those that are gone. */
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

/** Fields after the name, which stands in parentheses and may hold some itself. */
export function readStat(pid: number, stat: string): ProcessFacts {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, state: fields[0] ?? '', group: Number(fields[2]), startTime: fields[19] ?? '' };
}

/**
 * Whether the group is the one that was recorded, and has anybody left. Its first process is known
 * by its start time. When that one is gone its id is not given out again while the group lasts; a
 * group whose first process has another start time is somebody else's.
 */
export function isSameGroup(group: ProcessGroup): boolean {
  const first = processFacts(group.pid);
  if (first !== undefined && first.startTime !== group.startTime) return false;
  if (first !== undefined && first.state !== 'Z') return true;
  // No younger process leads a group of that id, so whoever is in it has been since the first one lived;
  // that it is not older than the record is asked all the same.
  const members = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processFacts(Number(name)) ?? [])
    .filter((facts) => facts.group === group.pid && facts.state !== 'Z');
  return members.length > 0 && members.every(({ startTime }) => Number(startTime) >= Number(group.startTime));
}

/** Groups whose first process was executed with this in its environment: `NAME=value`. */
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
 * Of this boot: pids and start times of another one mean nothing. A container has the boot id of the
 * kernel it shares, whenever it is started; its PID 1 is another one each time.
 */
export function bootId(): string {
  let kernel = '';
  try {
    kernel = readText('/proc/sys/kernel/random/boot_id').trim();
  } catch {
    // Its PID 1 tells.
  }
  return `${kernel} ${processFacts(1)?.startTime ?? ''}`;
}
