/** The behaviour of a simulated process, by itself and when it gets a signal; times in ms. */
import type { Exit, ProcessId } from '../supervisor/engine/state.ts';
import type { ExecPhase, Signal } from '../supervisor/engine/unit-config.ts';

/** A command that the engine started. */
export interface SpawnedProcess {
  readonly unit: string;
  readonly phase: ExecPhase;
  readonly index: number;
  readonly process: ProcessId;
}

export interface Behaviour {
  /** From fork(2) to the end of execve(2). */
  readonly executesIn: number;
  /** READY=1 this long after that; absent: never sent. */
  readonly readyIn?: number;
  /** Its end by itself; absent: it runs until it gets a signal. */
  readonly ends?: SimulatedEnding;
  /** Signals without effect; SIGKILL always has an effect. */
  readonly ignores: readonly Signal[];
  /** From a signal to its end; SIGKILL ends at once. */
  readonly stopsIn: number;
  /** Its exit after SIGTERM; absent: the signal ends it. */
  readonly stopExit?: Exit;
  /** Other processes of its group live this long after it; infinity: until they get a signal. */
  readonly survivorsFor?: number;
  /** It signals the main process of its unit to end, as `docker stop` does. */
  readonly stopsMain?: boolean;
}

type SimulatedEnding =
  /** This long after execve(2). */
  | { readonly kind: 'after'; readonly ms: number; readonly exit: Exit }
  /** This long after the main process of its unit has ended; where there is none, counted from the start. */
  | { readonly kind: 'after-main'; readonly ms: number; readonly exit: Exit }
  /** It looks again and again, and ends when there is an answer. */
  | { readonly kind: 'polls'; readonly every: number; readonly look: () => Exit | undefined };

export const exitedWith = (code: number): Exit => ({ kind: 'exited', code });
export const killedBy = (signal: Signal): Exit => ({ kind: 'killed', signal });

/** A daemon: runs until it gets a signal, and then ends at once. */
export const daemon: Behaviour = { executesIn: 1, ignores: [], stopsIn: 1 };

/** A command that takes this long and succeeds, unless an exit code is given. */
export function command(ms: number, code = 0): Behaviour {
  return { ...daemon, ends: { kind: 'after', ms, exit: exitedWith(code) } };
}
