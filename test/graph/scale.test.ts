/** Deep and dense graphs: no overflow of the stack, no hang. CPU time, so that a busy machine does not matter. */
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/graph/build.ts';
import { closureOf } from '../../src/graph/closure.ts';
import { findCycles } from '../../src/graph/cycles.ts';
import { orderUnits } from '../../src/graph/order.ts';
import { renderTree } from '../../src/graph/render.ts';
import { serviceView } from '../../src/graph/view.ts';
import { chainedUnits } from './unit-sets.ts';

/** Milliseconds of CPU that the work took, and what came of it. */
function timed<T>(work: () => T): { readonly result: T; readonly took: number } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { result, took: (user + system) / 1000 };
}

/** Milliseconds of processor time that only something quadratic could take; speed itself is for bench/. */
const hang = 10_000;
const last = 9_999;
const shapes = {
  'a chain that waits for the lower name': (index: number) => (index > 0 ? [index - 1] : []),
  'a chain that waits for the higher name': (index: number) => (index < last ? [index + 1] : []),
};

describe.each(Object.entries(shapes))('10,000 units in %s', (_, after) => {
  const graph = buildGraph(chainedUnits(last + 1, after));

  it('are ordered without hanging', () => {
    const { result, took } = timed(() => orderUnits(graph.nodes.keys(), graph.orderings));
    expect(result.levels.length).toBe(last + 1);
    expect(took).toBeLessThan(hang);
  });
  it('have no cycle, found without hanging', () => {
    const { result, took } = timed(() => findCycles(graph));
    expect(result).toEqual([]);
    expect(took).toBeLessThan(hang);
  });
  it('start as one chain, found without hanging', () => {
    const head = orderUnits(graph.nodes.keys(), graph.orderings).sequence.at(-1) ?? '';
    const { result, took } = timed(() => closureOf(graph, 'start', [head]));
    expect(result.jobs.map(({ level }) => level)).toEqual(result.jobs.map((_, index) => index));
    expect(result.jobs.at(-1)?.unit).toBe(head);
    expect(took).toBeLessThan(hang);
  });
});

it('a ring of 10,000 is reported whole, without hanging', () => {
  const graph = buildGraph(chainedUnits(10_000, (index) => [(index + 1) % 10_000]));
  const { result, took } = timed(() => findCycles(graph));
  expect(result.map(({ units, others }) => [units.length, others])).toEqual([[10_000, 0]]);
  expect(took).toBeLessThan(hang);
});

it('10,000 units in connected rings of ten give a ring of ten, without hanging', () => {
  const graph = buildGraph(
    chainedUnits(10_000, (index) => [
      index - (index % 10) + ((index + 1) % 10),
      ...(index % 10 === 0 ? [(index + 10) % 10_000] : []),
    ]),
  );
  const { result, took } = timed(() => findCycles(graph));
  expect(result.map(({ units, others }) => [units.length, others])).toEqual([[10, 1000]]);
  expect(took).toBeLessThan(hang);
});

it('300 units that all wait for all others give one cycle of two, without hanging', () => {
  const everyone = Array.from({ length: 300 }, (_, index) => index);
  const graph = buildGraph(chainedUnits(300, (index) => everyone.filter((other) => other !== index)));
  const { result, took } = timed(() => findCycles(graph));
  expect(result).toEqual([{ units: ['u00000.service', 'u00001.service'], others: 300 * 299 - 300 }]);
  expect(took).toBeLessThan(hang);
});

it('300 units that each wait for all lower ones are ordered, closed and drawn without hanging', () => {
  const graph = buildGraph(chainedUnits(300, (index) => Array.from({ length: index }, (_, lower) => lower)));
  const { took } = timed(() => {
    expect(orderUnits(graph.nodes.keys(), graph.orderings).levels.length).toBe(300);
    expect(closureOf(graph, 'start', ['u00299.service']).jobs.length).toBe(300);
    expect(closureOf(graph, 'stop', ['u00000.service']).jobs.length).toBe(300);
    expect(renderTree(serviceView(graph)).length).toBe((300 * 299) / 2 + 1);
  });
  expect(took).toBeLessThan(hang);
});
