/** systemd's count of starts, where it differs from the engine's. */
import type { Effect, Event } from '../../src/supervisor/engine/protocol.ts';
import type { RulesVersion } from '../../src/supervisor/engine/state.ts';
import { loadScenario } from './load-scenario.ts';
import type { Scenario } from './scenario.ts';
import { runOnEngine } from './virtual-run.ts';

/**
 * In which step (from 0) systemd finds that the unit was started too often, by counting what the engine does not;
 * undefined where it does not. systemd counts each try of a start job: one that finds the unit on its way up has
 * nothing to do; one that finds it on its way down waits, and is tried again when the unit comes to another state.
 */
export function limitHitByTries(scenario: Scenario, unit: string, version: RulesVersion): number | undefined {
  const burst = scenario.units.find(({ name }) => name === unit)?.startBurst;
  if (burst === undefined) return undefined;
  const tries = new Tries(unit);
  let hitAt: number | undefined;
  const hear = (what: Event | Effect, now: number): void => {
    tries.hear(what);
    if (tries.inVain > 0 && tries.inVain + tries.starts > burst) hitAt ??= now;
  };
  const run = runOnEngine(scenario, loadScenario(scenario, version), version, () => 0, hear);
  if (hitAt === undefined || run === undefined) return undefined;
  const time = hitAt;
  return run.views.findLastIndex(({ began }) => began <= time);
}

/** Of one unit, since they were last forgotten. */
class Tries {
  starts = 0;
  inVain = 0;
  readonly #unit: string;
  #way: Way = 'none';
  #isBegun = false;
  /** The start job that waits for the unit to be down. */
  #waiting: number | undefined;

  constructor(unit: string) {
    this.#unit = unit;
  }

  hear(what: Event | Effect): void {
    if (!('unit' in what) || what.unit !== this.#unit) return;
    if (what.kind === 'reset-failed') this.starts = this.inVain = 0;
    else if (what.kind === 'job-new' && what.type === 'start' && this.#way !== 'none') {
      this.inVain++;
      if (this.#way === 'down') this.#waiting = what.job;
    } else if (what.kind === 'job-ended' && what.job === this.#waiting) this.#waiting = undefined;
    else if (what.kind === 'spawn' && !this.#isBegun) {
      this.#isBegun = true;
      this.starts++;
    } else if (what.kind === 'unit-state') this.#comeTo(what);
  }

  #comeTo(state: StateChange): void {
    this.#way = wayOf(state);
    if (this.#way === 'none' && state.activeState !== 'active') this.#isBegun = false;
    if (this.#way !== 'down') this.#waiting = undefined;
    else if (this.#waiting !== undefined) this.inVain++;
  }
}

/** Whether a start job of the unit is made while its processes are on their way up or down. */
export function isStartedOnItsWay(scenario: Scenario, unit: string, version: RulesVersion): boolean {
  let way: Way = 'none';
  let isStarted = false;
  const hear = (what: Event | Effect): void => {
    if (!('unit' in what) || what.unit !== unit) return;
    if (what.kind === 'unit-state') way = wayOf(what);
    if (what.kind === 'job-new' && what.type !== 'stop') isStarted ||= way !== 'none';
  };
  runOnEngine(scenario, loadScenario(scenario, version), version, () => 0, hear);
  return isStarted;
}

type StateChange = Extract<Effect, { kind: 'unit-state' }>;

function wayOf({ activeState, subState }: StateChange): Way {
  return delays.has(subState) ? 'none' : (ways[activeState] ?? 'none');
}

type Way = 'down' | 'up' | 'none';
const ways: Readonly<Partial<Record<string, Way>>> = { deactivating: 'down', activating: 'up' };
const delays: ReadonlySet<string> = new Set(['auto-restart', 'auto-restart-queued']);
