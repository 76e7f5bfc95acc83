/**
 * The project name under which the file of a set was installed before: under another name its services
 * would be a second copy beside the first, and their volumes new ones without the data. Pure.
 */
import type { Diagnostic, Position } from '../model/diagnostic.ts';
import type { Unit, UnitSet } from '../units/unit-set.ts';
import { dockunitField } from '../units/unit-set.ts';
import { volumeOf } from './gone-resources.ts';

export interface OriginFacts {
  readonly set: UnitSet;
  /** All units installed in the scope. */
  readonly installedUnits: readonly Unit[];
  /** Whether two paths lead to the same file. */
  isSame(one: string, other: string): boolean;
  /** Whether there is a file of that path. */
  exists(path: string): boolean;
  /**
   * Whether the user gives the name outside the file, which may have several then: -p, a variable,
   * several files.
   */
  readonly isExplicit: boolean;
  /** The position of the name in the file. */
  readonly position: Position | undefined;
}

/**
 * An error where the file was installed under another name, or the name belongs to another file; a
 * warning where the user chose the name.
 */
export function diagnoseOrigin(facts: OriginFacts): readonly Diagnostic[] {
  const { set, installedUnits, isSame, exists } = facts;
  const source = sourceOf(set.units, set.project);
  if (source === undefined) return [];
  const before = sourceOf(installedUnits, set.project);
  if (before !== undefined) {
    if (isSame(before, source) || !exists(before)) return [];
    return [copyFinding(before, source, facts)];
  }
  const others = installedUnits
    .filter(({ kind }) => kind === 'target')
    .flatMap((unit) => dockunitField(unit, 'Project') ?? [])
    .filter((project) => isSame(sourceOf(installedUnits, project) ?? '', source));
  return others.map((project) => renameFinding(project, source, facts));
}

/** The Compose file that a project was compiled from. */
function sourceOf(units: readonly Unit[], project: string): string | undefined {
  const target = units.find((unit) => unit.kind === 'target' && dockunitField(unit, 'Project') === project);
  return target && dockunitField(target, 'Source');
}

/** Two directories with one project name: the second must not take over the services of the first. */
function copyFinding(
  before: string,
  source: string,
  { set: { project }, isExplicit, position }: OriginFacts,
): Diagnostic {
  const own = 'If this is to be a second one, give it a name of its own with `name:` at the top';
  return {
    severity: isExplicit ? 'warning' : 'error',
    code: 'project-of-another-file',
    ...(position !== undefined && !isExplicit && { position }),
    path: 'name',
    message: `The services of ${project} are of ${before}, which is still there, and ${source} is another file${isExplicit ? ': it takes the project over' : ''}`,
    remedy: isExplicit ? own : `${own}; if it is to take the place of the first, say so: -p ${project}`,
  };
}

function renameFinding(
  before: string,
  source: string,
  { set, installedUnits, isExplicit, position }: OriginFacts,
): Diagnostic {
  const { project } = set;
  const names = set.units.flatMap((unit): readonly string[] => {
    const key = keyOf(unit, project);
    const old = installedUnits.find((other) => key !== undefined && keyOf(other, before) === key);
    const [now, then] = [volumeOf(unit), old && volumeOf(old)];
    return key === undefined || then === undefined || then === now ? [] : [`${key}: { name: ${then} }`];
  });
  const data =
    names.length === 0
      ? ''
      : `, and to keep their data write under \`volumes:\` ${names.map((each) => `\`${each}\``).join(', ')}`;
  return {
    severity: isExplicit ? 'warning' : 'error',
    code: 'project-renamed',
    ...(position !== undefined && !isExplicit && { position }),
    path: 'name',
    message: `${source} is installed as the project ${before}; as ${project} it is a second one beside it, with volumes of its own`,
    remedy: isExplicit
      ? `If it is to take the place of ${before}, remove that first: dockunit remove -p ${before} (its volumes stay)`
      : `Put \`name: ${before}\` back; or remove ${before} first: dockunit remove -p ${before} (its volumes stay${data}); or, to have both, say so: -p ${project}`,
  };
}

/** The key under `volumes:` that a volume unit stands for. */
function keyOf(unit: Unit, project: string): string | undefined {
  if (unit.kind !== 'volume' || dockunitField(unit, 'Project') !== project) return undefined;
  return unit.name.replace(`${project}-vol-`, '').replace(/\.service$/, '');
}
