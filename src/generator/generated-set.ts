/** The unit sets of all Compose files → the sets to put in place, and the findings to report. Pure. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { withoutControls } from '../text/controls.ts';
import { parseUnit } from '../units/unit-file.ts';
import type { Unit, UnitSet } from '../units/unit-set.ts';
import { dockunitField, valuesOf } from '../units/unit-set.ts';

/** The result for one Compose file. */
export interface CompiledFile {
  /** Absolute. */
  readonly path: string;
  /** Absent where a finding is an error. */
  readonly set?: UnitSet;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * A unit file with the name of one of dockunit's, in another directory, written by other software or by
 * `dockunit apply`.
 */
export interface OtherFile {
  readonly path: string;
  /** '' where it masks the unit. */
  readonly text: string;
  /** Whether systemd reads it in place of one that is generated. */
  readonly wins: boolean;
}

/**
 * The files with all other findings about their sets: a set without an error is to be put in place. Such a
 * set neither hides a unit of the host nor mixes with an installation of the same project; of two files
 * that make the same unit, the first one makes it.
 * @param others by the unit's name
 */
export function judgeFiles(
  files: readonly CompiledFile[],
  others: ReadonlyMap<string, readonly OtherFile[]>,
): readonly CompiledFile[] {
  const makers = new Map<string, string>();
  return files.map(({ path, set, diagnostics }) => {
    if (set === undefined) return { path, diagnostics };
    const findings = [
      ...diagnostics,
      ...twiceMade(path, set, makers),
      ...(installedToo(path, set, others) ?? set.units.flatMap((unit) => inTheWay(unit, others))),
    ];
    if (hasErrors(findings)) return { path, diagnostics: findings };
    for (const { name } of set.units) makers.set(name, path);
    return { path, set, diagnostics: findings };
  });
}

function twiceMade(path: string, set: UnitSet, makers: ReadonlyMap<string, string>): Diagnostic[] {
  const twice = set.units.find(({ name }) => makers.has(name));
  if (twice === undefined) return [];
  return [
    {
      severity: 'error',
      code: 'unit-name-collision',
      position: { file: path, line: 1, column: 1 },
      message: `${makers.get(twice.name) ?? ''} makes a unit ${twice.name} already`,
      remedy: 'Give one of the two another `name:`, or take it away',
    },
  ];
}

/** The directory where `apply` or `generate -o` installed the project, with its target. */
function installedToo(
  path: string,
  set: UnitSet,
  others: ReadonlyMap<string, readonly OtherFile[]>,
): Diagnostic[] | undefined {
  const target = set.units.find(({ kind }) => kind === 'target');
  const installedTarget = others
    .get(target?.name ?? '')
    ?.find(({ text, wins }) => wins && target !== undefined && projectIn(target.name, text) === set.project);
  if (installedTarget === undefined) return undefined;
  return [
    {
      severity: 'error',
      code: 'unit-installed-too',
      position: { file: path, line: 1, column: 1 },
      message: `the project ${set.project} is installed as well, by ${installedTarget.path}, and that runs`,
      remedy: `Undo the installation: dockunit remove -p ${set.project}; or move the file away`,
    },
  ];
}

function inTheWay(unit: Unit, others: ReadonlyMap<string, readonly OtherFile[]>): Diagnostic[] {
  return (others.get(unit.name) ?? []).flatMap(({ path, text, wins }): Diagnostic[] => {
    // Masked, or edited by `systemctl edit --full`: the user wants it so.
    if (wins && (text === '' || projectIn(unit.name, text) !== undefined)) return [];
    return [
      {
        code: 'unit-foreign',
        path: unit.name,
        ...(wins
          ? {
              severity: 'warning',
              message: `${path}, which dockunit did not write, is used in place of this unit`,
            }
          : { severity: 'error', message: `${path} is a unit of the host, which this one would replace` }),
        remedy: 'Rename the service, or give the project another `name:`',
      },
    ];
  });
}

function projectIn(name: string, text: string): string | undefined {
  try {
    const unit = parseUnit(name, text);
    return unit && dockunitField(unit, 'Project');
  } catch {
    return undefined;
  }
}

/** The keys of [Install] for which systemctl makes links, systemd.unit(5); for generated units it cannot. */
const linkDirectories = {
  WantedBy: 'wants',
  RequiredBy: 'requires',
  UpheldBy: 'upholds',
} as const;

export interface BootLink {
  /** In the directory of the units: `multi-user.target.wants/shop.target`. */
  readonly path: string;
  readonly target: string;
}

/** The links by which the boot starts the project: those that `enable` makes for its target. */
export function bootLinks(set: UnitSet): readonly BootLink[] {
  const targets = set.units.filter(({ kind }) => kind === 'target');
  return targets.flatMap((unit) =>
    Object.entries(linkDirectories).flatMap(([key, directory]) =>
      installNames(unit, key).map((by) => ({
        path: `${by}.${directory}/${unit.name}`,
        target: `../${unit.name}`,
      })),
    ),
  );
}

function installNames(unit: Unit, key: string): readonly string[] {
  return valuesOf(unit, 'Install', key).flatMap((value) => (value.kind === 'names' ? value.names : []));
}

/** Parses a line of reportLines. Undefined for any other line. */
export function parseReport(line: string):
  | {
      readonly severity: 'error' | 'warning';
      readonly where: string;
      readonly message: string;
      readonly remedy: string;
    }
  | undefined {
  const [, where, severity, text = ''] = /^<\d>(.*?): (error|warning): (.*)$/s.exec(line) ?? [];
  const arrow = text.lastIndexOf(' -> ');
  if (where === undefined || arrow < 0) return undefined;
  return {
    where,
    severity: severity === 'error' ? 'error' : 'warning',
    message: text.slice(0, arrow),
    remedy: text.slice(arrow + 4),
  };
}

/** Lines for the kernel log: a priority as `<3>`, the place, the problem, and the remedy. */
export function reportLines({ path, diagnostics }: CompiledFile): readonly string[] {
  const priorities = { error: 3, warning: 4, note: undefined } as const;
  return diagnostics.flatMap(({ severity, position, path: within, message, remedy }) => {
    const priority = priorities[severity];
    if (priority === undefined) return [];
    const place =
      position === undefined ? path : `${position.file}:${String(position.line)}:${String(position.column)}`;
    const where = within === undefined ? place : `${place} ${within}`;
    return [`<${String(priority)}>${withoutControls(`${where}: ${severity}: ${message} -> ${remedy}`)}`];
  });
}
