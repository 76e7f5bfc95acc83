import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fault, faultKinds, faults } from './faults.ts';
import { moveOf, planCases } from './plan.ts';
import { cycles, hostKinds, verbCases } from './verbs.ts';

describe('the cases of a campaign', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(planCases(7, 20, faultKinds)).toEqual(planCases(7, 20, faultKinds));
    expect(planCases(8, 20, faultKinds)).not.toEqual(planCases(7, 20, faultKinds));
  });

  it('are as many of each kind as is asked for, on every kind of host', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 8, max: 40 }), (seed, each) => {
        const cases = planCases(seed, each, faultKinds);
        for (const kind of faultKinds) {
          const own = cases.filter((one) => one.kind === kind);
          expect(own).toHaveLength(each);
          const { notOn }: Fault = faults[kind];
          const where = hostKinds.filter((host) => notOn?.[host] === undefined);
          expect(new Set(own.map(({ host }) => host))).toEqual(new Set(where));
        }
      }),
      { numRuns: 5 },
    );
  });

  it('are on as many hosts a cycle as is asked for, and have every kind of fault and of host all the same', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const cases = planCases(seed, 20, faultKinds, 2);
        for (const cycle of Object.keys(cycles)) {
          const own = cases.filter((one) => one.cycle === cycle);
          expect(new Set(own.map(({ host }) => host)).size, cycle).toBeLessThanOrEqual(2);
          expect(own.length, cycle).toBeGreaterThan(0);
        }
        expect(cases).toHaveLength(20 * faultKinds.length);
        expect(new Set(cases.map(({ host }) => host))).toEqual(new Set(hostKinds));
      }),
      { numRuns: 20 },
    );
  });

  it('have every verb that the table says, each where it says', () => {
    const all = planCases(1, 80, faultKinds);
    const met = new Map<string, Set<string>>();
    for (const one of all) {
      const { verb } = moveOf(one);
      met.set(verb, (met.get(verb) ?? new Set<string>()).add(one.cycle));
    }
    const wanted = Object.entries(verbCases).filter(([, where]) => typeof where !== 'string');
    expect(Object.fromEntries([...met].map(([verb, where]) => [verb, [...where].sort()]))).toEqual(
      Object.fromEntries(wanted.map(([verb, where]) => [verb, [...where].sort()])),
    );
    expect(
      new Set(Object.values(verbCases).flatMap((where) => (typeof where === 'string' ? [] : where))),
    ).toEqual(new Set(Object.keys(cycles)));
    expect(new Set(all.map(({ host }) => host))).toEqual(new Set(hostKinds));
  });
});
