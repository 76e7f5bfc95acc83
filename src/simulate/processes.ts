/** The simulated processes: which of them live, how they end, and the events they report. */
import type { Event } from '../supervisor/engine/protocol.ts';
import type { Exit, ProcessId } from '../supervisor/engine/state.ts';
import type { Signal } from '../supervisor/engine/unit-config.ts';
import { type Behaviour, exitedWith, killedBy, type SpawnedProcess } from './behaviour.ts';

export interface VirtualClock {
  after(ms: number, act: () => void): void;
  report(news: Event): void;
}

interface Virtual extends SpawnedProcess {
  readonly behaviour: Behaviour;
  readonly main: () => ProcessId | undefined;
  /** Set once it has ended. */
  exit: Exit | undefined;
  /** Other processes of its group live. */
  survivors: boolean;
  /** The engine no longer waits for it. */
  isAbandoned: boolean;
}

export class Processes {
  readonly #clock: VirtualClock;
  readonly #all = new Map<ProcessId, Virtual>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  spawn(child: SpawnedProcess, behaviour: Behaviour, main: () => ProcessId | undefined): void {
    const { unit, phase, index, process: id } = child;
    const survivors = behaviour.survivorsFor !== undefined;
    const virtual: Virtual = {
      ...{ unit, phase, index, process: id, behaviour, main },
      ...{ exit: undefined, survivors, isAbandoned: false },
    };
    this.#all.set(id, virtual);
    this.#clock.after(behaviour.executesIn, () => {
      if (virtual.exit !== undefined) return;
      this.#clock.report({ kind: 'executed', process: id });
      this.#live(virtual);
    });
  }

  /** kill(2), to the process or to its group. */
  signal(id: ProcessId, signal: Signal, to: 'process' | 'group'): void {
    const virtual = this.#all.get(id);
    if (virtual === undefined || signal === 'SIGCONT') return;
    const { behaviour } = virtual;
    if (signal !== 'SIGKILL' && behaviour.ignores.includes(signal)) return;
    if (to === 'group' && virtual.survivors) this.#groupEnds(virtual);
    if (virtual.exit !== undefined) return;
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
    const virtual = this.#all.get(id);
    if (virtual === undefined || virtual.exit !== undefined) return;
    virtual.exit = exit;
    this.#clock.report({ kind: 'exited', process: id, exit, survivors: virtual.survivors });
    const { survivorsFor = Infinity } = virtual.behaviour;
    if (virtual.survivors && survivorsFor !== Infinity) {
      this.#clock.after(survivorsFor, () => {
        this.#groupEnds(virtual);
      });
    }
    for (const other of this.#all.values()) {
      const { ends } = other.behaviour;
      if (ends?.kind === 'after-main' && other.unit === virtual.unit && other.main() === id)
        this.#endIn(other, ends.ms, ends.exit);
    }
  }

  abandon(id: ProcessId): void {
    const virtual = this.#all.get(id);
    if (virtual !== undefined) virtual.isAbandoned = true;
  }

  isAlive(id: ProcessId): boolean {
    const virtual = this.#all.get(id);
    return virtual !== undefined && virtual.exit === undefined;
  }

  find(id: ProcessId): SpawnedProcess | undefined {
    return this.#all.get(id);
  }

  /** The result of an inspection: an unknown process is gone. */
  statusOf(id: ProcessId): { readonly exit: Exit | undefined; readonly survivors: boolean } {
    const virtual = this.#all.get(id);
    return virtual === undefined ? { exit: exitedWith(255), survivors: false } : virtual;
  }

  /** Those that live and that the engine waits for. */
  living(): readonly SpawnedProcess[] {
    return [...this.#all.values()].filter(({ exit, isAbandoned }) => exit === undefined && !isAbandoned);
  }

  #live(virtual: Virtual): void {
    const { process: id, unit, behaviour, main } = virtual;
    const { ends, readyIn, stopsMain } = behaviour;
    if (readyIn !== undefined) {
      this.#clock.after(readyIn, () => {
        if (virtual.exit === undefined) this.#clock.report({ kind: 'ready', unit });
      });
    }
    const mainId = main();
    if (stopsMain === true && mainId !== undefined) this.signal(mainId, 'SIGTERM', 'process');
    switch (ends?.kind) {
      case 'after':
        this.#endIn(virtual, ends.ms, ends.exit);
        break;
      case 'after-main':
        if (mainId === undefined || !this.isAlive(mainId)) this.#endIn(virtual, ends.ms, ends.exit);
        break;
      case 'polls': {
        const look = (): void => {
          if (virtual.exit !== undefined) return;
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
  #groupEnds(virtual: Virtual): void {
    if (!virtual.survivors) return;
    virtual.survivors = false;
    if (virtual.exit !== undefined) this.#clock.report({ kind: 'group-gone', process: virtual.process });
  }
}
