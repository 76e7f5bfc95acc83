/** What a simulated process does by itself and when it is told to end; times in ms. */
import type { Exit, ProcessId } from '../supervisor/engine/state.ts';
import type { ExecPhase, Signal } from '../supervisor/engine/unit-config.ts';

/** A command that the engine had started. */
export interface Spawned {
  readonly unit: string;
  readonly phase: ExecPhase;
  readonly index: number;
  readonly process: ProcessId;
}

export interface Behaviour {
  /** From fork(2) to the end of execve(2). */
  readonly executesIn: number;
  /** READY=1 so long after that; absent: never sent. */
  readonly readyIn?: number;
  /** Its end by itself; absent: it runs until it is told. */
  readonly ends?: Ending;
  /** Signals without effect; SIGKILL never is. */
  readonly ignores: readonly Signal[];
  /** From a signal to its end; SIGKILL ends at once. */
  readonly stopsIn: number;
  /** How it ends when told by SIGTERM; absent: by the signal. */
  readonly stopExit?: Exit;
  /** Others of its group live on so long after it; infinity: until they are signalled. */
  readonly survivorsFor?: number;
  /** It tells the main process of its unit to end, as `docker stop` does. */
  readonly stopsMain?: boolean;
}

type Ending =
  /** So long after execve(2). */
  | { readonly kind: 'after'; readonly ms: number; readonly exit: Exit }
  /** So long after the main process of its unit has ended; at once counting where there is none. */
  | { readonly kind: 'after-main'; readonly ms: number; readonly exit: Exit }
  /** It looks again and again, and ends when there is an answer. */
  | { readonly kind: 'polls'; readonly every: number; readonly look: () => Exit | undefined };

export const exitedWith = (code: number): Exit => ({ kind: 'exited', code });
export const killedBy = (signal: Signal): Exit => ({ kind: 'killed', signal });

/** A daemon: runs until told, and ends at once then. */
export const daemon: Behaviour = { executesIn: 1, ignores: [], stopsIn: 1 };

/** A command that takes so long and succeeds, unless an exit code is given. */
export function command(ms: number, code = 0): Behaviour {
  return { ...daemon, ends: { kind: 'after', ms, exit: exitedWith(code) } };
}
