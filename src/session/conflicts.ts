/** Obstacles to new units: files that dockunit must neither overwrite nor shadow. */
import { join } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { findUnitFiles, readUnitFile } from '../host/units/unit-directories.ts';
import { aliasesOf } from '../units/install-names.ts';
import { attachedNames } from '../units/attached-names.ts';
import { parseUnit } from '../units/unit-file.ts';
import { type AttachedFile, type Unit, type UnitSet, dockunitField } from '../units/unit-set.ts';

/** What is to be written of a project: its units with the names that they will take, and the files beside them. */
type WrittenUnits = Pick<UnitSet, 'project' | 'units' | 'files'>;

/** Files of others that dockunit would overwrite, and units that its units would shadow or be shadowed by. */
export function findObstacles(
  set: WrittenUnits,
  directory: string,
  searchPath: readonly string[],
): readonly Diagnostic[] {
  // Outside systemd's own directories only files in the directory itself can be in the way.
  const directories = searchPath.includes(directory) ? searchPath : [directory];
  const report = (code: string, unit: string, message: string, remedy: string): Diagnostic[] => [
    { severity: 'error', code, path: unit, message, remedy },
  ];
  const names = set.units.flatMap((unit) => [unit.name, ...aliasesOf(unit)]);
  const units = names.flatMap((name) => {
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
  const files = set.files
    .filter((file) => isOfOthers(file, directory))
    .flatMap(({ name }) =>
      report(
        'file-foreign',
        name,
        `${join(directory, name)} is there already, and no unit of dockunit reads it`,
        `Move it aside: mv ${join(directory, name)} ${join(directory, name)}.old`,
      ),
    );
  return [...units, ...files];
}

/**
 * Whether a file stands in the place of one that dockunit writes. dockunit writes units before the files that they
 * read, so a file that it wrote has its unit.
 */
function isOfOthers({ name, unit, content }: AttachedFile, directory: string): boolean {
  const present = readUnitFile(join(directory, name));
  if (present === undefined || present === content) return false;
  const text = readUnitFile(join(directory, unit)) ?? '';
  const isRead = attachedNames({ unit: { name: unit }, text }, directory).includes(name);
  return !isRead || projectOf(unit, text) === undefined;
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
