import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainlyAcyclic } from '../../src/graph/acyclic.ts';
import { buildGraph } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/build.ts';
import { findCycles } from '../../src/graph/cycles.ts';
import { orderUnits } from '../../src/graph/order.ts';
import { renderDot, renderMermaid, renderTree } from '../../src/graph/render.ts';
import { serviceView, unitView } from '../../src/graph/view.ts';
import { acyclicSets, seeds, shuffled, unitSets } from './arbitraries.ts';
import { unitOf } from './unit-sets.ts';

describe('order', () => {
  it('has every unit once, and after everything it is ordered after', () => {
    fc.assert(
      fc.property(acyclicSets, (set) => {
        const graph = buildGraph(set);
        const { sequence, levels } = orderUnits(graph.nodes.keys(), graph.orderings);
        expect([...sequence].sort()).toEqual([...graph.nodes.keys()]);
        expect(levels.flat()).toEqual(sequence);
        const place = new Map(sequence.map((name, index) => [name, index]));
        for (const unit of set.units) {
          for (const directive of unit.sections.flatMap(({ directives }) => directives)) {
            if (directive.key !== 'After' || directive.value.kind !== 'names') continue;
            for (const name of directive.value.names) {
              expect(place.get(name)).toBeLessThan(place.get(unit.name) ?? -1);
            }
          }
        }
      }),
    );
  });

  it('puts a unit on a level exactly when it waits for a unit of the level below', () => {
    fc.assert(
      fc.property(acyclicSets, (set) => {
        const graph = buildGraph(set);
        const { levels } = orderUnits(graph.nodes.keys(), graph.orderings);
        const level = new Map(levels.flatMap((names, index) => names.map((name) => [name, index])));
        for (const [name, index] of level) {
          const before = graph.orderings
            .filter(({ then }) => then === name)
            .map(({ first }) => level.get(first) ?? -1);
          expect(Math.max(-1, ...before)).toBe(index - 1);
        }
      }),
    );
  });

  it('does not depend on the order of units and directives', () => {
    fc.assert(
      fc.property(unitSets(false), seeds, (set, seed) => {
        const [one, other] = [buildGraph(set), buildGraph(shuffled(set, seed))];
        expect(other).toEqual(one);
        expect(orderUnits(other.nodes.keys(), other.orderings)).toEqual(
          orderUnits(one.nodes.keys(), one.orderings),
        );
        const reversed = [...one.nodes.keys()].reverse();
        expect(orderUnits(reversed, [...one.orderings].reverse())).toEqual(
          orderUnits(one.nodes.keys(), one.orderings),
        );
      }),
    );
  });
});

/** Length of the shortest cycle through each unit, the naive way: walk from it until it is met again. */
function shortestCycleLength(graph: Graph, from: string): number {
  const seen = new Set<string>();
  let frontier = new Set([from]);
  for (let length = 1; frontier.size > 0; length++) {
    const next = new Set(graph.orderings.filter(({ then }) => frontier.has(then)).map(({ first }) => first));
    if (next.has(from)) return length;
    frontier = new Set([...next].filter((name) => !seen.has(name)));
    for (const name of next) seen.add(name);
  }
  return Infinity;
}

describe('cycles', () => {
  it('never exist where the quick test finds a set acyclic', () => {
    fc.assert(
      fc.property(unitSets(false), (set) => {
        fc.pre(isPlainlyAcyclic(set));
        expect(findCycles(buildGraph(set))).toEqual([]);
      }),
    );
  });

  it('are ruled out by the quick test for every set that only points down', () => {
    fc.assert(
      fc.property(acyclicSets, (set) => {
        expect(isPlainlyAcyclic(set)).toBe(true);
      }),
    );
  });

  it('are real, and the shortest among their units', () => {
    fc.assert(
      fc.property(unitSets(false, ['After', 'Before', 'Wants']), (set) => {
        const graph = buildGraph(set);
        const edges = new Set(graph.orderings.map(({ first, then }) => `${then} ${first}`));
        for (const { units, others } of findCycles(graph)) {
          units.forEach((unit, index) => {
            expect(edges).toContain(`${unit} ${units[(index + 1) % units.length] ?? ''}`);
          });
          expect(new Set(units).size).toBe(units.length);
          expect(others).toBeGreaterThanOrEqual(0);
          // Units that wait for one another both ways are the ones this cycle speaks for.
          const mutual = [...graph.nodes.keys()].filter(
            (name) => reaches(graph, units[0] ?? '', name) && reaches(graph, name, units[0] ?? ''),
          );
          expect(units.length).toBe(Math.min(...mutual.map((name) => shortestCycleLength(graph, name))));
        }
      }),
    );
  });

  it('are found for every unit that waits for itself', () => {
    fc.assert(
      fc.property(unitSets(false, ['After', 'Before']), (set) => {
        const graph = buildGraph(set);
        const cycles = findCycles(graph);
        for (const name of graph.nodes.keys()) {
          const found = cycles.some(
            ({ units: [unit = ''] }) => reaches(graph, name, unit) && reaches(graph, unit, name),
          );
          expect(found).toBe(shortestCycleLength(graph, name) < Infinity);
        }
      }),
    );
  });

  it('do not exist where every unit points down', () => {
    fc.assert(
      fc.property(acyclicSets, (set) => {
        // A target's own ordering points down too, for it names what it wants.
        expect(findCycles(buildGraph(set))).toEqual([]);
      }),
    );
  });
});

/** Whether `from` waits for `to`, over at least one edge. */
function reaches(graph: Graph, from: string, to: string): boolean {
  const seen = new Set<string>();
  const pending = [from];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    for (const { first, then } of graph.orderings) {
      if (then !== name || seen.has(first)) continue;
      seen.add(first);
      pending.push(first);
    }
  }
  return seen.has(to);
}

describe('pictures', () => {
  it('show every unit of the set in the tree', () => {
    fc.assert(
      fc.property(unitSets(false), (set) => {
        const view = unitView(buildGraph(set));
        const text = renderTree(view).join('\n');
        for (const { name } of set.units)
          expect(text).toMatch(new RegExp(`(^|─ )${name.replace('.', '\\.')}( |$)`, 'm'));
      }),
    );
  });

  it('keep any name inside its quotes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.string({ unit: 'binary' }),
        (service, image) => {
          const set = {
            project: service,
            files: [],
            units: [
              unitOf('a.service', 'container', [
                `Service=${JSON.stringify(service)}`,
                `Image=${JSON.stringify(image)}`,
              ]),
            ],
          };
          const view = serviceView(buildGraph(set));
          // Without its quoted strings, a DOT file holds nothing but its own words.
          const dot = renderDot(view, service).replace(/"(?:[^"\\]|\\[^])*"/g, 'Q');
          expect(dot).toBe('digraph Q {\n  rankdir=LR;\n  node [shape=box];\n  Q [label=Q];\n}\n');
          expect(renderMermaid(view)).toMatch(
            /^flowchart LR\n {2}n0\["[^"%[\]{}<>`;\\\p{Cc}]*(?:(?:#\d+;|<br\/>)[^"%[\]{}<>`;\\\p{Cc}]*)*"\]\n$/u,
          );
          for (const line of renderTree(view)) expect(line).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});
