/**
 * Scenarios on the engine: a virtual clock, simulated stubs, and latencies as a real host has them,
 * drawn anew from each seed. What depends on them is no property of the scenario (expectation.ts).
 */
import type { Effect, Event, Surroundings } from '../../src/supervisor/engine/protocol.ts';
import type { EngineState, Exit, ProcessId, RulesVersion } from '../../src/supervisor/engine/state.ts';
import { createEngine, nextDeadline, step } from '../../src/supervisor/engine/step.ts';
import type { Signal } from '../../src/supervisor/engine/unit-config.ts';
import { activeStateOf } from '../../src/supervisor/engine/state.ts';
import type { LoadedUnit } from '../../src/supervisor/load/loaded-unit.ts';
import { type Mark, type StepView, type UnitView, marksOfChange } from './observation.ts';
import { type Action, type Scenario, betweenActions, readStub } from './scenario.ts';
import { type StubWord, parseStubWord } from './stub.ts';

/** ms. Due later than this counts as never: RestartSec=1h, the default start timeout. */
const horizon = 20_000;
/** A step that moves for longer is not for a test of which thousands must take minutes. */
const longestStep = 9_000;

/** Latencies of a real host in ms, each drawn between 0 and its bound. */
interface Latencies {
  /** From fork to the stub's first word, on a machine with other things to do. */
  readonly spawn: number;
  /** From a process's end to systemd's knowing. */
  readonly notice: number;
  /** sd-event's timers are up to 250 ms late unless told otherwise, so as to wake up once for several. */
  readonly timer: number;
  /** From a request to its being taken. */
  readonly request: number;
}
const latencies: Latencies = { spawn: 80, notice: 60, timer: 260, request: 150 };

/** How late something is, from 0 to 1 of its bound. */
export type Lateness = (of: keyof Latencies) => number;

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

interface Stub {
  readonly id: ProcessId;
  readonly unit: string;
  readonly words: readonly StubWord[];
  next: number;
  readonly ignored: Set<string>;
  /** When it goes on, or, once `exit` is set, when its end is known; undefined: never by itself. */
  due: number | undefined;
  exit?: Exit;
  executed: boolean;
  /** The child that `fork` left; the process of the engine has exited. */
  forked: boolean;
}

class VirtualWorld {
  now = 1_000;
  readonly #scenario: Scenario;
  readonly #late: Lateness;
  #state: EngineState;
  readonly #trace: (what: Event | Effect, now: number) => void;
  readonly #unmet: ReadonlySet<string>;
  readonly #stubs = new Map<ProcessId, Stub>();
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
        const forked = [...this.#stubs.values()].find((stub) => stub.forked && stub.unit === action.unit);
        const main = this.#state.units.get(action.unit)?.main ?? forked?.id;
        if (main !== undefined) this.#signal(main, action.signal);
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
    const next = Math.min(timer, ...[...this.#stubs.values()].map(({ due }) => due ?? Infinity));
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
    const stub = [...this.#stubs.values()].find(({ due }) => due !== undefined && due <= this.now);
    if (stub === undefined) this.#feed({ kind: 'tick' });
    else this.#goOn(stub);
  }

  #goOn(stub: Stub): void {
    if (stub.exit !== undefined) {
      this.#stubs.delete(stub.id);
      if (stub.forked) this.#feed({ kind: 'group-gone', process: stub.id });
      else this.#feed({ kind: 'exited', process: stub.id, exit: stub.exit, survivors: false });
      return;
    }
    if (!stub.executed) {
      stub.executed = true;
      this.#feed({ kind: 'executed', process: stub.id });
      return;
    }
    this.#sayNext(stub);
  }

  #sayNext(stub: Stub): void {
    const word = stub.words[stub.next++];
    switch (word?.do) {
      case undefined:
        this.#end(stub, { kind: 'exited', code: 0 });
        return;
      case 'exit':
        this.#end(stub, { kind: 'exited', code: word.code });
        return;
      case 'kill':
        if (stub.ignored.has(word.signal)) stub.due = undefined;
        else this.#end(stub, { kind: 'killed', signal: word.signal });
        return;
      case 'trap':
        stub.ignored.add(word.signal);
        return;
      case 'sleep':
        stub.due = this.now + word.ms;
        return;
      case 'hang':
        stub.due = undefined;
        return;
      case 'ready':
        this.#feed({ kind: 'ready', unit: stub.unit });
        return;
      case 'fork':
        stub.forked = true;
        this.#feed({
          kind: 'exited',
          process: stub.id,
          exit: { kind: 'exited', code: 0 },
          survivors: true,
        });
    }
  }

  /**
   * What is to stop for having started, being bound to what is not there, is sent its signal only once
   * systemd has run all other jobs that are due. A process that is not late at all has by then done what
   * takes no time; one that is late has not, and is not even executed.
   */
  #outrun(stub: Stub): void {
    while (stub.exit === undefined && takesNoTime(stub)) this.#sayNext(stub);
  }

  #end(stub: Stub, exit: Exit): void {
    stub.exit = exit;
    stub.due = this.now + this.#late('notice') * latencies.notice;
  }

  #signal(process: ProcessId, signal: Signal): void {
    const stub = this.#stubs.get(process);
    if (stub === undefined || stub.exit !== undefined || signal === 'SIGCONT') return;
    if (signal !== 'SIGKILL' && stub.ignored.has(signal)) return;
    this.#end(stub, { kind: 'killed', signal });
  }

  #feed(event: Event): void {
    const surroundings: Surroundings = {
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
        const lateness = this.#late('spawn');
        const stub: Stub = {
          id: effect.process,
          unit: effect.unit,
          words: readStub(command).words.map(parseStubWord),
          next: 0,
          ignored: new Set(),
          due: this.now + lateness * latencies.spawn,
          executed: false,
          forked: false,
        };
        this.#stubs.set(stub.id, stub);
        if (lateness === 0) this.#outrun(stub);
        return;
      }
      case 'signal':
        this.#signal(effect.process, effect.signal);
        return;
      case 'abandon':
        this.#stubs.delete(effect.process);
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

/** Whether what it does next goes on at once, and systemd is not told of it while the process lives. */
function takesNoTime({ words, next, ignored }: Stub): boolean {
  const word = words[next];
  if (word === undefined) return true;
  return word.do === 'trap' || word.do === 'exit' || (word.do === 'kill' && !ignored.has(word.signal));
}
