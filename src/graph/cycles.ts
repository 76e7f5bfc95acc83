/** Finds ordering cycles: systemd breaks one by dropping a job of its own choice, so dockunit refuses them. */
import type { Diagnostic, Position } from '../model/diagnostic.ts';
import type { Graph } from './build.ts';
import { adjacencyOf, stronglyConnected } from './components.ts';
import type { Adjacency } from './components.ts';

export interface Cycle {
  /** Each unit starts after the next one, the last after the first; begins at the smallest name. */
  readonly units: readonly string[];
  /** At least so many other cycles run through the units that wait for one another; a service and its gates count as one. */
  readonly others: number;
}

/** Where the user wrote that `unit` starts after `dependency`; undefined where the compiler added it. */
export type LocateEdge = (
  unit: string,
  dependency: string,
) => { readonly position?: Position; readonly path?: string } | undefined;

/**
 * One shortest cycle for each group of units that wait for one another; [] where all is well.
 * @internal exported for tests: tests measure it and check its properties without messages
 */
export function findCycles(graph: Graph): readonly Cycle[] {
  const names = [...graph.nodes.keys()];
  const waitsFor = adjacencyOf(names, graph.orderings, ({ first, then }) => [then, first]);
  return stronglyConnected(waitsFor)
    .filter((members) => members.length > 1 || members.some((node) => waitsFor[node]?.includes(node)))
    .map((members) => {
      const cycle = shortestCycle(restrict(waitsFor, members)).map(
        (local) => names[members[local] ?? 0] ?? '',
      );
      const labels = new Map(members.map((node) => [node, labelOf(graph, names[node] ?? '')]));
      return { units: fromSmallest(cycle), others: countOthers(waitsFor, labels) };
    })
    .sort((a, b) => ((a.units[0] ?? '') < (b.units[0] ?? '') ? -1 : 1));
}

/** Each cycle as an error: the whole path in the user's words, and every place where the user can cut it. */
export function diagnoseCycles(graph: Graph, locate: LocateEdge): readonly Diagnostic[] {
  return findCycles(graph).map(({ units, others }) => {
    const places = units
      .map((unit, index) => locate(unit, units[(index + 1) % units.length] ?? unit))
      .filter((place) => place !== undefined);
    const first = places.find((place) => place.position !== undefined) ?? places[0];
    const paths = [...new Set(places.flatMap(({ path }) => path ?? []))];
    const more = others > 0 ? `, and at least ${String(others)} more among the same services` : '';
    return {
      severity: 'error' as const,
      code: 'ordering-cycle',
      ...(first?.position === undefined ? {} : { position: first.position }),
      ...(first?.path === undefined ? {} : { path: first.path }),
      message: `each starts only after the next, in a circle: ${pathOf(graph, units)}${more}`,
      remedy: remedyFor(paths),
    };
  });
}

function remedyFor(paths: readonly string[]): string {
  if (paths.length === 0) return 'Remove one of the After=, Before= or depends_on between them';
  return paths.length === 1 ? `Remove ${String(paths[0])}` : `Remove one of ${paths.join(', ')}`;
}

/** `web → db → web`: a cycle in the words of the user. */
function pathOf(graph: Graph, units: readonly string[]): string {
  const labels = units.map((name) => labelOf(graph, name));
  const circle = labels.filter((label, index) => index === 0 || label !== labels[index - 1]);
  if (circle.length > 1 && circle.at(-1) === circle[0]) circle.pop();
  return [...circle, circle[0]].join(' → ');
}

/** Services by their name, other units in full; a gate counts as the service it waits for. */
function labelOf(graph: Graph, name: string): string {
  const node = graph.nodes.get(name);
  const ofService = node?.kind === 'container' || node?.kind === 'gate';
  return (ofService ? node.service : undefined) ?? name;
}

/**
 * The least number of cycles besides the reported one. The directed cycles of a strongly connected graph
 * span its cycle space, of dimension E − V + 1.
 * @param labels of the members of one component; those of one label count as one node.
 */
function countOthers(successors: Adjacency, labels: ReadonlyMap<number, string>): number {
  const edges = new Set<string>();
  for (const [node, from] of labels) {
    for (const target of successors[node] ?? []) {
      const to = labels.get(target);
      if (to !== undefined && (from !== to || node === target)) edges.add(`${from}\0${to}`);
    }
  }
  return Math.max(0, edges.size - new Set(labels.values()).size);
}

/** The adjacency among the members alone, by their position in the list. */
function restrict(successors: Adjacency, members: readonly number[]): Adjacency {
  const local = new Map(members.map((node, index) => [node, index]));
  return members.map((node) => (successors[node] ?? []).flatMap((target) => local.get(target) ?? []));
}

/**
 * A shortest cycle of a strongly connected graph. It searches breadth first from one node after the other,
 * never deeper than the best so far. Then it removes the searched node, and with it all nodes that are on
 * no cycle any more: a ring of 10,000 is done after one search.
 */
function shortestCycle(successors: Adjacency): readonly number[] {
  const alive = new Uint8Array(successors.length).fill(1);
  const loop = successors.findIndex((targets, node) => targets.includes(node));
  if (loop >= 0) return [loop];
  const takeOut = peeler(successors, alive);
  let best: readonly number[] = [];
  for (let start = 0; start < successors.length && best.length !== 2; start++) {
    if (alive[start] === 0) continue;
    const cycle = cycleThrough(start, successors, alive, best.length > 0 ? best.length - 1 : Infinity);
    if (cycle !== undefined) best = cycle;
    takeOut(start);
  }
  return best;
}

/** The shortest cycle through a node with at most `limit` nodes, or undefined. */
function cycleThrough(
  start: number,
  successors: Adjacency,
  alive: Uint8Array,
  limit: number,
): readonly number[] | undefined {
  const cameFrom = new Map<number, number>([[start, start]]);
  let frontier = [start];
  for (let length = 1; frontier.length > 0 && length <= limit; length++) {
    const next: number[] = [];
    for (const node of frontier) {
      for (const target of successors[node] ?? []) {
        if (target === start) return walkBack(node, start, cameFrom);
        if (alive[target] === 0 || cameFrom.has(target)) continue;
        cameFrom.set(target, node);
        next.push(target);
      }
    }
    frontier = next;
  }
  return undefined;
}

function walkBack(end: number, start: number, cameFrom: ReadonlyMap<number, number>): readonly number[] {
  const path = [end];
  for (let node = end; node !== start; path.push(node)) node = cameFrom.get(node) ?? start;
  return path.reverse();
}

/** Returns a function that removes a node from `alive`, then every node left without a way in or out. */
function peeler(successors: Adjacency, alive: Uint8Array): (node: number) => void {
  const predecessors: number[][] = successors.map(() => []);
  successors.forEach((targets, node) => targets.forEach((target) => predecessors[target]?.push(node)));
  const waysOut = Int32Array.from(successors, (list) => list.length);
  const waysIn = Int32Array.from(predecessors, (list) => list.length);
  const wasLast = (ways: Int32Array, node: number): boolean => (ways[node] = (ways[node] ?? 0) - 1) === 0;
  return (node) => {
    const queue = [node];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (alive[next] === 0) continue;
      alive[next] = 0;
      for (const target of successors[next] ?? []) if (wasLast(waysIn, target)) queue.push(target);
      for (const source of predecessors[next] ?? []) if (wasLast(waysOut, source)) queue.push(source);
    }
  };
}

function fromSmallest(cycle: readonly string[]): readonly string[] {
  const smallest = cycle.reduce((best, name, index) => (name < (cycle[best] ?? '') ? index : best), 0);
  return [...cycle.slice(smallest), ...cycle.slice(0, smallest)];
}
