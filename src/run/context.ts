/**
 * The dependencies of a verb: output streams, environment, clock, signal, so that it can be run in a test
 * as in a shell. A verb returns its exit code and never exits by itself.
 */
import type { Scope } from '../model/ports.ts';
import type { Style } from '../ui/style.ts';
import type { Change } from './change.ts';
import type { Environment } from '../model/environment.ts';

/** 0 done; 1 the job failed, there are findings, or the host fails; 2 wrong usage or a bad specification. */
export type ExitCode = 0 | 1 | 2;

export interface Output {
  write(text: string | Uint8Array): void;
  readonly isTTY: boolean;
  /** Width in columns; undefined when there is no terminal. */
  readonly columns: number | undefined;
  readonly style: Style;
}

export interface Context {
  /** Data. */
  readonly out: Output;
  /** All other output: diagnostics, progress, completed actions. */
  readonly err: Output;
  /** Of the user’s session on the host that the verb works on: it names its directories. */
  readonly environment: Environment;
  /** Of dockunit’s own process: variables of the Compose file, and the directory of its templates. */
  readonly variables: Environment;
  readonly workingDirectory: string;
  /** Effective user id, on the host that the verb works on. */
  readonly uid: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** The purpose of the verb, by the table of verbs; with --dry-run too. */
  readonly purpose: 'read' | 'change';
  /** Writes to `err` when the run is over, below the error that it ended with. */
  atEnd(text: string): void;
  /** Reports a change to the audit, before it is made if it is known by then. */
  recordChange(change: Change): void;
}

/** What compiling takes of a verb: where the user stands, and the variables of the Compose file. */
export type CompileContext = Pick<Context, 'environment' | 'variables' | 'workingDirectory'>;

/** What running jobs takes of a verb: where it reports, the clock, and Ctrl-C. */
export type JobContext = Pick<Context, 'err' | 'now' | 'signal'>;

/** What changing a host takes of a verb: that of its jobs, the audit, and whose change it is. */
export interface ChangeContext extends JobContext, Pick<Context, 'recordChange'> {
  /** The user who gave the command; for the history. */
  readonly who: string;
}

/** Options every verb takes. */
export interface GlobalOptions {
  readonly file?: readonly string[];
  readonly projectName?: string;
  readonly projectDirectory?: string;
  readonly envFile?: readonly string[];
  readonly profile?: readonly string[];
  /** The files come from a stranger. */
  readonly untrusted?: boolean;
  readonly user?: boolean;
  readonly manager?: 'systemd' | 'supervisor';
  readonly systemdVersion?: number;
  readonly dockerVersion?: number;
  readonly json?: boolean;
  /** Take the images from dockunit.lock; for the verbs that compile units. */
  readonly locked?: boolean;
  /** Take the images from the Compose file, without the pins of update; for the same verbs. */
  readonly unpin?: boolean;
}

/** The owner of the units. */
export function scopeOf({ user }: Pick<GlobalOptions, 'user'>): Scope {
  return user === true ? 'user' : 'system';
}

export { UsageError } from '../model/diagnostic.ts';
