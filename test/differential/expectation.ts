/**
 * What a scenario must come to on systemd by the engine's word: only what the engine says whatever
 * the latencies are. A scenario whose outcome hangs on who is faster says nothing about either.
 */
import type { RulesVersion } from '../../src/supervisor/engine/state.ts';
import { type Mark, type StepView, type UnitView, marks } from './observation.ts';
import { loadScenario } from './load-scenario.ts';
import type { Scenario } from './scenario.ts';
import { randomFrom } from './random.ts';
import type { Lateness } from './latencies.ts';
import { runOnEngine, type VirtualRun } from './virtual-run.ts';

export interface Expectation {
  readonly steps: readonly ExpectedStep[];
}

export interface ExpectedStep {
  /** ms, the longest of all runs. */
  readonly settling: number;
  readonly units: ReadonlyMap<string, UnitView>;
  /** The changes of state that happened in this step. */
  readonly changes: readonly Change[];
  /** Of those, which came before which; only where the order is defined. */
  readonly order: readonly (readonly [Change, Change])[];
}

export interface Change {
  readonly unit: string;
  readonly mark: Mark;
}

/** Why a scenario is not run at all: it never comes to rest, or its outcome depends on latencies. */
export type Rejection = 'restless' | 'racy';

/** Runs with latencies drawn differently that must all end the same. */
const kinds = ['spawn', 'notice', 'timer', 'request'] as const;
const extremes = 2 ** kinds.length;
const variants = extremes + 6;
/** ms between two changes in every run, from which on their order counts though no After= defines it. */
const clearlyBefore = 150;
/** Between units that are ordered the second change follows the first within this many ms: it waited for it. */
const atOnce = 1;

export function expect(scenario: Scenario, rules: RulesVersion): Expectation | Rejection {
  const units = loadScenario(scenario, rules);
  const runs: VirtualRun[] = [];
  for (let variant = 0; variant < variants; variant++) {
    const run = runOnEngine(scenario, units, rules, latenessOf(variant));
    if (run === undefined) return 'restless';
    if (runs[0] !== undefined && !sameOutcome(runs[0], run)) return 'racy';
    runs.push(run);
  }
  const ordered = orderedPairs(scenario);
  return {
    steps: scenario.steps.map((_, index) => {
      const views = runs.flatMap((run) => run.views[index] ?? []);
      const [first] = views;
      if (first === undefined) throw new Error('a run has a view of each step');
      const changes = changesIn(first);
      return {
        settling: Math.max(...runs.map((run) => run.settling[index] ?? 0)),
        units: first.units,
        changes,
        order: definedOrder(changes, views, ordered),
      };
    }),
  };
}

/** Each latency at its least or at its most, in all combinations, and then drawn. */
function latenessOf(variant: number): Lateness {
  if (variant >= extremes) return randomFrom(variant);
  return (of) => (variant >> kinds.indexOf(of)) & 1;
}

function sameOutcome(left: VirtualRun, right: VirtualRun): boolean {
  return left.views.every((view, index) => {
    const other = right.views[index];
    return other !== undefined && outcome(view) === outcome(other);
  });
}

function outcome(view: StepView): string {
  return JSON.stringify([[...view.units], changesIn(view)]);
}

/** By unit and mark, in a fixed order. */
export function changesIn(view: StepView): readonly Change[] {
  return [...view.units.keys()].flatMap((unit) =>
    marks.filter((mark) => timeOf(view, { unit, mark }) >= view.began).map((mark) => ({ unit, mark })),
  );
}

export function timeOf(view: StepView, { unit, mark }: Change): number {
  return view.marks.get(unit)?.[mark] ?? -Infinity;
}

function definedOrder(
  changes: readonly Change[],
  views: readonly StepView[],
  ordered: ReadonlySet<string>,
): readonly (readonly [Change, Change])[] {
  return changes.flatMap((one) =>
    changes.flatMap((other) => {
      const gaps = views.map((view) => timeOf(view, other) - timeOf(view, one));
      const related = one.unit === other.unit || ordered.has(`${one.unit} ${other.unit}`);
      const isCause = related && gaps.every((gap) => gap > 0 && gap < atOnce);
      return isCause || gaps.every((gap) => gap >= clearlyBefore) ? [[one, other] as const] : [];
    }),
  );
}

/** `a b` and `b a` where one says After= or Before= of the other. */
function orderedPairs({ units }: Scenario): ReadonlySet<string> {
  return new Set(
    units.flatMap(({ name, dependencies: { After = [], Before = [] } }) =>
      [...After, ...Before].flatMap((other) => [`${name} ${other}`, `${other} ${name}`]),
    ),
  );
}
