/**
 * Where the engine and systemd differ, and why that is right or cannot be otherwise: each with a
 * predicate as narrow as its reason.
 */
import type { RulesVersion } from '../../src/supervisor/engine/state.ts';
import type { Difference } from './compare.ts';
import type { Scenario } from './scenario.ts';
import { isStartedOnItsWay, limitHitByTries } from './start-limit.ts';

interface Unlike {
  readonly scenario: Scenario;
  /** In the order of steps; what comes after the first may follow from it. */
  readonly differences: readonly Difference[];
  readonly version: RulesVersion;
}

interface Explanation {
  readonly reason: string;
  readonly covers: (first: Difference, unlike: Unlike) => boolean;
}

const explanations: readonly Explanation[] = [
  {
    reason:
      'When the start job of an automatic restart ends for a dependency, systemd 257 leaves the unit in ' +
      'auto-restart-queued until somebody starts or stops it. The supervisor says it has failed.',
    covers: ({ what, systemd }) => what === 'subState' && systemd === 'auto-restart-queued',
  },
  {
    reason:
      'A start job that meets a unit on its way up or down counts for the start limit on systemd, and ' +
      'where that is hit the unit has failed though its processes live on. The supervisor starts nothing ' +
      'there, so it counts nothing, and never gives up a process that could come to run twice.',
    covers: ({ step, unit: first, other }, { scenario, differences, version }) =>
      differences.some(
        ({ unit, step: at, what, systemd }) =>
          at === step &&
          // An earlier Result is kept when the limit is hit.
          (systemd === 'start-limit-hit' || (what === 'activeState' && systemd === 'failed')) &&
          scenario.units.some(({ name, startBurst }) => name === unit && startBurst !== undefined) &&
          isStartedOnItsWay(scenario, unit, version),
      ) ||
      // The engine may come to a failed unit as well, after starts that systemd refuses.
      [first, other].some((unit) => unit !== undefined && limitHitByTries(scenario, unit, version) === step),
  },
];

/** The reason why they differ, if it is known. */
export function explain(unlike: Unlike): string | undefined {
  const [first] = unlike.differences;
  if (first === undefined) return undefined;
  const { unit, step } = first;
  const firsts = unlike.differences.filter((other) => other.unit === unit && other.step === step);
  return explanations.find(({ covers }) => firsts.some((difference) => covers(difference, unlike)))?.reason;
}
