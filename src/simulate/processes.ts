/** The simulated processes: which of them live, how they end, and the events they report. */
import type { Event } from '../supervisor/engine/protocol.ts';
import type { Exit, ProcessId } from '../supervisor/engine/state.ts';
import type { Signal } from '../supervisor/engine/unit-config.ts';
import { type Behaviour, exitedWith, killedBy, type Spawned } from './behaviour.ts';

export interface VirtualClock {
  after(ms: number, act: () => void): void;
  report(news: Event): void;
}

interface Virtual extends Spawned {
  readonly behaviour: Behaviour;
  readonly main: () => ProcessId | undefined;
  /** Set once it has ended. */
  exit: Exit | undefined;
  /** Other processes of its group live. */
  survivors: boolean;
  /** The engine no longer waits for it. */
  abandoned: boolean;
}

export class Processes {
  readonly #clock: VirtualClock;
  readonly #all = new Map<ProcessId, Virtual>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  spawn(spawned: Spawned, behaviour: Behaviour, main: () => ProcessId | undefined): void {
    const { unit, phase, index, process: id } = spawned;
    const survivors = behaviour.survivorsFor !== undefined;
    const made: Virtual = {
      ...{ unit, phase, index, process: id, behaviour, main },
      ...{ exit: undefined, survivors, abandoned: false },
    };
    this.#all.set(id, made);
    this.#clock.after(behaviour.executesIn, () => {
      if (made.exit !== undefined) return;
      this.#clock.report({ kind: 'executed', process: id });
      this.#live(made);
    });
  }

  /** kill(2), to the process or to its group. */
  signal(id: ProcessId, signal: Signal, to: 'process' | 'group'): void {
    const known = this.#all.get(id);
    if (known === undefined || signal === 'SIGCONT') return;
    const { behaviour } = known;
    if (signal !== 'SIGKILL' && behaviour.ignores.includes(signal)) return;
    if (to === 'group' && known.survivors) this.#groupEnds(known);
    if (known.exit !== undefined) return;
    if (signal === 'SIGKILL') this.end(id, killedBy(signal));
    else {
      const exit = (signal === 'SIGTERM' ? behaviour.stopExit : undefined) ?? killedBy(signal);
      this.#clock.after(behaviour.stopsIn, () => {
        this.end(id, exit);
      });
    }
  }

  /** Ends it, unless it has ended already. */
  end(id: ProcessId, exit: Exit): void {
    const known = this.#all.get(id);
    if (known === undefined || known.exit !== undefined) return;
    known.exit = exit;
    this.#clock.report({ kind: 'exited', process: id, exit, survivors: known.survivors });
    const { survivorsFor = Infinity } = known.behaviour;
    if (known.survivors && survivorsFor !== Infinity) {
      this.#clock.after(survivorsFor, () => {
        this.#groupEnds(known);
      });
    }
    for (const other of this.#all.values()) {
      const { ends } = other.behaviour;
      if (ends?.kind === 'after-main' && other.unit === known.unit && other.main() === id)
        this.#endIn(other, ends.ms, ends.exit);
    }
  }

  abandon(id: ProcessId): void {
    const known = this.#all.get(id);
    if (known !== undefined) known.abandoned = true;
  }

  isAlive(id: ProcessId): boolean {
    const known = this.#all.get(id);
    return known !== undefined && known.exit === undefined;
  }

  find(id: ProcessId): Spawned | undefined {
    return this.#all.get(id);
  }

  /** The result of an inspection: an unknown process is gone. */
  statusOf(id: ProcessId): { readonly exit: Exit | undefined; readonly survivors: boolean } {
    const known = this.#all.get(id);
    return known === undefined ? { exit: exitedWith(255), survivors: false } : known;
  }

  /** Those that live and that the engine waits for. */
  living(): readonly Spawned[] {
    return [...this.#all.values()].filter(({ exit, abandoned }) => exit === undefined && !abandoned);
  }

  #live(known: Virtual): void {
    const { process: id, unit, behaviour, main } = known;
    const { ends, readyIn, stopsMain } = behaviour;
    if (readyIn !== undefined) {
      this.#clock.after(readyIn, () => {
        if (known.exit === undefined) this.#clock.report({ kind: 'ready', unit });
      });
    }
    const mainId = main();
    if (stopsMain === true && mainId !== undefined) this.signal(mainId, 'SIGTERM', 'process');
    switch (ends?.kind) {
      case 'after':
        this.#endIn(known, ends.ms, ends.exit);
        break;
      case 'after-main':
        if (mainId === undefined || !this.isAlive(mainId)) this.#endIn(known, ends.ms, ends.exit);
        break;
      case 'polls': {
        const look = (): void => {
          if (known.exit !== undefined) return;
          const exit = ends.look();
          if (exit !== undefined) this.end(id, exit);
          else this.#clock.after(ends.every, look);
        };
        look();
        break;
      }
      case undefined:
    }
  }

  #endIn({ process: id }: Virtual, ms: number, exit: Exit): void {
    this.#clock.after(ms, () => {
      this.end(id, exit);
    });
  }

  /** The rest of its group is gone; reported only once the process itself has ended. */
  #groupEnds(known: Virtual): void {
    if (!known.survivors) return;
    known.survivors = false;
    if (known.exit !== undefined) this.#clock.report({ kind: 'group-gone', process: known.process });
  }
}
