/** Dependencies that follow from those of other units, once all units are read. */
import { fingerprint } from '../../units/fingerprint.ts';
import type { Dependencies, DependencyKind } from '../engine/unit-config.ts';
import { byKind, mergeDependencies } from './dependencies.ts';
import type { LoadedUnit } from './loaded-unit.ts';

/** Resolves aliases, and adds the dependencies of enabled units, inverses, and the order of targets. */
export function relateUnits(
  units: ReadonlyMap<string, LoadedUnit>,
  aliases: ReadonlyMap<string, string>,
  enabledUnits: ReadonlySet<string>,
): ReadonlyMap<string, LoadedUnit> {
  const resolve = (name: string): string => aliases.get(name) ?? name;
  const additions = new Map<string, Partial<Record<DependencyKind, string[]>>>();
  const add = (unit: string, kind: DependencyKind, other: string): void => {
    const kinds = additions.get(resolve(unit)) ?? {};
    (kinds[kind] ??= []).push(other);
    additions.set(resolve(unit), kinds);
  };
  for (const { config, install, stopPropagatedFrom } of units.values()) {
    for (const other of stopPropagatedFrom) add(other, 'PropagatesStopTo', config.name);
    if (!enabledUnits.has(config.name)) continue;
    for (const other of install.wantedBy) add(other, 'Wants', config.name);
    for (const other of install.requiredBy) add(other, 'Requires', config.name);
    for (const other of install.upheldBy) add(other, 'Upholds', config.name);
  }
  const completeUnits = new Map(
    [...units].map(([name, unit]): [string, LoadedUnit] => {
      const own = mergeDependencies(unit.config.dependencies, additions.get(name) ?? {});
      return [
        name,
        withDependencies(
          unit,
          byKind((kind) => own[kind].map(resolve)),
        ),
      ];
    }),
  );
  return new Map([...completeUnits].map(([name, unit]) => [name, orderTarget(unit, completeUnits)]));
}

/** The dependencies after which a target orders itself; UNIT_ATOM_ADD_DEFAULT_TARGET_DEPENDENCY_QUEUE in systemd. */
const targetOrdered = ['Requires', 'Requisite', 'BindsTo', 'PartOf', 'Wants', 'Upholds'] as const;

/**
 * systemd.target(5), automatic dependencies: a target is ordered after the units it wants or requires, unless it is
 * ordered before them or either side says DefaultDependencies=no.
 */
function orderTarget(unit: LoadedUnit, units: ReadonlyMap<string, LoadedUnit>): LoadedUnit {
  const { config, defaultDependencies } = unit;
  if (config.type !== 'target' || config.loadState !== 'loaded' || !defaultDependencies) return unit;
  const { name, dependencies } = config;
  const members = targetOrdered
    .flatMap((kind) => dependencies[kind])
    .filter((other) => {
      const member = units.get(other);
      if (member === undefined || member.config.loadState !== 'loaded') return false;
      const before = dependencies.Before.includes(other) || member.config.dependencies.After.includes(name);
      return member.defaultDependencies && !before;
    });
  return withDependencies(unit, mergeDependencies(dependencies, { After: members }));
}

/** The hash changes too: dependencies may change while the files do not. */
function withDependencies(unit: LoadedUnit, dependencies: Dependencies): LoadedUnit {
  const { config } = unit;
  if (JSON.stringify(dependencies) === JSON.stringify(config.dependencies)) return unit;
  const hash = fingerprint([config.hash, JSON.stringify(dependencies)]);
  return { ...unit, config: { ...config, dependencies, hash } };
}
