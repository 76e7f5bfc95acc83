/**
 * Compares installed units with wanted units, one by one. Pure: unit files and the files beside them come
 * in as text.
 */
import { configHash } from '../units/config-hash.ts';
import { readEnvironment } from '../units/environment.ts';
import { parseUnit, serialiseUnit } from '../units/unit-file.ts';
import type { AttachedFile, Unit, UnitKind, UnitSet } from '../units/unit-set.ts';
import { dockunitField } from '../units/unit-set.ts';
import type { Detail, Need } from './unit-diff.ts';
import { unitDetails } from './unit-diff.ts';

/** A unit of the project as it lies on disk. */
export interface InstalledText {
  readonly unit: Unit;
  readonly text: string;
}

/** A file beside a unit that the unit reads. */
export interface InstalledFile {
  readonly name: string;
  readonly mode: number;
  readonly content: string;
  /** The unit that reads it. */
  readonly unit: string;
  /** Milliseconds since the epoch at which it was last written. */
  readonly written: number;
}

export interface Installation {
  /** Sorted by name. */
  readonly units: readonly InstalledText[];
  readonly files: readonly InstalledFile[];
}

/** The installation as a set of units that may be wanted again. */
export function setOf(project: string, { units, files }: Installation): UnitSet {
  return {
    project,
    units: units.map(({ unit }) => unit),
    files: files.map(({ name, mode, content, unit }) => ({ name, mode, content, unit, outline: ['…'] })),
  };
}

export type UnitChange = {
  readonly unit: string;
  readonly kind: UnitKind;
  readonly service?: string;
} & (
  | { readonly change: 'added' | 'same' }
  /**
   * No longer wanted. `orphan`: the service, network or volume is gone from the Compose file, and dockunit
   * removes the unit with consent only; otherwise other units of a service that is still there replace it.
   */
  | { readonly change: 'removed'; readonly orphan: boolean }
  /** `details` is [] where nothing but the wording of its file differs. */
  | { readonly change: 'changed'; readonly details: readonly Detail[] }
);

/** One entry for each unit that is installed or wanted, sorted by name. */
export function compareUnits(installation: Installation, set: UnitSet): readonly UnitChange[] {
  const before = new Map(installation.units.map((entry) => [entry.unit.name, entry]));
  const after = new Map(set.units.map((unit) => [unit.name, unit]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name): UnitChange[] => {
    const [old, next] = [before.get(name), after.get(name)];
    if (next === undefined) return old === undefined ? [] : [removal(old.unit, set)];
    if (old === undefined) return [{ ...identityOf(next), change: 'added' }];
    const text = serialiseUnit(next);
    const files = fileDetails(next, installation.files, set.files);
    if (old.text === text && files.length === 0) return [{ ...identityOf(next), change: 'same' }];
    // Parsed from its text, like the old one: the model has distinctions that the text does not show.
    const newUnit = parseUnit(name, text) ?? next;
    return [
      {
        ...identityOf(next),
        change: 'changed',
        details: [...(old.text === text ? [] : unitDetails(old.unit, newUnit)), ...files],
      },
    ];
  });
}

function identityOf(unit: Unit): Pick<UnitChange, 'unit' | 'kind' | 'service'> {
  const service = dockunitField(unit, 'Service');
  return { unit: unit.name, kind: unit.kind, ...(service !== undefined && { service }) };
}

/**
 * Whether the removal of a unit needs consent: containers, networks and volumes hold something, other
 * units only serve them.
 */
const isOrphan = {
  container: (service, services) => !services.has(service),
  image: (service, services) => !services.has(service),
  gate: (service, services) => !services.has(service),
  watch: (service, services) => !services.has(service),
  network: () => true,
  volume: () => true,
  slice: () => false,
  target: () => false,
} as const satisfies Record<UnitKind, (service: string, services: ReadonlySet<string>) => boolean>;

function removal(unit: Unit, set: UnitSet): UnitChange {
  const services = new Set(set.units.flatMap((each) => dockunitField(each, 'Service') ?? []));
  const orphan = isOrphan[unit.kind](dockunitField(unit, 'Service') ?? '', services);
  return { ...identityOf(unit), change: 'removed', orphan };
}

function fileDetails(
  { name: unit, kind }: Unit,
  filesBefore: readonly InstalledFile[],
  filesAfter: readonly AttachedFile[],
): readonly Detail[] {
  const before = new Map(filesBefore.filter((file) => file.unit === unit).map((file) => [file.name, file]));
  const after = new Map(filesAfter.filter((file) => file.unit === unit).map((file) => [file.name, file]));
  const need = needsOfFiles[kind];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name): Detail[] => {
    const [old, next] = [before.get(name), after.get(name)];
    if (old?.content === next?.content && (old === undefined || old.mode === next?.mode)) return [];
    if (!name.endsWith('.env')) return [{ kind: 'contents', file: name, need }];
    return [{ kind: 'variables', file: name, ...variableNames(old, next), need }];
  });
}

/** The next build reads the files of an image, and a volume that exists stays unchanged. */
const needsOfFiles = {
  container: 'restart',
  network: 'restart',
  gate: 'restart',
  watch: 'restart',
  slice: 'restart',
  // The script of the project: the units call the new one from now on.
  target: 'nothing',
  image: 'nothing',
  volume: 'nothing',
} as const satisfies Record<UnitKind, Need>;

function variableNames(
  old: InstalledFile | undefined,
  next: AttachedFile | undefined,
): Pick<Extract<Detail, { kind: 'variables' }>, 'removed' | 'added' | 'changed'> {
  const [before, after] = [old, next].map((file) => readEnvironment(file?.content ?? ''));
  const [had, has] = [before ?? new Map<string, string>(), after ?? new Map<string, string>()];
  return {
    removed: [...had.keys()].filter((key) => !has.has(key)),
    added: [...has.keys()].filter((key) => !had.has(key)),
    changed: [...has].filter(([key, value]) => had.has(key) && had.get(key) !== value).map(([key]) => key),
  };
}

/** Whether the text differs from the text dockunit wrote: its hash is no longer the one that stands in it. */
export function isEditedByHand({ unit, text }: InstalledText): boolean {
  const hash = dockunitField(unit, 'ConfigHash');
  if (hash === undefined) return false;
  // [X-Dockunit] comes last, after an empty line that belongs to no section, and is not in the hash.
  const end = text.lastIndexOf('\n[X-Dockunit]\n');
  const own = unit.sections.filter(({ name }) => name === 'X-Dockunit');
  const section = `\n${serialiseUnit({ sections: own })}`;
  return end === -1 || configHash(text) !== hash || text.slice(end) !== section;
}
