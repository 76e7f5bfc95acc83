/**
 * `generate -o`: the units written into a directory, after a look at what would be in their way.
 */
import { type Diagnostic, hasErrors } from '../diagnostic.ts';
import {
  type FileChange,
  type FoundUnit,
  findUnit,
  readUnitDirectory,
  writeFiles,
} from '../host/unit-files.ts';
import { unitSearchPath } from '../host/unit-directories.ts';
import { parseUnit, serialiseUnit } from '../units/unit-file.ts';
import { type Unit, type UnitSet, dockunitField } from '../units/unit-set.ts';
import { type Compiled, printDiagnostics } from './compile-input.ts';
import type { Context, ExitCode, GlobalOptions } from './context.ts';

export function installUnits(
  context: Context,
  options: GlobalOptions,
  compiled: Compiled,
  set: UnitSet,
): ExitCode {
  const { directory, scope } = compiled.target;
  const searchPath = unitSearchPath(scope, context.environment);
  const obstacles = findObstacles(set, directory, searchPath);
  if (hasErrors(obstacles)) {
    printDiagnostics(context, { source: compiled.source, diagnostics: obstacles });
    return 1;
  }
  const changes = writeFiles(directory, [
    ...set.units.map((unit) => ({ name: unit.name, mode: 0o644, content: serialiseUnit(unit) })),
    ...set.files,
  ]);
  const orphans = findOrphans(set, directory);
  if (options.json === true) {
    const entries = [...changes].map(([name, change]) => ({ path: `${directory}/${name}`, change }));
    context.out.write(
      `${JSON.stringify({ project: set.project, directory, files: entries, orphans }, null, 2)}\n`,
    );
    return 0;
  }
  printChanges(context, directory, changes);
  for (const name of orphans) {
    context.err.write(
      `note: ${name} is left from an earlier version of the file; the Compose file no longer names it\n`,
    );
  }
  if (searchPath.includes(directory)) suggestNext(context, options, set, changes);
  return 0;
}

/** Units of somebody else's that we would overwrite, or that ours would shadow or be shadowed by. */
function findObstacles(
  set: UnitSet,
  directory: string,
  searchPath: readonly string[],
): readonly Diagnostic[] {
  // Elsewhere than in systemd's own directories only what lies there can be in the way.
  const directories = searchPath.includes(directory) ? searchPath : [directory];
  const report = (code: string, unit: string, message: string, remedy: string): Diagnostic[] => [
    { severity: 'error', code, path: unit, message, remedy },
  ];
  return set.units.flatMap((unit) => {
    const found = findUnit(unit.name, directories);
    if (found === undefined) return [];
    if (found.masked) {
      return report(
        'unit-masked',
        unit.name,
        `${found.path} masks the unit`,
        `Run: systemctl unmask ${unit.name}`,
      );
    }
    const owner = projectOf(unit.name, found);
    if (owner === undefined) {
      return report(
        'unit-foreign',
        unit.name,
        `${found.path} is there already, and dockunit did not write it`,
        'Rename the service, or give the project a name with `name:` at the top; the unit is left as it is',
      );
    }
    if (owner !== set.project) {
      return report(
        'unit-of-another-project',
        unit.name,
        `${found.path} belongs to the project ${owner}`,
        'Rename the service, or give this project a name with `name:` at the top',
      );
    }
    return [];
  });
}

function projectOf(name: string, found: FoundUnit): string | undefined {
  const unit = parseOurs(name, found.text);
  return unit === undefined ? undefined : dockunitField(unit, 'Project');
}

/** Units of the project in the directory that the set no longer has. */
function findOrphans(set: UnitSet, directory: string): readonly string[] {
  const names = new Set(set.units.map((unit) => unit.name));
  return readUnitDirectory(directory, (name) => /\.(service|target)$/.test(name) && !names.has(name))
    .filter(({ name, text }) => projectOf(name, { path: name, text, masked: false }) === set.project)
    .map(({ name }) => name);
}

/** A unit we cannot even read is not one we wrote. */
function parseOurs(name: string, text: string): Unit | undefined {
  try {
    return parseUnit(name, text);
  } catch {
    return undefined;
  }
}

function printChanges(context: Context, directory: string, changes: ReadonlyMap<string, FileChange>): void {
  const { style } = context.out;
  const paint = {
    created: style.ok,
    changed: style.busy,
    unchanged: style.dim,
    removed: style.bad,
  } satisfies Record<FileChange, unknown>;
  for (const [name, change] of changes) {
    context.out.write(`${paint[change](change.padEnd('unchanged'.length))}  ${directory}/${name}\n`);
  }
}

function suggestNext(
  context: Context,
  options: GlobalOptions,
  set: UnitSet,
  changes: ReadonlyMap<string, FileChange>,
): void {
  const services = set.units.flatMap((unit) =>
    unit.kind === 'container' ? (dockunitField(unit, 'Service') ?? []) : [],
  );
  if (services.length === 0) return;
  const user = options.user === true ? ' --user' : '';
  const [verb, names] = [...changes.values()].every((change) => change === 'created')
    ? ['enable --now', services]
    : ['restart', services.filter((service) => changesService(set, service, changes))];
  if (names.length > 0) context.err.write(`Next: dockunit ${verb}${user} ${names.join(' ')}\n`);
}

function changesService(set: UnitSet, service: string, changes: ReadonlyMap<string, FileChange>): boolean {
  const own = set.units.filter((unit) => dockunitField(unit, 'Service') === service).map((unit) => unit.name);
  const files = set.files.filter((file) => own.includes(file.unit)).map((file) => file.name);
  return [...own, ...files].some((name) => changes.get(name) !== 'unchanged');
}
