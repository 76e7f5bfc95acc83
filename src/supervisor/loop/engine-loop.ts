/** Owns the state of the engine of units: events go in one after the other, effects are carried out in order. */
import type { Effect, Event, EngineInput } from '../engine/protocol.ts';
import type { EngineState, RulesVersion } from '../engine/state.ts';
import { createEngine, nextDeadline, step } from '../engine/step.ts';
import type { UnitConfig } from '../engine/unit-config.ts';
import type { Clock } from './ports.ts';

/** The longest a timer of Node can wait, in ms. */
const longestTimer = 2 ** 31 - 1;

export interface EngineLoopListener {
  conditions: EngineInput['conditions'];
  effect(effect: Effect): void;
  /** After each event and its effects. */
  settled(): void;
}

export class EngineLoop {
  readonly #clock: Clock;
  readonly #listener: EngineLoopListener;
  readonly #pending: Event[] = [];
  #state: EngineState;
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number | undefined;
  #closed = false;

  constructor(units: readonly UnitConfig[], rules: RulesVersion, clock: Clock, listener: EngineLoopListener) {
    this.#state = createEngine(units, rules);
    this.#clock = clock;
    this.#listener = listener;
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Takes the event now, or, in the middle of another, right after those that came before. */
  send(event: Event): void {
    if (this.#closed) return;
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

  /** Nothing is taken any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #take(event: Event): void {
    const { state, effects } = step(this.#state, event, {
      now: this.#clock.now(),
      conditions: this.#listener.conditions,
    });
    this.#state = state;
    for (const effect of effects) this.#listener.effect(effect);
    this.#listener.settled();
  }

  #setTimer(): void {
    const at = nextDeadline(this.#state);
    if (at === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === undefined || at === Infinity) return;
    // Rounded up: a timer that comes early would only be set again.
    const wait = Math.min(Math.max(0, Math.ceil(at - this.#clock.now())), longestTimer);
    this.#timer = setTimeout(() => {
      this.#timerAt = undefined;
      this.send({ kind: 'tick' });
    }, wait);
  }
}
