/**
 * Scenarios on the engine: a virtual clock, simulated stubs, and latencies as a real host has them,
 * drawn again from each seed. What depends on them is no property of the scenario (expectation.ts).
 */
import type { Effect, Event, EngineInput } from '../../src/supervisor/engine/protocol.ts';
import type { EngineState, RulesVersion } from '../../src/supervisor/engine/state.ts';
import { createEngine, nextDeadline, step } from '../../src/supervisor/engine/step.ts';
import { activeStateOf } from '../../src/supervisor/engine/state.ts';
import type { LoadedUnit } from '../../src/supervisor/load/loaded-unit.ts';
import { type Lateness, latencies } from './latencies.ts';
import { type Mark, type StepView, type UnitView, marksOfChange } from './observation.ts';
import { type Action, type Scenario, betweenActions, readStub } from './scenario.ts';
import { parseStubWord } from './stub.ts';
import { VirtualStubs } from './virtual-stubs.ts';

/** ms. Due later than this counts as never: RestartSec=1h, the default start timeout. */
const horizon = 20_000;
/** A step that moves for longer is not for a test of which thousands must take minutes. */
const longestStep = 9_000;

export interface VirtualRun {
  readonly views: readonly StepView[];
  /** ms each step took to come to rest. */
  readonly settling: readonly number[];
}

/**
 * Undefined where a step does not come to rest in time. `trace` hears all that goes into the engine and comes out.
 */
export function runOnEngine(
  scenario: Scenario,
  units: readonly LoadedUnit[],
  rules: RulesVersion,
  lateness: Lateness,
  trace: (what: Event | Effect, now: number) => void = () => undefined,
): VirtualRun | undefined {
  const world = new VirtualWorld(scenario, units, rules, lateness, trace);
  const views: StepView[] = [];
  const settling: number[] = [];
  for (const actions of scenario.steps) {
    const began = world.now;
    for (const action of actions) world.act(action);
    if (!world.settle(began + longestStep)) return undefined;
    settling.push(world.now - began);
    views.push(world.look(began));
    // The real one is looked at some time after the step has come to rest.
    world.pass(400);
  }
  return { views, settling };
}

class VirtualWorld {
  now = 1_000;
  readonly #scenario: Scenario;
  readonly #late: Lateness;
  #state: EngineState;
  readonly #trace: (what: Event | Effect, now: number) => void;
  readonly #unmet: ReadonlySet<string>;
  readonly #stubs: VirtualStubs;
  readonly #activeStates = new Map<string, string>();
  readonly #marks = new Map<string, Partial<Record<Mark, number>>>();
  readonly #lateness = new Map<number, number>();
  #requests = 0;
  #changes = 0;

  constructor(
    scenario: Scenario,
    units: readonly LoadedUnit[],
    rules: RulesVersion,
    lateness: Lateness,
    trace: (what: Event | Effect, now: number) => void,
  ) {
    this.#trace = trace;
    this.#scenario = scenario;
    this.#late = lateness;
    this.#stubs = new VirtualStubs(lateness);
    // The only condition there is in these units is one that is not met.
    this.#unmet = new Set(
      units.filter(({ conditions }) => conditions.length > 0).map(({ config }) => config.name),
    );
    this.#state = createEngine(
      units.map(({ config }) => config),
      rules,
    );
  }

  act(action: Action): void {
    this.pass(betweenActions + this.#late('request') * latencies.request);
    switch (action.do) {
      case 'wait':
        this.pass(action.ms);
        return;
      case 'kill': {
        const main = this.#state.units.get(action.unit)?.main ?? this.#stubs.forkedBy(action.unit);
        if (main !== undefined) this.#stubs.signal(main, action.signal, this.now);
        return;
      }
      case 'reset-failed':
        this.#feed({ kind: 'reset-failed', unit: action.unit });
        return;
      case 'start':
      case 'stop':
      case 'restart':
        this.#feed({
          kind: 'request',
          request: `${action.do} ${action.unit} #${++this.#requests}`,
          verb: action.do,
          unit: action.unit,
          mode: 'replace',
        });
    }
  }

  /** Lets time pass until nothing is due; false where that is not before the deadline. */
  settle(deadline: number): boolean {
    for (;;) {
      const due = this.#nextDue();
      if (due === undefined) return !this.#isThrottled();
      if (due > deadline) return false;
      this.#advance(due);
    }
  }

  /** When something is upheld so often that it is left alone for a while, what follows hangs on the clock. */
  #isThrottled(): boolean {
    return [...this.#state.units.values()].some(({ autoWindow }) => autoWindow.count > 12);
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (let due = this.#nextDue(); due !== undefined && due <= end; due = this.#nextDue())
      this.#advance(due);
    this.now = end;
  }

  look(began: number): StepView {
    const names = this.#scenario.units.map(({ name }) => name);
    return {
      began,
      units: new Map(names.map((name) => [name, this.#view(name)])),
      marks: new Map(names.map((name) => [name, { ...this.#marks.get(name) }])),
    };
  }

  #view(name: string): UnitView {
    const unit = this.#state.units.get(name);
    if (unit === undefined)
      return { activeState: 'inactive', subState: 'dead', result: 'success', restarts: 0 };
    return {
      activeState: activeStateOf[unit.state],
      subState: unit.state,
      result: unit.result,
      restarts: unit.restarts,
    };
  }

  #nextDue(): number | undefined {
    const deadline = nextDeadline(this.#state);
    const timer = deadline === undefined ? Infinity : deadline + this.#lateBy(deadline);
    const next = Math.min(timer, this.#stubs.nextDue);
    return next > this.now + horizon ? undefined : next;
  }

  #lateBy(deadline: number): number {
    let lateness = this.#lateness.get(deadline);
    if (lateness === undefined)
      this.#lateness.set(deadline, (lateness = this.#late('timer') * latencies.timer));
    return lateness;
  }

  #advance(to: number): void {
    this.now = Math.max(this.now, to);
    if (this.#stubs.nextDue > this.now) {
      this.#feed({ kind: 'tick' });
      return;
    }
    const event = this.#stubs.goOn(this.now);
    if (event !== undefined) this.#feed(event);
  }

  #feed(event: Event): void {
    const surroundings: EngineInput = {
      now: this.now,
      conditions: (unit) => (this.#unmet.has(unit) ? 'condition-unmet' : 'met'),
    };
    this.#trace(event, this.now);
    const { state, effects } = step(this.#state, event, surroundings);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    this.#trace(effect, this.now);
    switch (effect.kind) {
      case 'spawn': {
        const command = this.#scenario.units.find(({ name }) => name === effect.unit)?.service?.commands[
          effect.phase
        ]?.[effect.index];
        if (command === undefined) throw new Error(`no ${effect.phase} ${effect.index} of ${effect.unit}`);
        this.#stubs.spawn(effect, readStub(command).words.map(parseStubWord), this.now);
        return;
      }
      case 'signal':
        this.#stubs.signal(effect.process, effect.signal, this.now);
        return;
      case 'abandon':
        this.#stubs.forget(effect.process);
        return;
      case 'unit-state': {
        const before = this.#activeStates.get(effect.unit) ?? 'inactive';
        this.#activeStates.set(effect.unit, effect.activeState);
        // Changes within one instant keep their order.
        const time = this.now + ++this.#changes / 1e6;
        const changed = marksOfChange(before, effect.activeState).map((mark) => [mark, time] as const);
        this.#marks.set(effect.unit, { ...this.#marks.get(effect.unit), ...Object.fromEntries(changed) });
        return;
      }
      case 'adopt':
      case 'job-new':
      case 'job-ended':
      case 'answered':
      case 'occurred':
        return;
    }
  }
}
