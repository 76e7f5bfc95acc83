/** Owns the state of the unit engine: takes events one after the other, executes effects in order. */
import type { Effect, Event, EngineInput } from '../engine/protocol.ts';
import type { EngineState, RulesVersion } from '../engine/state.ts';
import { createEngine, nextDeadline, step } from '../engine/step.ts';
import type { UnitConfig } from '../engine/unit-config.ts';
import type { Clock } from './ports.ts';

/** The longest delay of a Node timer, in ms. */
const longestTimer = 2 ** 31 - 1;

export interface EngineLoopListener {
  conditions: EngineInput['conditions'];
  effect(effect: Effect): void;
  /** Called after each event and its effects. */
  onSettled(): void;
}

export class EngineLoop {
  readonly #clock: Clock;
  readonly #listener: EngineLoopListener;
  readonly #pending: Event[] = [];
  #state: EngineState;
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number | undefined;
  #isClosed = false;

  constructor(units: readonly UnitConfig[], rules: RulesVersion, clock: Clock, listener: EngineLoopListener) {
    this.#state = createEngine(units, rules);
    this.#clock = clock;
    this.#listener = listener;
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Takes the event now, or, while another is in progress, right after the earlier ones. */
  send(event: Event): void {
    if (this.#isClosed) return;
    this.#pending.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift())
        this.#take(next);
    } finally {
      this.#busy = false;
    }
    this.#setTimer();
  }

  /** Takes no more events. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #take(event: Event): void {
    const { state, effects } = step(this.#state, event, {
      now: this.#clock.now(),
      conditions: this.#listener.conditions,
    });
    this.#state = state;
    for (const effect of effects) this.#listener.effect(effect);
    this.#listener.onSettled();
  }

  #setTimer(): void {
    const at = nextDeadline(this.#state);
    if (at === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === undefined || at === Infinity) return;
    // Rounded up: a timer that fires early would only be set again.
    const wait = Math.min(Math.max(0, Math.ceil(at - this.#clock.now())), longestTimer);
    this.#timer = setTimeout(() => {
      this.#timerAt = undefined;
      this.send({ kind: 'tick' });
    }, wait);
  }
}
