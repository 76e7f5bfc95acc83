/** Unit files and drop-ins, for the checks of `doctor`; HostError where a directory cannot be read. */
import { realpathSync } from '../host/machine/fs.ts';
import {
  findUnitFiles,
  listUnitFiles,
  readUnitFile,
  unitSearchPath,
} from '../host/units/unit-directories.ts';
import type { Scope } from '../model/ports.ts';
import { installedUnits } from '../session/installed-units.ts';
import type { ManagerFacts, InstalledFacts } from './facts.ts';
import { isUnknown } from './facts.ts';
import type { Environment } from '../model/environment.ts';

export function readUnitFiles(
  scope: Scope,
  environment: Environment,
): Omit<InstalledFacts, 'dropIns' | 'pasts'> {
  const directories = withoutAliases(unitSearchPath(scope, environment));
  const everywhere = installedUnits(directories.flatMap(listUnitFiles));
  const names = [...new Set(everywhere.map(({ name }) => name))];
  const files = new Map(
    names.map((name) => [
      name,
      findUnitFiles(name, directories).map((path) => ({ path, text: readUnitFile(path) ?? '' })),
    ]),
  );
  return {
    installedUnits: everywhere.filter(({ name, path }) => files.get(name)?.[0]?.path === path),
    files,
  };
}

/** /lib is a link to /usr/lib on most hosts: a file that is there once must not appear twice. */
function withoutAliases(directories: readonly string[]): readonly string[] {
  const realPaths = new Set<string>();
  return directories.filter((directory) => {
    const real = realPath(directory);
    if (real === undefined || realPaths.has(real)) return false;
    realPaths.add(real);
    return true;
  });
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** The drop-ins that the manager has read; none for units about which dockunit cannot ask it. */
export function readDropIns(states: ManagerFacts['states']): InstalledFacts['dropIns'] {
  if (isUnknown(states)) return new Map();
  return new Map(
    [...states.values()].map(({ name, dropIns = [] }) => [
      name,
      dropIns.flatMap((path) => {
        const text = readUnitFile(path);
        return text === undefined ? [] : [{ path, text }];
      }),
    ]),
  );
}
