/** The chain of units that decides how long a start takes. */
import type { Closure } from './closure.ts';
import type { Graph } from './build.ts';
import { groupEdges } from './build.ts';

export interface CriticalPath {
  /** In the order they start; each waits for the one before it. */
  readonly units: readonly string[];
  /** The sum of their weights. */
  readonly weight: number;
}

/**
 * The heaviest chain of jobs of a start that wait for one another.
 * @param weight what a unit adds to its chain, not negative: 1 counts units, milliseconds give the time.
 */
export function criticalPath(
  graph: Graph,
  closure: Closure,
  weight: (unit: string) => number = () => 1,
): CriticalPath {
  const starting = closure.jobs.filter(({ type }) => type !== 'stop');
  const level = new Map(starting.map((job) => [job.unit, job.level]));
  const before = groupEdges(graph.orderings, ({ then }) => then);
  const heaviest = new Map<string, { readonly weight: number; readonly previous?: string }>();
  let last: string | undefined;

  for (const { unit } of starting) {
    let best: { weight: number; previous?: string } = { weight: 0 };
    for (const { first } of before.get(unit) ?? []) {
      // Within a cycle nobody waits: its edges order nothing, and levels do not rise along them.
      const chain = (level.get(first) ?? Infinity) < (level.get(unit) ?? 0) ? heaviest.get(first) : undefined;
      if (chain !== undefined && (best.previous === undefined || chain.weight > best.weight)) {
        best = { weight: chain.weight, previous: first };
      }
    }
    heaviest.set(unit, { ...best, weight: best.weight + weight(unit) });
    if (last === undefined || (heaviest.get(unit)?.weight ?? 0) > (heaviest.get(last)?.weight ?? 0))
      last = unit;
  }

  const units: string[] = [];
  for (let unit = last; unit !== undefined; unit = heaviest.get(unit)?.previous) units.push(unit);
  return { units: units.reverse(), weight: last === undefined ? 0 : (heaviest.get(last)?.weight ?? 0) };
}
