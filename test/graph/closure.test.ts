import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/graph/build.ts';
import { closureOf } from '../../src/graph/closure.ts';
import { parseUnitSet } from './unit-sets.ts';
import { acyclicSets, keys, seeds, shuffled, unitSets } from './arbitraries.ts';

describe('closures', () => {
  const noConflicts = keys.filter((key) => key !== 'Conflicts');

  it('of a start hold all required or wanted units, mandatory along requirements', () => {
    fc.assert(
      fc.property(unitSets(false, noConflicts), (set) => {
        const graph = buildGraph(set);
        const { jobs } = closureOf(
          graph,
          'start',
          ['u0.service', 'u0.target'].filter((name) => graph.nodes.has(name)),
        );
        const byUnit = new Map(jobs.map((job) => [job.unit, job]));
        expect(byUnit.size).toBe(jobs.length);
        for (const { from, to, kind } of graph.requirements) {
          const job = byUnit.get(from);
          if (job?.type !== 'start') continue;
          if (['Requires', 'BindsTo', 'Wants', 'Upholds'].includes(kind))
            expect(byUnit.get(to)?.type).toBe('start');
          if (kind === 'Requisite') expect(byUnit.has(to)).toBe(true);
          // A start that is only wanted, but mandatory for a Requisite= that it answers, leaves its own needs unneeded:
          // transaction.c looks for jobs that matter before it merges them.
          const answers = graph.requirements.some((edge) => edge.to === from && edge.kind === 'Requisite');
          if (job.mandatory && !answers && ['Requires', 'BindsTo', 'Requisite'].includes(kind)) {
            expect(byUnit.get(to)?.mandatory).toBe(true);
          }
        }
        for (const { unit, because } of jobs) {
          expect(
            because === undefined ||
              graph.requirements.some(
                ({ from, to, kind }) => from === because.unit && to === unit && kind === because.kind,
              ),
          ).toBe(true);
        }
      }),
    );
  });

  it.each(['stop', 'restart'] as const)('of a %s hold all dependents and nothing else', (verb) => {
    fc.assert(
      fc.property(unitSets(false), (set) => {
        const graph = buildGraph(set);
        const anchor = set.units[0]?.name ?? '';
        const expected = new Set([anchor]);
        for (let size = 0; size !== expected.size;) {
          size = expected.size;
          for (const { from, to, kind } of graph.requirements) {
            if (expected.has(to) && ['Requires', 'Requisite', 'BindsTo', 'PartOf'].includes(kind))
              expected.add(from);
          }
        }
        const { jobs } = closureOf(graph, verb, [anchor]);
        expect(jobs.map(({ unit }) => unit).sort()).toEqual([...expected].sort());
      }),
    );
  });

  it('run stops against the order and starts with it', () => {
    fc.assert(
      fc.property(acyclicSets, fc.constantFrom('start', 'stop', 'restart'), (set, verb) => {
        const graph = buildGraph(set);
        const { jobs } = closureOf(graph, verb, [set.units.at(-1)?.name ?? '', set.units[0]?.name ?? '']);
        const place = new Map(jobs.map((job, index) => [job.unit, { index, type: job.type }]));
        if (jobs.some(({ type }) => type === 'stop') && jobs.some(({ type }) => type !== 'stop')) return;
        for (const { first, then } of graph.orderings) {
          const [one, other] = [place.get(first), place.get(then)];
          if (one === undefined || other === undefined) continue;
          expect(one.index < other.index).toBe(verb !== 'stop' && one.type !== 'stop');
        }
      }),
    );
  });

  it('do not depend on the order of the input', () => {
    fc.assert(
      fc.property(unitSets(false), seeds, fc.constantFrom('start', 'stop', 'restart'), (set, seed, verb) => {
        const anchors = set.units.slice(0, 2).map(({ name }) => name);
        const one = closureOf(buildGraph(set), verb, anchors);
        expect(closureOf(buildGraph(shuffled(set, seed)), verb, [...anchors].reverse())).toEqual(one);
      }),
    );
  });
});

describe('install', () => {
  const set = parseUnitSet(`
shop.target target
web.service container
  WantedBy=shop.target
db.service container
  WantedBy=shop.target
`);

  it('counts for a start only once the unit is enabled', () => {
    const units = (graph: ReturnType<typeof buildGraph>): readonly string[] =>
      closureOf(graph, 'start', ['shop.target']).jobs.map(({ unit }) => unit);
    expect(units(buildGraph(set))).toEqual(['shop.target']);
    // The target comes after what it now wants.
    expect(units(buildGraph(set, new Set(['web.service'])))).toEqual(['web.service', 'shop.target']);
  });
});
