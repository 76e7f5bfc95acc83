import { describe, expect, it } from 'vitest';
import { generateCases } from './campaign.ts';
import { differences } from './compare.ts';
import type { Expectation } from './expectation.ts';
import { loadScenario } from './load-scenario.ts';
import type { StepView } from './observation.ts';
import { regressionCases } from './regressions.ts';
import { runOnEngine } from './virtual-run.ts';

const { cases } = generateCases(20, 1, 257);
const [{ scenario, expected }] = cases.slice(-1) as [(typeof cases)[number]];

function viewsAsExpected(): readonly StepView[] {
  const run = runOnEngine(scenario, loadScenario(scenario, 257), 257, () => 0.5);
  if (run === undefined) throw new Error('an accepted scenario comes to rest');
  return run.views;
}

describe('comparing what systemd did with what the engine says', () => {
  it('finds nothing where they agree, whatever the latencies', () => {
    expect(differences(expected, viewsAsExpected())).toEqual([]);
  });

  it.each(['activeState', 'subState', 'result', 'restarts'] as const)('finds another %s', (what) => {
    const [unit] = scenario.units;
    const views = viewsAsExpected().map((view) => ({
      ...view,
      units: new Map(
        [...view.units].map(([name, own]) => [name, name === unit?.name ? { ...own, [what]: 'other' } : own]),
      ),
    })) as readonly StepView[];
    expect(differences(expected, views).map((one) => [one.unit, one.what])).toEqual(
      scenario.steps.map(() => [unit?.name, what]),
    );
  });

  it('finds a change that did not happen, and one that was not to happen', () => {
    const still = viewsAsExpected().map((view) => ({ ...view, marks: new Map() }));
    const changes = expected.steps.flatMap((step) => step.changes);
    expect(changes.length).toBeGreaterThan(0);
    expect(differences(expected, still)).toHaveLength(changes.length);
    const nothingExpected: Expectation = {
      steps: expected.steps.map((step) => ({ ...step, changes: [], order: [] })),
    };
    expect(differences(nothingExpected, viewsAsExpected())).toHaveLength(changes.length);
  });

  it('finds an order reversed', () => {
    const backwards = viewsAsExpected().map((view) => ({
      ...view,
      marks: new Map(
        [...view.marks].map(([name, marks]) => [
          name,
          Object.fromEntries(
            Object.entries(marks).map(([mark, time]) => [
              mark,
              time < view.began ? time : 2 * view.began + 1e6 - time,
            ]),
          ),
        ]),
      ),
    }));
    const ordered = expected.steps.flatMap((step) => step.order);
    expect(ordered.length).toBeGreaterThan(0);
    expect(differences(expected, backwards).map(({ what }) => what)).toEqual(ordered.map(() => 'order'));
  });
});

describe('regressions', () => {
  it.each([252, 257] as const)('say something by the rules of %i', (version) => {
    for (const { name, expected: outcome } of regressionCases(version)) {
      expect(
        outcome.steps.flatMap(({ changes }) => changes),
        name,
      ).not.toEqual([]);
    }
  });
});
