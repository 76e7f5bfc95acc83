/**
 * The target machine, whose files and programs this folder uses: the one dockunit runs on, or, within `onMachine`, the
 * one that --host names. So the code above is the same for both.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { localFiles } from './files.ts';
import type { Files } from './files.ts';
import { userName } from './user-name.ts';
import { WorkLimit } from './work-limit.ts';
import type { Environment } from '../../model/environment.ts';

export interface Machine {
  /** Its name as the user gave it: `root@web1`. Undefined for the machine dockunit runs on. */
  readonly name: string | undefined;
  readonly files: Files;
  /** The user there, by name and number, with the environment of a session of that user. */
  readonly user: string;
  readonly uid: number;
  readonly environment: Environment;
  /** A process there that lives as long as the connection: the owner of a lock. */
  readonly processId: number;
  /**
   * The local command that runs a program there; output and exit code are the program's own.
   * @param isAttached the program ends there when its standard input ends here
   */
  command(
    program: string,
    args: readonly string[],
    isAttached?: boolean,
  ): readonly [string, readonly string[]];
  /** A local D-Bus address that leads to the one there. */
  busAddress(address: string): Promise<string>;
  /** A local Unix socket that leads to the one there. */
  socketPath(path: string): string;
  /** Runs a program when it is its turn: a machine, and a connection, runs only a limited number at once. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** HostError where the connection is lost. */
  assertReachable(): void;
}

/** A docker client takes 30 MB; one for each of 300 services at once would use up the memory of a small host. */
const programs = new WorkLimit(8);

const here: Machine = {
  name: undefined,
  files: localFiles,
  get user() {
    return userName(this.uid);
  },
  get uid() {
    return process.geteuid?.() ?? 0;
  },
  environment: process.env,
  processId: process.pid,
  command: (program, args) => [program, args],
  busAddress: (address) => Promise.resolve(address),
  socketPath: (path) => path,
  inTurn: (work) => programs.run(work),
  assertReachable: () => undefined,
};

/** Undefined until --host is used: most runs do without that module of Node. */
let current: AsyncLocalStorage<Machine> | undefined;

/** The target machine. */
export function machine(): Machine {
  return current?.getStore() ?? here;
}

/** Does the work, with all that it calls and awaits, on that machine. */
export async function onMachine<T>(there: Machine, work: () => Promise<T>): Promise<T> {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  current ??= new AsyncLocalStorage();
  return current.run(there, work);
}

/** The advice for a missing permission: the beginning of a remedy. */
export function asRoot(): string {
  const { name } = machine();
  if (name === undefined) return 'Run dockunit as root (sudo)';
  return `Name a user who may: --host root@${name.slice(name.lastIndexOf('@') + 1)}`;
}
