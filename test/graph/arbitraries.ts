/** Random unit sets for the property tests of the graph. */
import fc from 'fast-check';
import { unitKinds } from '../../src/units/unit-set.ts';
import type { UnitSet } from '../../src/units/unit-set.ts';
import { unitOf } from './unit-sets.ts';

const suffixes = { target: '.target' } as Readonly<Record<string, string>>;
export const keys = [
  'Requires',
  'Wants',
  'BindsTo',
  'PartOf',
  'Requisite',
  'Conflicts',
  'Upholds',
  'After',
  'Before',
];

/** Up to 12 units of any kind with any directives between them; `acyclic` lets them point down only. */
export function unitSets(acyclic: boolean, directives = keys): fc.Arbitrary<UnitSet> {
  return fc
    .array(
      fc.record({
        kind: fc.constantFrom(...unitKinds),
        edges: fc.array(fc.tuple(fc.constantFrom(...directives), fc.nat(11)), { maxLength: 5 }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((specs) => {
      const names = specs.map(({ kind }, index) => `u${String(index)}${suffixes[kind] ?? '.service'}`);
      return {
        project: 'test',
        files: [],
        units: specs.map(({ kind, edges }, index) =>
          unitOf(
            names[index] ?? '',
            kind,
            edges
              .filter(([, other]) => !acyclic || other < index)
              .map(([key, other]) => `${key}=${names[other] ?? 'foreign.service'}`),
          ),
        ),
      };
    });
}

/** After alone, so that pointing down means acyclic. */
export const acyclicSets = unitSets(
  true,
  keys.filter((key) => key !== 'Before'),
);

export function shuffled(set: UnitSet, seed: readonly number[]): UnitSet {
  const units = set.units.map((unit, index) => ({ unit, rank: seed[index % seed.length] ?? 0 }));
  return {
    ...set,
    units: units
      .sort((a, b) => a.rank - b.rank)
      .map(({ unit }) => ({
        ...unit,
        sections: unit.sections.map((section) => ({
          ...section,
          directives: [...section.directives].reverse(),
        })),
      })),
  };
}

export const seeds = fc.array(fc.integer(), { minLength: 12, maxLength: 12 });
