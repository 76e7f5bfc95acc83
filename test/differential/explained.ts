/**
 * Where the engine and systemd differ, and why that is right or cannot be otherwise: each with a
 * predicate as narrow as its reason.
 */
import type { Difference } from './compare.ts';
import type { Scenario } from './scenario.ts';
import type { SystemdVersion } from './systemd-host.ts';

interface Explanation {
  readonly reason: string;
  readonly covers: (difference: Difference, scenario: Scenario, version: SystemdVersion) => boolean;
}

const explanations: readonly Explanation[] = [];

/** The reason of the scenario's first difference, if there is one: what follows it may follow from it. */
export function explain(
  { scenario, differences }: { readonly scenario: Scenario; readonly differences: readonly Difference[] },
  version: SystemdVersion,
): string | undefined {
  const [first] = differences;
  if (first === undefined) return undefined;
  return explanations.find(({ covers }) => covers(first, scenario, version))?.reason;
}
