/** A unit command that the supervisor executes itself, and what it works with. */
import type { DockerApi } from '../../model/supervisor-ports.ts';
import type { PrecreatedContainer } from './containers-ahead.ts';
import type { ClientInputs } from './create-options.ts';
import type { DockerWatch } from './docker-watch.ts';

/** The tools of such a command. Aborting the signal ends it as a signal ends a process. */
export interface NativeContext {
  readonly docker: DockerApi;
  readonly watch: DockerWatch;
  readonly signal: AbortSignal;
  readonly client: ClientInputs;
  /** A line for the unit's log. */
  say(message: string): void;
  /** The command creates a container here, and nothing has run since that could have recreated it. */
  noteCreated(container: string, id: string): void;
  /** For a command before the start: the containers created ahead for the unit. */
  readonly ahead: PrecreatedContainer | undefined;
  /** Resolves when the unit's main process has ended. */
  readonly mainGone: Promise<void>;
  /** Where that is a container: resolves when it is known to have started, and maybe ended. */
  readonly mainStarted: Promise<void> | undefined;
}

/**
 * @returns the exit code, or `shell`: nothing is done yet, and the command must run as under systemd; rejects with
 * DockerApiError where a client would have failed
 */
export type NativeCommand = (context: NativeContext) => Promise<number | 'shell'>;
