/**
 * The machine whose files and programs this folder works with: the one dockunit runs on, or, within
 * `onMachine`, the one that --host names. So the code above is the same for both.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { localFiles } from './files.ts';
import type { Files } from './files.ts';
import { userName } from './user-name.ts';
import { WorkLimit } from './work-limit.ts';

export interface Machine {
  /** What the user called it: `root@web1`. Undefined for the one dockunit runs on. */
  readonly name: string | undefined;
  readonly files: Files;
  /** As what we work there: by name and number, with the environment of a session of that user. */
  readonly user: string;
  readonly uid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A process there that lives as long as we work on it: whose claim a lock is. */
  readonly processId: number;
  /**
   * What to run here to have a program run there, its output and exit code being the program's own.
   * @param attached it is ended there when its standard input ends here
   */
  command(program: string, args: readonly string[], attached?: boolean): readonly [string, readonly string[]];
  /** A D-Bus address that leads from here to the one there. */
  busAddress(address: string): Promise<string>;
  /** A Unix socket here that leads to the one there. */
  socketPath(path: string): string;
  /** Runs a program when it is its turn: a machine, and a connection, carries a limited number at once. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** HostError where the connection is lost. */
  assertReachable(): void;
}

/** A docker client takes 30 MB, and one for each of 300 services at once would take the memory of a small host. */
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

/** Undefined as long as there is but this one: most runs do without that module of Node's. */
let current: AsyncLocalStorage<Machine> | undefined;

/** The machine that is worked with. */
export function machine(): Machine {
  return current?.getStore() ?? here;
}

/** Does the work, all that it calls and awaits included, on that machine. */
export async function onMachine<T>(there: Machine, work: () => Promise<T>): Promise<T> {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  current ??= new AsyncLocalStorage();
  return current.run(there, work);
}

/** What to do where a permission is missing: the beginning of a remedy. */
export function asRoot(): string {
  const { name } = machine();
  if (name === undefined) return 'Run dockunit as root (sudo)';
  return `Name a user who may: --host root@${name.slice(name.lastIndexOf('@') + 1)}`;
}
