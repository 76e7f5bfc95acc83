/**
 * A machine over ssh(1), as `systemctl -H` reaches it: one connection, authenticated once, that all commands share; the
 * user's ssh configuration decides how to connect. The machine needs no dockunit.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Machine } from '../machine/machine.ts';
import { HostError } from '../../model/ports.ts';
import { WorkLimit } from '../machine/work-limit.ts';
import { BusBridges } from './bus-bridge.ts';
import { shellWords } from '../../text/shell-word.ts';
import { abandonedLinkDirectories, makeLinkDirectory, removeLinkDirectory } from './link-directory.ts';
import { RemoteFiles } from './remote-files.ts';
import { RemoteShell } from './remote-shell.ts';
import { connectError, connectionLost } from '../machine/connection-errors.ts';

export interface RemoteMachine extends Machine {
  readonly name: string;
  /** Milliseconds by which its clock is ahead of the local one. */
  readonly clockAhead: number;
  close(): void;
}

const controlSocket = 'control';
/** Seconds after which an unused connection ends, in case dockunit is killed. */
const lingering = 60;

/**
 * Connects; asks for a password where there is a terminal.
 * @param name `[user@]machine`, or a name in ~/.ssh/config
 * @throws HostError
 */
export function connectMachine(name: string): RemoteMachine {
  // ssh would read it as an option.
  if (name.startsWith('-') || name === '') {
    throw new HostError(`There is no host called ${JSON.stringify(name)}`, 'Name it as user@machine');
  }
  removeAbandoned();
  const directory = makeLinkDirectory();
  const control = join(directory, controlSocket);
  try {
    openMaster(name, control);
    return new OpenMachine(name, directory, control);
  } catch (error) {
    closeMaster(name, control);
    removeLinkDirectory(directory);
    throw error;
  }
}

function openMaster(name: string, control: string): void {
  const { status, stderr, error } = spawnSync(
    'ssh',
    [
      // In the background once authenticated, in its own session: Ctrl-C does not end it.
      ...['-f', '-N', '-M', '-S', control, '-o', `ControlPersist=${String(lingering)}`],
      ...['-xT', '-o', 'ClearAllForwardings=yes', '-o', 'RemoteCommand=none'],
      ...(process.stdin.isTTY ? [] : ['-o', 'BatchMode=yes']),
      ...['--', name],
    ],
    { stdio: ['inherit', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  if (status === 0) return;
  throw connectError(name, stderr, error !== undefined && 'code' in error ? String(error.code) : undefined);
}

/** Ends the connections of killed processes. */
function removeAbandoned(): void {
  for (const directory of abandonedLinkDirectories()) {
    // ssh(1) asks the process behind the socket; the name of the machine has no effect.
    closeMaster('abandoned', join(directory, controlSocket));
    removeLinkDirectory(directory);
  }
}

function closeMaster(name: string, control: string): void {
  spawnSync('ssh', ['-S', control, '-O', 'exit', '--', name], { stdio: 'ignore' });
}

/** The first query to a machine. Its environment is that of a session of the user, including pam_systemd(8). */
const introduction = String.raw`printf '%s\0' "$$" "$(id -u)" "$(id -un)" "$(date +%s.%N)"; env -0`;

class OpenMachine implements RemoteMachine {
  readonly files: RemoteFiles;
  readonly user: string;
  readonly uid: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly processId: number;
  readonly clockAhead: number;
  readonly #control: string;
  readonly #directory: string;
  readonly #shell: RemoteShell;
  readonly #bridges: BusBridges;
  readonly #sockets = new Map<string, string>();
  /** sshd(8) allows ten sessions a connection (MaxSessions): one is the shell's, two are for bridges. */
  readonly #programs = new WorkLimit(6);

  constructor(
    readonly name: string,
    directory: string,
    control: string,
  ) {
    this.#directory = directory;
    this.#control = control;
    this.#shell = RemoteShell.open(name, this.command('sh', []), directory);
    this.files = new RemoteFiles(this.#shell);
    this.#bridges = new BusBridges(directory, (address) =>
      this.command('systemd-stdio-bridge', ['-p', address]),
    );
    const { stdout } = this.#shell.run(introduction);
    const [processId = '', uid = '', user = '', seconds = '', ...assignments] = stdout.toString().split('\0');
    this.clockAhead = Number(seconds) * 1000 - Date.now();
    this.processId = Number(processId);
    this.uid = Number(uid);
    this.user = user;
    this.environment = Object.fromEntries(
      assignments
        .filter((assignment) => assignment.includes('='))
        .map((assignment) => [
          assignment.slice(0, assignment.indexOf('=')),
          assignment.slice(assignment.indexOf('=') + 1),
        ]),
    );
  }

  command(program: string, args: readonly string[], isAttached = false): [string, string[]] {
    const words = isAttached ? ['sh', '-c', endWithInput, 'sh', program, ...args] : [program, ...args];
    // Without the shared connection, ssh would make a new one: a proxy command that fails prevents it.
    const options = ['-S', this.#control, '-o', 'ProxyCommand=false', '-o', 'RemoteCommand=none'];
    return ['ssh', [...options, '-xT', '--', this.name, shellWords(words)]];
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#programs.run(work);
  }

  socketPath(path: string): string {
    const present = this.#sockets.get(path);
    if (present !== undefined) return present;
    const here = join(this.#directory, `socket${String(this.#sockets.size)}`);
    const forward = ['-S', this.#control, '-O', 'forward', '-L', `${here}:${path}`, '--', this.name];
    const { status, stderr } = spawnSync('ssh', forward, { encoding: 'utf8' });
    if (status !== 0) throw connectionLost(this.name, stderr);
    this.#sockets.set(path, here);
    return here;
  }

  assertReachable(): void {
    this.#shell.run(':');
  }

  busAddress(address: string): Promise<string> {
    return this.#bridges.open(address);
  }

  close(): void {
    this.#bridges.close();
    this.#shell.close();
    closeMaster(this.name, this.#control);
    removeLinkDirectory(this.#directory);
  }
}

/** Runs $@, and ends it when standard input ends: without a terminal the program gets no signal when ssh ends. */
const endWithInput =
  'exec 3<&0; "$@" </dev/null 3<&- & program=$!; ' +
  '{ cat <&3 >/dev/null; kill "$program"; } 2>/dev/null & reader=$!; ' +
  'wait "$program"; status=$?; kill "$reader"; exit "$status"';
