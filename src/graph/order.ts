/** In which order units start: a topological order of the ordering edges, and what may start in parallel. */
import toposort from 'toposort';
import type { Ordering } from './build.ts';
import { adjacencyOf, stronglyConnected } from './components.ts';

export interface Order {
  /** All names; every unit stands after the units that start before it. Level by level, by name within a level. */
  readonly sequence: readonly string[];
  /** levels[0] waits for no unit; levels[n] waits for a unit in levels[n-1], and its units may start in parallel. */
  readonly levels: readonly (readonly string[])[];
}

/**
 * Orders the names by the edges between them; edges to other units do not count (only units with a
 * job order each other), nor do those within a cycle (cycles.ts reports them). The order of both
 * arguments does not matter. Never fails.
 */
export function orderUnits(names: Iterable<string>, orderings: Iterable<Ordering>): Order {
  const units = [...new Set(names)].sort();
  const successors = adjacencyOf(units, orderings, ({ first, then }) => [first, then]);
  const components = stronglyConnected(successors);
  const componentOf = new Int32Array(units.length);
  components.forEach((members, component) => members.forEach((member) => (componentOf[member] = component)));

  const edges = successors.flatMap((targets, first) =>
    targets
      .filter((then) => componentOf[first] !== componentOf[then])
      .map((then): [number, number] => [first, then]),
  );
  // toposort recurses from the end of its list and overflows the stack at a chain of some 8,000;
  // components come last-to-start first, so reversed they keep its recursion shallow.
  const order = toposort.array(components.flat().reverse(), edges);

  const level = new Int32Array(units.length);
  for (const first of order) {
    for (const then of successors[first] ?? []) {
      if (componentOf[first] === componentOf[then]) continue;
      level[then] = Math.max(level[then] ?? 0, (level[first] ?? 0) + 1);
    }
  }
  const levels: string[][] = [];
  units.forEach((unit, index) => (levels[level[index] ?? 0] ??= []).push(unit));
  return { sequence: levels.flat(), levels };
}
