/** A quick test for sets of units that have no ordering cycle. */
import { namesOf, type UnitSet } from '../units/unit-set.ts';
import { targetOrdered } from './build.ts';

/**
 * True where no unit of the set can wait for itself; decided without building the graph, which would take a
 * tenth of a cold run. False does not mean that there is a cycle: this assumes that a target comes after
 * all units it names, which is not always so (systemd.target(5)). By Kahn (1962): it removes units that
 * wait for nothing until none is left, or only units that wait in a circle.
 */
export function isPlainlyAcyclic({ units }: UnitSet): boolean {
  const waitsFor = new Map<string, number>();
  const waiters = new Map<string, string[]>();
  const order = (first: string, then: string): void => {
    waitsFor.set(first, waitsFor.get(first) ?? 0);
    waitsFor.set(then, (waitsFor.get(then) ?? 0) + 1);
    const list = waiters.get(first);
    if (list === undefined) waiters.set(first, [then]);
    else list.push(then);
  };
  for (const unit of units) {
    const { name } = unit;
    for (const first of namesOf(unit, 'After')) order(first, name);
    for (const then of namesOf(unit, 'Before')) order(name, then);
    const memberKeys = name.endsWith('.target') ? targetOrdered : [];
    for (const key of memberKeys) for (const first of namesOf(unit, key)) order(first, name);
  }
  const free = [...waitsFor].flatMap(([name, count]) => (count === 0 ? [name] : []));
  for (const name of free) {
    for (const then of waiters.get(name) ?? []) {
      const count = (waitsFor.get(then) ?? 0) - 1;
      waitsFor.set(then, count);
      if (count === 0) free.push(then);
    }
  }
  return free.length === waitsFor.size;
}
