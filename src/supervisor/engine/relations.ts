/**
 * Which unit depends on which, in both directions, by its meaning for jobs: systemd's unit-dependency-atom.c says which
 * dependency, or inverse of one, carries which meaning.
 */
import type { DependencyKind, UnitConfig } from './unit-config.ts';

/** A dependency seen from the unit that declares it, or from the one it names. */
type Direction = DependencyKind | `${DependencyKind} of`;

/** Each meaning, and the dependencies that carry it. */
const meanings = {
  /** A start job of the unit pulls in a start job that it requires. */
  pullInStart: ['Requires', 'BindsTo'],
  /** As above, but its result is ignored. */
  pullInStartIgnored: ['Wants', 'Upholds'],
  pullInVerify: ['Requisite'],
  pullInStop: ['Conflicts'],
  pullInStopIgnored: ['Conflicts of'],
  propagateStop: ['Requires of', 'Requisite of', 'BindsTo of', 'PartOf of'],
  propagateStopGraceful: ['PropagatesStopTo'],
  propagateRestart: ['Requires of', 'Requisite of', 'BindsTo of', 'PartOf of'],
  propagateStartFailure: ['Requires of', 'Requisite of', 'BindsTo of'],
  propagateStopFailure: ['Conflicts of'],
  propagateInactiveStartAsFailure: ['Requisite of'],
  /** Started or stopped afterwards, when the unit changes without a job. */
  retroactiveStartReplace: ['Requires', 'BindsTo', 'Upholds'],
  retroactiveStartFail: ['Wants'],
  retroactiveStopOnStart: ['Conflicts', 'Conflicts of'],
  retroactiveStopOnStop: ['BindsTo of', 'PropagatesStopTo'],
  cannotBeActiveWithout: ['BindsTo'],
  boundBy: ['BindsTo of'],
  upholds: ['Upholds'],
  upheldBy: ['Upholds of'],
  onFailure: ['OnFailure'],
  onSuccess: ['OnSuccess'],
  after: ['After', 'Before of'],
  before: ['Before', 'After of'],
} as const satisfies Readonly<Record<string, readonly Direction[]>>;

export type DependencyMeaning = keyof typeof meanings;

export interface Relations {
  /** Names of the other units for which the meaning holds, sorted; [] where there are none. */
  readonly of: (unit: string, meaning: DependencyMeaning) => readonly string[];
}

/** The relations of all units with each other, and with units that are not loaded. */
export function relate(units: Iterable<UnitConfig>): Relations {
  const edges = new Map<Direction, Map<string, Set<string>>>();
  const add = (direction: Direction, from: string, to: string): void => {
    let byUnit = edges.get(direction);
    if (byUnit === undefined) edges.set(direction, (byUnit = new Map<string, Set<string>>()));
    const names = byUnit.get(from);
    if (names === undefined) byUnit.set(from, new Set([to]));
    else names.add(to);
  };
  for (const { name, dependencies } of units) {
    for (const [kind, others] of Object.entries(dependencies) as [DependencyKind, readonly string[]][]) {
      for (const other of others) {
        // systemd ignores dependencies of a unit on itself; unit_add_dependency().
        if (other === name) continue;
        add(kind, name, other);
        add(`${kind} of`, other, name);
      }
    }
  }
  const cache = new Map<DependencyMeaning, Map<string, readonly string[]>>();
  return {
    of: (unit, meaning) => {
      let byUnit = cache.get(meaning);
      if (byUnit === undefined) cache.set(meaning, (byUnit = new Map<string, readonly string[]>()));
      let names = byUnit.get(unit);
      if (names === undefined) {
        const all = meanings[meaning].flatMap((direction) => [...(edges.get(direction)?.get(unit) ?? [])]);
        byUnit.set(unit, (names = [...new Set(all)].sort()));
      }
      return names;
    },
  };
}
