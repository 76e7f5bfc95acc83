/**
 * The engine in a world without a host: a virtual clock, processes that are numbers and behaviours, and
 * news of them that arrive as the caller decides. Its behaviour depends on its options alone.
 */
import type { Effect, Event, EngineInput } from '../supervisor/engine/protocol.ts';
import type { EngineState, Exit, ProcessId, RulesVersion } from '../supervisor/engine/state.ts';
import { createEngine, nextDeadline, step } from '../supervisor/engine/step.ts';
import type { UnitConfig } from '../supervisor/engine/unit-config.ts';
import type { Behaviour, SpawnedProcess } from './behaviour.ts';
import { Processes } from './processes.ts';

export interface WorldOptions {
  readonly units: readonly UnitConfig[];
  readonly rules: RulesVersion;
  /** The behaviour of a command, requested as it is started. */
  readonly behave: (child: SpawnedProcess) => Behaviour;
  /** When absent, all conditions are met. */
  readonly conditions?: EngineInput['conditions'];
  /** After every step, before the next event. */
  readonly observe?: (step: WorldStep) => void;
  /**
   * How long news are in transit, in ms: one number for each time they arrive, none where they are lost.
   * When absent, news arrive at once. A lost tick is tried again after a second.
   */
  readonly deliver?: (news: Event) => readonly number[];
}

export interface WorldStep {
  readonly now: number;
  readonly event: Event;
  readonly before: EngineState;
  readonly after: EngineState;
  readonly effects: readonly Effect[];
}

/** ms between two ticks, so that repeated ticks let time pass. */
const leastPause = 1;
/** ms after which the world notices that a tick was lost. */
const tickRetry = 1_000;

export class World {
  readonly processes: Processes;
  readonly #options: WorldOptions;
  readonly #agenda: Appointment[] = [];
  #state: EngineState;
  #now = 0;
  #nextNumber = 0;
  #lastTick = -1;
  /** The deadline the clock is set to, and when it rings. */
  #alarm: { readonly deadline: number; readonly at: number } | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#state = createEngine(options.units, options.rules);
    this.processes = new Processes({
      after: (ms, act) => {
        this.at(this.#now + ms, act);
      },
      report: (news) => {
        this.#send(news);
      },
    });
  }

  get now(): number {
    return this.#now;
  }
  get state(): EngineState {
    return this.#state;
  }

  /** Does something at a time; of actions due at the same time, the first requested one runs first. */
  at(time: number, act: () => void): void {
    this.#agenda.push({ time: Math.max(time, this.#now), number: this.#nextNumber++, act });
  }

  /** Hands the engine an event now. */
  tell(event: Event): void {
    const before = this.#state;
    const surroundings: EngineInput = {
      now: this.#now,
      conditions: this.#options.conditions ?? ((): 'met' => 'met'),
    };
    const { state, effects } = step(before, event, surroundings);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#options.observe?.({ now: this.#now, event, before, after: state, effects });
  }

  /** Lets time pass up to and including the given moment, with all events until then. */
  run(until: number): void {
    for (let next = this.#next(); next.time <= until; next = this.#next()) {
      this.#now = Math.max(this.#now, next.time);
      next.act();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** The time of the next event that happens by itself; infinity where there is none. */
  nextTime(): number {
    return this.#next().time;
  }

  /** The loop's reconciliation: reports the state of every process that the engine knows. */
  inspect(): void {
    for (const { id, alive } of this.#state.processes.values()) {
      const status = this.processes.statusOf(id);
      if (alive && status.exit !== undefined) {
        this.tell({ kind: 'exited', process: id, exit: status.exit, survivors: status.survivors });
      } else if (!alive && !status.survivors) this.tell({ kind: 'group-gone', process: id });
    }
  }

  /** The process that is the unit's main one and lives. */
  mainOf(unit: string): ProcessId | undefined {
    const main = this.#state.units.get(unit)?.main;
    return main !== undefined && this.processes.isAlive(main) ? main : undefined;
  }

  /** Ends the unit's main process; false where it has none. */
  crash(unit: string, exit: Exit): boolean {
    const main = this.mainOf(unit);
    if (main !== undefined) this.processes.end(main, exit);
    return main !== undefined;
  }

  #send(news: Event): void {
    for (const ms of this.#options.deliver?.(news) ?? [0]) {
      this.at(this.#now + ms, () => {
        this.tell(news);
      });
    }
  }

  #next(): Appointment {
    let first = this.#tick();
    for (const one of this.#agenda) {
      if (one.time < first.time || (one.time === first.time && one.number < first.number)) first = one;
    }
    const { act } = first;
    const at = this.#agenda.indexOf(first);
    return {
      ...first,
      act: () => {
        if (at >= 0) this.#agenda.splice(at, 1);
        act();
      },
    };
  }

  /** Comes after all other events that are due at the same time. */
  #tick(): Appointment {
    const deadline = nextDeadline(this.#state);
    const none = { time: Infinity, number: Infinity, act: (): void => undefined };
    if (deadline === undefined) return none;
    if (this.#alarm?.deadline !== deadline) {
      const [late] = this.#options.deliver?.({ kind: 'tick' }) ?? [0];
      this.#alarm = {
        deadline,
        at: Math.max(this.#now, deadline, this.#lastTick + leastPause) + (late ?? tickRetry),
      };
    }
    return {
      ...none,
      time: this.#alarm.at,
      act: () => {
        this.#alarm = undefined;
        this.#lastTick = this.#now;
        this.tell({ kind: 'tick' });
      },
    };
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'spawn':
        this.processes.spawn(
          effect,
          this.#options.behave(effect),
          () => this.#state.units.get(effect.unit)?.main,
        );
        break;
      case 'signal':
        this.processes.signal(effect.process, effect.signal, effect.to);
        break;
      case 'abandon':
        this.processes.abandon(effect.process);
        break;
      case 'adopt':
        this.processes.spawn(
          { ...effect, phase: 'start', index: 0 },
          this.#options.behave({ ...effect, phase: 'start', index: 0 }),
          () => undefined,
        );
        break;
      case 'job-new':
      case 'job-ended':
      case 'unit-state':
      case 'answered':
      case 'occurred':
    }
  }
}

interface Appointment {
  readonly time: number;
  /** Orders events of the same time. */
  readonly number: number;
  readonly act: () => void;
}
