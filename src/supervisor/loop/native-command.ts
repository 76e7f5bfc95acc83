/** A command of a unit that is done here, and what it works with. */
import type { DockerApi } from '../../model/supervisor-ports.ts';
import type { PrecreatedContainer } from './containers-ahead.ts';
import type { ClientSurroundings } from './create-options.ts';
import type { DockerWatch } from './docker-watch.ts';

/** What a command of ours works with. Aborting the signal ends it as a signal ends a process. */
export interface NativeContext {
  readonly engine: DockerApi;
  readonly watch: DockerWatch;
  readonly signal: AbortSignal;
  readonly client: ClientSurroundings;
  /** A line for the unit's log. */
  say(message: string): void;
  /** A container is made here, and nothing has been run since that could have made it anew. */
  made(container: string, id: string): void;
  /** Of a command before the start: what may have been made for the unit before its turn. */
  readonly ahead: PrecreatedContainer | undefined;
  /** Resolves when the unit's main process is not there any more. */
  readonly mainGone: Promise<void>;
  /** Where that is a container: resolves when it is known to have started, and maybe ended. */
  readonly mainStarted: Promise<void> | undefined;
}

/**
 * @returns the exit code, or `shell`: nothing is done yet, the command is to run as under systemd after
 * all; rejects with EngineError where a client would have failed
 */
export type NativeCommand = (context: NativeContext) => Promise<number | 'shell'>;
