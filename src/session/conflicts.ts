/** Obstacles to new units: files that dockunit must neither overwrite nor shadow. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { findUnitFiles, readUnitFile } from '../host/units/unit-directories.ts';
import { aliasesOf } from '../units/install-names.ts';
import { parseUnit } from '../units/unit-file.ts';
import { type Unit, type UnitSet, dockunitField } from '../units/unit-set.ts';

/** A project, and units of it with the names that they will take, those of their aliases included. */
type NamedUnits = Pick<UnitSet, 'project' | 'units'>;

/** Units of other software that dockunit would overwrite, or that its units would shadow or be shadowed by. */
export function findObstacles(
  set: NamedUnits,
  directory: string,
  searchPath: readonly string[],
): readonly Diagnostic[] {
  // Outside systemd's own directories only files in the directory itself can be in the way.
  const directories = searchPath.includes(directory) ? searchPath : [directory];
  const report = (code: string, unit: string, message: string, remedy: string): Diagnostic[] => [
    { severity: 'error', code, path: unit, message, remedy },
  ];
  const names = set.units.flatMap((unit) => [unit.name, ...aliasesOf(unit)]);
  return names.flatMap((name) => {
    const [path] = findUnitFiles(name, directories);
    if (path === undefined) return [];
    // A link to /dev/null, or an empty file, masks a unit (systemd.unit(5)).
    const text = readUnitFile(path) ?? '';
    if (text === '') {
      return report('unit-masked', name, `${path} masks the unit`, `Run: systemctl unmask ${name}`);
    }
    const owner = projectOf(name, text);
    if (owner === undefined) {
      return report(
        'unit-foreign',
        name,
        `${path} is there already, and dockunit did not write it`,
        'Rename the service or its alias, or give the project a name with `name:` at the top; the unit is left as it is',
      );
    }
    if (owner !== set.project) {
      return report(
        'unit-of-another-project',
        name,
        `${path} belongs to the project ${owner}`,
        'Rename the service or its alias, or give this project a name with `name:` at the top',
      );
    }
    return [];
  });
}

/** The project a unit file belongs to; undefined for a unit that is not dockunit's. */
function projectOf(name: string, text: string): string | undefined {
  const unit = parseOurs(name, text);
  return unit === undefined ? undefined : dockunitField(unit, 'Project');
}

/** dockunit did not write a unit that it cannot parse. */
function parseOurs(name: string, text: string): Unit | undefined {
  try {
    return parseUnit(name, text);
  } catch {
    return undefined;
  }
}
