/** Checks that the project about to be installed is the one that its file was installed as last time. */
import { basename } from 'node:path';
import { diagnoseOrigin } from './find-origin.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { isFile, realComposePath, standardInputName } from '../host/units/compose-files.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { Compilation } from './compile-project.ts';
import type { Context, GlobalOptions } from '../run/context.ts';
import type { InstalledUnit } from './installed-units.ts';

/** An error where it is another project, and the user did not say so. */
export function findOrigin(
  { source: { files }, project }: Compilation,
  set: UnitSet,
  installedUnits: readonly InstalledUnit[],
  { variables }: Context,
  options: GlobalOptions,
): readonly Diagnostic[] {
  const [first] = files;
  if (first === undefined || basename(first.path) === standardInputName) return [];
  const position = project?.where('name');
  const line = files.find(({ path }) => path === position?.file)?.text.split('\n')[(position?.line ?? 0) - 1];
  const name = /\bname["']?\s*:\s*["']?([^\s"',}]*)/.exec(line ?? '')?.[1];
  return diagnoseOrigin({
    set,
    installedUnits: installedUnits.map(({ unit }) => unit),
    isSame: (one, other) => realComposePath(one) === realComposePath(other),
    exists: isFile,
    isExplicit:
      (options.projectName ?? variables['COMPOSE_PROJECT_NAME'] ?? '') !== '' ||
      (options.file ?? []).length > 1 ||
      // The user gives the value of a variable in the name at each run.
      name?.includes('$') === true,
    position: name === undefined ? undefined : position,
  });
}
