/** Steps of the engine → the events that matter to people: which unit came up, went down or failed, and why. */
import type { Effect, Occurrence } from '../supervisor/engine/protocol.ts';
import { type JobCause, type EngineState, type Exit, activeStateOf } from '../supervisor/engine/state.ts';
import type { WorldStep } from './world.ts';

/** The state of a unit at the end. */
export interface UnitEnd {
  readonly unit: string;
  readonly state: string;
  readonly restarts: number;
  /**
   * Spans in which it was not active after it first was, in ms; the last may be open. The whole time
   * where it never was.
   */
  readonly down: readonly { readonly from: number; readonly to?: number }[];
}

export interface TimelineEntry {
  /** ms since the boot. */
  readonly time: number;
  readonly unit: string;
  readonly what: What;
  /** For people; empty where the event itself says all. */
  readonly why: string;
}

export type What = 'up' | 'down' | 'ended' | 'restarts' | 'failed' | 'not started' | 'note';

export class Timeline {
  readonly entries: TimelineEntry[] = [];
  /** Of each unit, the reason of its latest job. */
  readonly #reasons = new Map<string, string>();
  readonly #active = new Map<string, boolean>();
  readonly #failedUnits = new Set<string>();
  readonly #down = new Map<string, { from: number; to?: number }[]>();

  take({ effects, now }: WorldStep): void {
    const from = this.entries.length;
    for (const effect of effects) this.#takeOne(effect, now);
    // A unit that goes down for a restart is down only for an instant.
    const restartedUnits = new Set(
      this.entries.slice(from).flatMap(({ unit, what }) => (what === 'restarts' ? unit : [])),
    );
    const own = this.entries
      .splice(from)
      .filter(({ unit, what }) => !(restartedUnits.has(unit) && (what === 'failed' || what === 'down')));
    this.entries.push(...own);
  }

  /** Records an action on a unit from outside. */
  note(time: number, unit: string, why: string): void {
    this.entries.push({ time, unit, what: 'note', why });
  }

  /** Every unit that has ever been up, or that should be up and is not. */
  ends(state: EngineState): readonly UnitEnd[] {
    const notStarted = new Set(
      this.entries.flatMap(({ unit, what }) => (what === 'not started' ? unit : [])),
    );
    return [...state.units.values()]
      .filter(
        ({ config, state: sub }) =>
          this.#active.has(config.name) || notStarted.has(config.name) || activeStateOf[sub] !== 'inactive',
      )
      .map(({ config, state: sub, restarts }) => ({
        unit: config.name,
        state: activeStateOf[sub] === 'activating' ? sub : activeStateOf[sub],
        restarts,
        down: this.#active.has(config.name) ? (this.#down.get(config.name) ?? []) : [{ from: 0 }],
      }));
  }

  #takeOne(effect: Effect, time: number): void {
    switch (effect.kind) {
      case 'job-new':
        // A restart has the number it got when it was scheduled.
        if (effect.cause.kind !== 'auto-restart') this.#reasons.set(effect.unit, reasonOf(effect.cause));
        break;
      case 'occurred':
        this.#occurred(effect.unit, effect.occurrence, time);
        break;
      case 'unit-state':
        this.#takeChange(effect, time);
        break;
      case 'spawn':
      case 'signal':
      case 'abandon':
      case 'adopt':
      case 'job-ended':
      case 'answered':
    }
  }

  #occurred(unit: string, occurrence: Occurrence, time: number): void {
    const add = (what: What, why: string): void => {
      this.entries.push({ time, unit, what, why });
    };
    switch (occurrence.kind) {
      case 'process-ended':
        if (occurrence.phase === 'start' && this.#active.get(unit) === true)
          add('ended', exitWords(occurrence.exit));
        break;
      case 'restart-scheduled':
        this.#reasons.set(unit, `restart ${String(occurrence.restarts)}`);
        add('restarts', `in ${seconds(occurrence.at - time)}, restart ${String(occurrence.restarts)}`);
        break;
      case 'dependency-failed':
        add('not started', `${occurrence.dependency} did not start (${occurrence.result})`);
        break;
      case 'start-limit-hit':
        add('not started', 'too many starts (StartLimitBurst=)');
        break;
      case 'timed-out':
        add('note', `took too long in ${occurrence.state}`);
        break;
      case 'condition-unmet':
        add('not started', 'a condition is not met');
        break;
      case 'lost-binding':
    }
  }

  #takeChange({ unit, activeState, result }: Extract<Effect, { kind: 'unit-state' }>, time: number): void {
    const was = this.#active.get(unit);
    const hadFailed = this.#failedUnits.has(unit);
    this.#failedUnits[activeState === 'failed' ? 'add' : 'delete'](unit);
    const why = this.#reasons.get(unit) ?? '';
    const spans = this.#down.get(unit) ?? [];
    if (activeState === 'active' && was !== true) {
      this.#active.set(unit, true);
      const last = spans.at(-1);
      if (last !== undefined) last.to = time;
      this.entries.push({ time, unit, what: 'up', why });
    } else if (activeState !== 'active' && was === true) {
      this.#active.set(unit, false);
      this.#down.set(unit, [...spans, { from: time }]);
    }
    if (activeState === 'failed' && !hadFailed)
      this.entries.push({ time, unit, what: 'failed', why: result });
    if (activeState === 'inactive' && was !== undefined) this.entries.push({ time, unit, what: 'down', why });
  }
}

/** One link of the causal chain, in the words of the cause. */
function reasonOf(cause: JobCause): string {
  switch (cause.kind) {
    case 'request':
      return cause.request;
    case 'dependency':
      return dependencyWords[cause.by]?.(cause.of) ?? `with ${cause.of}`;
    case 'auto-restart':
      return 'it ended';
    case 'on-failure':
      return `${cause.of} failed (OnFailure=)`;
    case 'on-success':
      return `${cause.of} succeeded (OnSuccess=)`;
    case 'upheld':
      return `${cause.by} upholds it`;
    case 'bound':
      return `${cause.to}, which it is bound to, is gone`;
    case 'retroactive':
      return `${cause.of} changed`;
  }
}

const dependencyWords: Readonly<Record<string, ((of: string) => string) | undefined>> = {
  pullInStart: (of) => `${of} requires it`,
  pullInStartIgnored: (of) => `${of} wants it`,
  pullInVerify: (of) => `${of} needs it up`,
  pullInStop: (of) => `conflicts with ${of}`,
  pullInStopIgnored: (of) => `conflicts with ${of}`,
  propagateStop: (of) => `${of} stops`,
  propagateRestart: (of) => `${of} restarts`,
};

function exitWords(exit: Exit): string {
  return exit.kind === 'exited' ? `exit code ${String(exit.code)}` : `killed by ${exit.signal}`;
}

const seconds = (ms: number): string => `${String(Math.round(ms) / 1000)} s`;
