/** The links that systemd would create to enable a unit: the supervisor keeps them in its journal. Pure. */
import { dirname, join } from 'node:path';
import { HostError, type UnitLink } from '../../model/ports.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import { isInstallable } from './unit-states.ts';

const directories = { wantedBy: 'wants', requiredBy: 'requires', upheldBy: 'upholds' } as const;

/**
 * The changes from enabling or disabling the units, including those they name in Also=. A unit without [Install] has
 * nothing to enable. HostError where a unit to be enabled does not exist.
 */
export function planEnablement(
  units: readonly string[],
  unitsByName: ReadonlyMap<string, LoadedUnit>,
  enabledNow: ReadonlySet<string>,
  enable: boolean,
): { readonly changedNames: readonly string[]; readonly links: readonly UnitLink[] } {
  const names = new Set(units);
  for (const name of names) {
    const unit = unitsByName.get(name);
    if (enable && (unit === undefined || unit.paths.length === 0)) {
      throw new HostError(
        `Cannot enable ${name}: there is no such unit`,
        'Install it first, where its Compose file is: dockunit apply',
      );
    }
    for (const also of unit?.install.also ?? []) names.add(also);
  }
  const changedNames = [...names].filter((name) => {
    const unit = unitsByName.get(name);
    if (enabledNow.has(name) === enable) return false;
    return !enable || (unit !== undefined && isInstallable(unit));
  });
  return {
    changedNames,
    links: changedNames.flatMap((name) => enablementLinks(name, unitsByName.get(name), enable)),
  };
}

function enablementLinks(
  name: string,
  unit: LoadedUnit | undefined,
  isEnabled: boolean,
): readonly UnitLink[] {
  const target = unit?.paths[0];
  if (unit === undefined || target === undefined) return [];
  return (Object.keys(directories) as (keyof typeof directories)[]).flatMap((kind) =>
    unit.install[kind].map((other) => ({
      action: isEnabled ? ('symlink' as const) : ('unlink' as const),
      path: join(dirname(target), `${other}.${directories[kind]}`, name),
      target: isEnabled ? target : '',
    })),
  );
}
