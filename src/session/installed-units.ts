/**
 * dockunit's units in the manager's unit directories, as a list: the knowledge of every driving verb about
 * the host before it asks the manager anything.
 */
import { prefetch } from '../host/machine/fs.ts';
import { type UnitFileText, listUnitFiles } from '../host/units/unit-directories.ts';
import { dockunitField, namesOf, valuesOf } from '../units/unit-set.ts';
import type { Unit, UnitContainer, UnitKind } from '../units/unit-set.ts';
import { parseUnit } from '../units/unit-file.ts';
import { instanceOf } from '../units/unit-name.ts';

export interface InstalledUnit {
  /** Name with suffix: `shop-web.service`. */
  readonly name: string;
  readonly kind: UnitKind;
  readonly project: string;
  /** The service of the Compose file it belongs to; networks, volumes and targets have none. */
  readonly service?: string;
  readonly container?: string;
  readonly image?: string;
  /** The image name that docker gets, where it is pinned: with its digest, or its id. */
  readonly pin?: string;
  /** The Compose file it was compiled from. */
  readonly source?: string;
  /** Of the unit file; absolute. */
  readonly path: string;
  readonly unit: Unit;
}

/** Those of the files that are dockunit's units, sorted by name. */
export function installedUnits(files: Iterable<UnitFileText>): readonly InstalledUnit[] {
  return [...files]
    .flatMap(({ name, path, text }): InstalledUnit[] => {
      const unit = parseUnit(name, text);
      const project = unit && dockunitField(unit, 'Project');
      if (unit === undefined || project === undefined) return [];
      const [service, container, image, pin, source] = (
        ['Service', 'Container', 'Image', 'Pin', 'Source'] as const
      ).map((field) => dockunitField(unit, field));
      return [
        {
          name,
          kind: unit.kind,
          project,
          ...(service !== undefined && { service }),
          ...(container !== undefined && { container }),
          ...(image !== undefined && { image }),
          ...(pin !== undefined && { pin }),
          ...(source !== undefined && { source }),
          path,
          unit,
        },
      ];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The containers that these units run. */
export function unitContainers(all: readonly InstalledUnit[]): readonly UnitContainer[] {
  return all.flatMap(({ kind, container, name, project }) =>
    kind === 'container' && container !== undefined ? [{ container, unit: name, project }] : [],
  );
}

/** The container units among the units, or those that belong to a project's target. */
export function servicesOf(
  units: readonly InstalledUnit[],
  all: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  const projects = new Set(units.filter(({ kind }) => kind === 'target').map(({ project }) => project));
  const names = new Set(units.map(({ name }) => name));
  return all.filter(
    (unit) => unit.kind === 'container' && (names.has(unit.name) || projects.has(unit.project)),
  );
}

/**
 * The name that a user gives to the unit: the service's name, with its number where it has several
 * containers; else the unit's name without suffix.
 */
export function shortName(unit: InstalledUnit): string {
  return unit.kind === 'container' && unit.service !== undefined
    ? unit.service + instanceOf(unit.name)
    : stemOf(unit.name);
}

/** `shop-web.service` → `shop-web`. */
export function stemOf(name: string): string {
  return name.replace(/\.(service|target)$/, '');
}

/** Dependencies whose failure keeps a unit down; systemd.unit(5). */
const requiring = ['Requires', 'Requisite', 'BindsTo'] as const;

/** The units that the unit cannot run without, according to its own file; drop-ins are not read. */
export function requirementsOf(unit: InstalledUnit): readonly string[] {
  return [...new Set(requiring.flatMap((key) => namesOf(unit.unit, key)))];
}

/** The units that the unit requires or merely wants. */
export function dependenciesOf(unit: InstalledUnit): readonly string[] {
  return [...new Set([...requirementsOf(unit), ...namesOf(unit.unit, 'Wants')])];
}

/** The last word set for a key, e.g. `always` for Restart=; undefined where there is none. */
export function directiveValue(unit: InstalledUnit, section: string, key: string): string | undefined {
  const value = valuesOf(unit.unit, section, key).at(-1);
  if (value?.kind === 'word') return value.word;
  return value?.kind === 'verbatim' ? value.text.trim() : undefined;
}

/** These units, and all of dockunit's that they require or want, directly or through others. */
export function withDependencies(
  units: readonly InstalledUnit[],
  all: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  const byName = new Map(all.map((unit) => [unit.name, unit]));
  const closure = new Set(units);
  for (const unit of closure) {
    for (const name of dependenciesOf(unit)) {
      const dependency = byName.get(name);
      if (dependency !== undefined) closure.add(dependency);
    }
  }
  return [...closure];
}

/**
 * These units, and all of dockunit's that systemd stops and restarts with them: Requires= and PartOf=,
 * systemd.unit(5).
 */
export function withDependents(
  units: readonly InstalledUnit[],
  all: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  const dependents = new Map<string, InstalledUnit[]>();
  for (const unit of all) {
    for (const name of [...requirementsOf(unit), ...namesOf(unit.unit, 'PartOf')]) {
      const others = dependents.get(name);
      if (others === undefined) dependents.set(name, [unit]);
      else others.push(unit);
    }
  }
  const closure = new Set(units);
  for (const { name } of closure) for (const unit of dependents.get(name) ?? []) closure.add(unit);
  return [...closure];
}

/** dockunit's units in the directories; of several with the same name the first is in force, systemd.unit(5). */
export function readInstalled(directories: readonly string[]): readonly InstalledUnit[] {
  const inForce = new Map<string, UnitFileText>();
  prefetch(directories);
  for (const directory of directories) {
    for (const file of listUnitFiles(directory)) {
      if (unitSuffix.test(file.name) && !inForce.has(file.name)) inForce.set(file.name, file);
    }
  }
  return installedUnits(inForce.values());
}

/** The types of the units that verbs drive; the units in a slice start it. */
const unitSuffix = /\.(service|target)$/;
