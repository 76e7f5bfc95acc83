/**
 * `generate -o`: checks for conflicts, then writes the units into a directory.
 */
import { keptPins, pinOutcomes, pinImages } from '../images/pin-images.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { editedFiles } from './edited-files.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { readInstallation } from './installation.ts';
import { ensureDirectory, unitSearchPath } from '../host/units/unit-directories.ts';
import { type FileChange, writeFiles } from '../host/units/unit-files.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import { type Unit, type UnitSet, dockunitField } from '../units/unit-set.ts';
import { type Compilation, printDiagnostics } from '../session/compile-project.ts';
import { findContainersIfTold, runnerOf, startingWith } from '../session/container-conflicts.ts';
import { scopeOf } from '../run/context.ts';
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { mayLock, withHostLock } from '../session/host-lock.ts';
import { findObstacles } from '../session/conflicts.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { readInstalled } from '../session/installed-units.ts';
import { findOrigin } from '../session/origin.ts';
import { renderPins } from './render-pins.ts';
import { commandHint } from '../run/command-hint.ts';
import { writeRemark, writeReport } from '../run/report.ts';

/** Into a directory of the host's manager with the host's lock: another verb may change the same units. */
export async function installUnits(
  context: Context,
  options: GlobalOptions,
  compilation: Compilation,
  set: UnitSet,
): Promise<ExitCode> {
  const { directory, scope } = compilation.target;
  const install = (): Promise<ExitCode> => writeUnits(context, options, compilation, set);
  const isOfManager = unitSearchPath(scope, context.environment).includes(directory);
  if (!isOfManager || !mayLock(scope, context)) return install();
  return (await withHostLock(context, scope, install)) ?? 1;
}

async function writeUnits(
  context: Context,
  options: GlobalOptions,
  compilation: Compilation,
  compiledSet: UnitSet,
): Promise<ExitCode> {
  const { directory, scope } = compilation.target;
  const installation = readInstallation(compiledSet.project, directory);
  const installedUnits = installation.units.map(({ unit }) => unit);
  const set =
    options.unpin === true ? compiledSet : pinImages(compiledSet, keptPins(compiledSet, installedUnits));
  const searchPath = unitSearchPath(scope, context.environment);
  if (searchPath.includes(directory)) refuseGenerated('change', set.project, scope, context);
  const obstacles = [
    ...findObstacles(set, directory, searchPath),
    // systemd starts no unit from another directory.
    ...(searchPath.includes(directory)
      ? [
          ...findOrigin(compilation, set, readInstalled(searchPath), context, options),
          ...(await findContainersIfTold(startingWith(set, searchPath), runnerOf(options), context)),
        ]
      : []),
  ];
  printDiagnostics(context, { source: compilation.source, diagnostics: obstacles });
  if (hasErrors(obstacles)) return 1;
  ensureDirectory(directory);
  const changes = writeFiles(directory, [
    ...set.units.map((unit) => ({ name: unit.name, mode: 0o644, content: serialiseUnit(unit) })),
    ...set.files,
  ]);
  const names = changes.filter(({ change }) => change !== 'unchanged').map(({ name }) => name);
  if (names.length > 0) context.recordChange({ kind: 'files', directory, written: names, removed: [] });
  const orphans = findOrphans(set, installedUnits);
  const pins = pinOutcomes(set, installedUnits);
  if (options.json === true) {
    const entries = changes.map(({ name, change }) => ({ path: `${directory}/${name}`, change }));
    writeReport(context.out, { project: set.project, directory, files: entries, orphans, pins });
    return 0;
  }
  printChanges(context, directory, changes);
  const { state } = stateDirectories(scope, context.environment, context.uid);
  // Of another directory there is no history.
  const editedNames = new Set(
    searchPath.includes(directory) ? editedFiles(set.project, installation, state) : [],
  );
  for (const { name, change } of changes) {
    if (change !== 'changed' || !editedNames.has(name)) continue;
    const note = `${directory}/${name} was edited by hand; your changes are gone (a drop-in would stay: systemctl edit)`;
    writeRemark(context.err, 'note', note);
  }
  for (const name of orphans) {
    context.err.write(
      `note: ${name} is left from an earlier version of the file; the Compose file no longer names it\n`,
    );
  }
  for (const line of renderPins(pins, 'generate')) context.err.write(`${line}\n`);
  if (searchPath.includes(directory)) suggestNext(context, options, set, changes);
  return 0;
}

/** Units of the project that were in the directory, and that the set no longer has. */
function findOrphans(set: UnitSet, installedUnits: readonly Unit[]): readonly string[] {
  const names = new Set(set.units.map((unit) => unit.name));
  return installedUnits.flatMap(({ name }) => (names.has(name) ? [] : [name]));
}

function printChanges(context: Context, directory: string, changes: readonly FileChange[]): void {
  const { style } = context.out;
  const paint = {
    created: style.ok,
    changed: style.busy,
    unchanged: style.dim,
    removed: style.bad,
  } satisfies Record<FileChange['change'], unknown>;
  for (const { name, change } of changes) {
    context.out.write(`${paint[change](change.padEnd('unchanged'.length))}  ${directory}/${name}\n`);
  }
}

function suggestNext(
  context: Context,
  options: GlobalOptions,
  set: UnitSet,
  changes: readonly FileChange[],
): void {
  const services = [
    ...new Set(
      set.units.flatMap((unit) => (unit.kind === 'container' ? (dockunitField(unit, 'Service') ?? []) : [])),
    ),
  ];
  if (services.length === 0) return;
  const [verb, names] = changes.every(({ change }) => change === 'created')
    ? ['enable --now', services]
    : ['restart', services.filter((service) => changesService(set, service, changes))];
  if (names.length > 0)
    context.err.write(`Next: dockunit ${verb}${commandHint(scopeOf(options))} ${names.join(' ')}\n`);
}

function changesService(set: UnitSet, service: string, changes: readonly FileChange[]): boolean {
  const changedNames = new Set(
    changes.filter(({ change }) => change !== 'unchanged').map(({ name }) => name),
  );
  const own = set.units.filter((unit) => dockunitField(unit, 'Service') === service).map((unit) => unit.name);
  const files = set.files.filter((file) => own.includes(file.unit)).map((file) => file.name);
  return [...own, ...files].some((name) => changedNames.has(name));
}
