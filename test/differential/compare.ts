/** Where what systemd did differs from what the engine says. */
import { type Expectation, type ExpectedStep, changesIn, timeOf } from './expectation.ts';
import type { StepView, UnitView } from './observation.ts';

export interface Difference {
  /** From 0. */
  readonly step: number;
  readonly unit: string;
  /** Where they differ in the order of two changes: the unit of the second. */
  readonly other?: string;
  readonly what: keyof UnitView | 'change' | 'order';
  readonly engine: string;
  readonly systemd: string;
}

export function differences(expected: Expectation, seen: readonly StepView[]): readonly Difference[] {
  return expected.steps.flatMap((step, index) => {
    const view = seen[index];
    if (view === undefined) throw new Error(`step ${index} was not run`);
    return stepDifferences(step, view).map((difference) => ({ step: index, ...difference }));
  });
}

type StepDifference = Omit<Difference, 'step'>;

function stepDifferences(expected: ExpectedStep, seen: StepView): readonly StepDifference[] {
  return [
    ...[...expected.units].flatMap(([unit, view]) => viewDifferences(unit, view, seen.units.get(unit))),
    ...changeDifferences(expected, seen),
    ...orderDifferences(expected, seen),
  ];
}

/** Whether the units are in the states expected; the rest of a view does not change when one waits. */
export function sameStates(expected: ExpectedStep, seen: StepView): boolean {
  return [...expected.units].every(
    ([unit, view]) => viewDifferences(unit, view, seen.units.get(unit)).length === 0,
  );
}

const compared = ['activeState', 'subState', 'result', 'restarts'] as const satisfies (keyof UnitView)[];

function viewDifferences(
  unit: string,
  expected: UnitView,
  seen: UnitView | undefined,
): readonly StepDifference[] {
  return compared
    .filter((what) => expected[what] !== seen?.[what])
    .map((what) => ({ unit, what, engine: String(expected[what]), systemd: String(seen?.[what]) }));
}

function changeDifferences(expected: ExpectedStep, seen: StepView): readonly StepDifference[] {
  const name = ({ unit, mark }: { unit: string; mark: string }): string => `${unit} ${mark}`;
  const here = new Set(expected.changes.map(name));
  const there = new Set(changesIn(seen).map(name));
  return [
    ...expected.changes
      .filter((change) => !there.has(name(change)))
      .map(({ unit, mark }) => ({ unit, what: 'change' as const, engine: mark, systemd: 'none' })),
    ...changesIn(seen)
      .filter((change) => !here.has(name(change)))
      .map(({ unit, mark }) => ({ unit, what: 'change' as const, engine: 'none', systemd: mark })),
  ];
}

function orderDifferences(expected: ExpectedStep, seen: StepView): readonly StepDifference[] {
  return expected.order
    .filter(([first, second]) => timeOf(seen, first) > timeOf(seen, second))
    .filter(([first, second]) => Math.min(timeOf(seen, first), timeOf(seen, second)) >= seen.began)
    .map(([first, second]) => ({
      unit: first.unit,
      other: second.unit,
      what: 'order' as const,
      engine: `${first.mark} before ${second.unit} ${second.mark}`,
      systemd: 'after',
    }));
}
