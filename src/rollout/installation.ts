/** The files of a project in the directory of unit files: its units, the files they read, the drop-ins. */
import { join } from 'node:path';
import type { Installation, InstalledText } from './compare-units.ts';
import { attachedNames } from '../units/attached-names.ts';
import { parseUnit } from '../units/unit-file.ts';
import type { Unit } from '../units/unit-set.ts';
import { dockunitField } from '../units/unit-set.ts';
import { isCode } from '../host/machine/error-codes.ts';
import { fileError } from '../host/machine/file-errors.ts';
import { lookAt, readText, readdirSync } from '../host/machine/fs.ts';
import { listUnitFiles } from '../host/units/unit-directories.ts';

/** The project's units in the directory, and the files beside them. HostError where one cannot be read. */
export function readInstallation(project: string, directory: string): Installation {
  const units = listUnitFiles(directory).flatMap(({ name, text }): InstalledText[] => {
    const unit = parseOurs(name, text);
    return unit !== undefined && dockunitField(unit, 'Project') === project ? [{ unit, text }] : [];
  });
  const files = units.flatMap((entry) =>
    attachedNames(entry, directory).flatMap((name) =>
      readAttached(join(directory, name), name, entry.unit.name),
    ),
  );
  return { units, files };
}

/** A file that cannot be parsed is in the way, and is reported so. */
function parseOurs(name: string, text: string): Unit | undefined {
  try {
    return parseUnit(name, text);
  } catch {
    return undefined;
  }
}

function readAttached(path: string, name: string, unit: string): Installation['files'] {
  try {
    const stats = lookAt(path);
    if (stats?.kind !== 'file') return [];
    const content = readText(path);
    return [{ name, mode: stats.mode, content, unit, written: stats.modifiedAt }];
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

/** Drop-ins of the units, by path, systemd.unit(5): the user's own, which dockunit never writes. */
export function findDropIns(units: readonly string[], directories: readonly string[]): readonly string[] {
  return directories.flatMap((directory) =>
    units.flatMap((unit) => {
      try {
        return readdirSync(join(directory, `${unit}.d`))
          .filter((name) => name.endsWith('.conf'))
          .sort()
          .map((name) => join(directory, `${unit}.d`, name));
      } catch (error) {
        if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
        throw fileError(error, 'list', join(directory, `${unit}.d`));
      }
    }),
  );
}
