/** The ports of a supervisor that its tests have little to say about. */
import { expandArguments } from '../../src/supervisor/load/expand-arguments.ts';
import type { SupervisorPorts } from '../../src/supervisor/loop/ports.ts';

type Load = SupervisorPorts['units']['load'];
/** Loads all at once. */
export type UnitLoader = (
  ...given: Parameters<Load>
) => ReturnType<Load> extends Generator<undefined, infer T> ? T : never;

/** A real clock, units as they are loaded, conditions that are met, and nothing else: no mounts, no notifications. */
export function quietPorts(load: UnitLoader) {
  return {
    scope: 'system',
    lastLogged: () => undefined,
    client: { home: '/root', readFile: () => undefined },
    units: {
      *load(asked, enabled) {
        yield;
        return load(asked, enabled);
      },
      // As if each were there: which are not, loading them tells.
      find: (names) => ({ own: names, others: [] }),
      fingerprints: () => (unit) => load(new Set([unit]), new Set()).units.get(unit)?.fingerprint ?? '',
      expand: expandArguments,
      environmentFile: () => undefined,
      conditions: () => 'met',
      mounts: () => new Set(),
    },
    // Takes nothing: only those who have a disk that is full bring another.
    spareRecords: {
      read: () => ({ records: [] }),
      append: () => false,
      replace: () => false,
      sync: () => Promise.resolve(),
    },
    notify: { open: () => undefined },
    clock: { now: () => performance.now(), wall: () => Date.now() },
    labels: [],
    report: () => undefined,
  } as const satisfies Partial<SupervisorPorts>;
}
