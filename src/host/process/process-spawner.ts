/** Child processes, each with its own process group, as a ProcessPort. */
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { LineCutter } from '../../text/line-streams.ts';
import { isCode } from '../machine/error-codes.ts';
import type { Exit } from '../../model/ports.ts';
import { commandAs, ownerOf } from './process-owner.ts';
import { groupsWithVariable, isSameGroup, processFacts } from '../machine/process-table.ts';
import type {
  ProcessGroup,
  ProcessListener,
  ProcessPort,
  SpawnRefusal,
  SpawnRequest,
} from '../../model/supervisor-ports.ts';

/** No event reports when another process's group is empty: how often to check, in ms. */
const groupLook = 50;

/** The variable that holds the mark of a process: /proc shows it from the moment of its execution. */
const markVariable = 'DOCKUNIT_PROCESS';

/** systemd.exec(5), "Process Exit Codes". */
const exitCodes = { chdir: 200, exec: 203 } as const;

export const processes: ProcessPort = {
  spawn(request, listener) {
    const directory = workingDirectory(request);
    if (typeof directory !== 'string') return directory;
    const owner = ownerOf(request);
    if ('code' in owner) return owner;
    const { program, args, ...as } = commandAs(owner, request, (message) => {
      listener.fellShort(message);
    });
    const child = withUmask(request.umask, () =>
      spawn(program, args, {
        cwd: directory,
        env: { ...Object.fromEntries(request.environment), [markVariable]: request.mark },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        ...as,
      }),
    );
    const refusal = new Promise<Error>((resolve) => child.on('error', resolve));
    if (child.pid === undefined) {
      // Node already has the reason, but reports it later; report it to the caller now.
      void refusal;
      return { code: exitCodes.exec, reason: `cannot execute ${program}: ${whyNot(program, request)}` };
    }
    const group = { pid: child.pid, startTime: processFacts(child.pid)?.startTime ?? '' };
    listen(child, group, listener);
    return group;
  },

  signal(group, signal, to) {
    send(to === 'group' ? -group.pid : group.pid, signal);
  },

  async endLeftovers(groups, mark, grace) {
    const markedGroups = mark === undefined ? [] : groupsWithVariable(`${markVariable}=${mark}`);
    const mine = [...groups.filter(isSameGroup), ...markedGroups];
    for (const { pid } of mine) send(-pid, 'SIGTERM');
    const end = performance.now() + grace;
    let survivors = mine;
    while ((survivors = survivors.filter(isSameGroup)).length > 0) {
      if (performance.now() > end) for (const { pid } of survivors) send(-pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, groupLook));
    }
  },
};

/** Receives output and the end. Output of other members of the group is received too. */
function listen(child: ChildProcess, group: ProcessGroup, listener: ProcessListener): void {
  for (const stream of [child.stdout, child.stderr]) if (stream) hear(stream, listener);
  child.on('exit', (code, signal) => {
    const survivors = groupExists(group.pid);
    listener.reportExit(exitOf(code, signal), survivors);
    if (!survivors) return;
    const look = setInterval(() => {
      if (groupExists(group.pid)) return;
      clearInterval(look);
      listener.groupGone();
    }, groupLook);
  });
}

function hear(stream: Readable, listener: ProcessListener): void {
  const cutter = new LineCutter();
  stream.on('data', (bytes: Buffer) => {
    for (const line of cutter.push(bytes)) listener.output(line);
  });
  stream.on('end', () => {
    for (const line of cutter.rest()) listener.output(line);
  });
  // The pipe of a killed process may break; its end is reported separately.
  stream.on('error', () => undefined);
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  if (signal === null) return { kind: 'exited', code: code ?? 0 };
  // Node does not report a core dump; these signals leave one where that is allowed.
  return { kind: 'killed', signal };
}

function groupExists(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** Silent where no process is left: that was the purpose of the signal. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}

function workingDirectory({ workingDirectory: directory }: SpawnRequest): string | SpawnRefusal {
  if (directory === undefined) return '/';
  if (statSync(directory.path, { throwIfNoEntry: false })?.isDirectory()) return directory.path;
  if (directory.optional) return '/';
  return { code: exitCodes.chdir, reason: `cannot change to the working directory ${directory.path}` };
}

/** The umask belongs to the whole process; spawning is one synchronous call, so no other code sees the change. */
function withUmask<T>(mask: number | undefined, act: () => T): T {
  if (mask === undefined) return act();
  const before = process.umask(mask);
  try {
    return act();
  } finally {
    process.umask(before);
  }
}

function whyNot(program: string, { environment }: SpawnRequest): string {
  if (!program.includes('/'))
    return `no such program on $PATH (${environment.get('PATH') ?? ''}), or no permission`;
  const stats = statSync(program, { throwIfNoEntry: false });
  if (stats === undefined) return 'it does not exist';
  return stats.isFile() ? 'permission denied, or not a program of this machine' : 'it is not a file';
}
