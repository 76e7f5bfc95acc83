/** The links that enabling a unit would make under systemd: the supervisor keeps them in its journal. Pure. */
import { dirname, join } from 'node:path';
import type { UnitLink } from '../../host/ports.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';

const directories = { wantedBy: 'wants', requiredBy: 'requires', upheldBy: 'upholds' } as const;

/** @param enabled whether they are made or taken away */
export function enablementLinks(
  name: string,
  unit: LoadedUnit | undefined,
  enabled: boolean,
): readonly UnitLink[] {
  const target = unit?.paths[0];
  if (unit === undefined || target === undefined) return [];
  return (Object.keys(directories) as (keyof typeof directories)[]).flatMap((kind) =>
    unit.install[kind].map((other) => ({
      action: enabled ? ('symlink' as const) : ('unlink' as const),
      path: join(dirname(target), `${other}.${directories[kind]}`, name),
      target: enabled ? target : '',
    })),
  );
}
