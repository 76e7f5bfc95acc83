/**
 * What a verb is given: its window on the terminal and the process, so that it can be run in a test
 * as in a shell. A verb returns its exit code and never exits by itself.
 */
import type { Scope } from '../model/ports.ts';
import type { Style } from '../ui/style.ts';
import type { Change } from './change.ts';

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
  /** Everything else: diagnostics, progress, what was done. */
  readonly err: Output;
  /** Of the user’s session on the host that is worked on: where its directories are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of dockunit’s own process: variables of the Compose file, and where its templates are. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Effective user id, on the host that is worked on. */
  readonly uid: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** What the verb is for, by the table of verbs; with --dry-run too. */
  readonly purpose: 'read' | 'change';
  /** Writes to `err` when the run is over, below the error that it ended with. */
  atEnd(text: string): void;
  /** Tells the audit of a change, before it is made where it can be told by then. */
  changed(change: Change): void;
}

/** Options every verb takes. */
export interface GlobalOptions {
  readonly file?: readonly string[];
  readonly projectName?: string;
  readonly projectDirectory?: string;
  readonly envFile?: readonly string[];
  readonly profile?: readonly string[];
  /** The files are a stranger's. */
  readonly untrusted?: boolean;
  readonly user?: boolean;
  readonly manager?: 'systemd' | 'supervisor';
  readonly systemdVersion?: number;
  readonly dockerVersion?: number;
  readonly json?: boolean;
  /** Images are those of dockunit.lock; of the verbs that compile units. */
  readonly locked?: boolean;
  /** Images are those of the Compose file, and not what update pinned them to; of the same verbs. */
  readonly unpin?: boolean;
}

/** Whose units they are. */
export function scopeOf({ user }: Pick<GlobalOptions, 'user'>): Scope {
  return user === true ? 'user' : 'system';
}

/** What a command line for the manager of the scope carries: ` --user`, or nothing. */
export function userOption(scope: Scope): string {
  return scope === 'user' ? ' --user' : '';
}

export { UsageError } from '../model/diagnostic.ts';
