/**
 * Turns unit files into units as the supervisor runs them: the requested ones, and all that they name. Reports a
 * diagnostic for what it cannot honour; loads a unit that systemd would not start as bad-setting.
 */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { UnitFiles, UnitSources } from '../../model/ports.ts';
import { fingerprint } from '../../units/fingerprint.ts';
import { type Steps, complete } from '../steps.ts';
import { type UnitName, escapePath, parseUnitName } from '../../units/unit-name.ts';
import { parseData } from '../../units/quoting.ts';
import type { Dependencies, UnitConfig } from '../engine/unit-config.ts';
import { builtinUnit, externalStartTimeout } from './builtin-units.ts';
import { readConditions } from './conditions.ts';
import {
  type Mounts,
  linkedDependencies,
  mergeDependencies,
  mountDependencies,
  noDependencies,
  readDependencies,
  readMountPaths,
  readNames,
} from './dependencies.ts';
import { executionFault, readExecution } from './execution.ts';
import { relateUnits } from './implied-dependencies.ts';
import type { LoadedUnit } from './loaded-unit.ts';
import { commandFault, readService } from './service.ts';
import { type Assignment, type UnitSettings, readSettings } from './settings.ts';
import { replaceSpecifiers, specifiersOf } from './specifiers.ts';
import { parseTimeSpan } from '../../text/time-span.ts';
import { parseBoolean, parseUnsigned } from './values.ts';

export interface LoadedUnits {
  /** By name; includes every unit that one of them names, if only as not-found. */
  readonly units: ReadonlyMap<string, LoadedUnit>;
  /** Other names → names of units. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Loads the units of these names and all units that they depend on.
 * @param enabledUnitsUnits names of the units that are enabled: their WantedBy= and RequiredBy= count.
 */
export function loadUnits(
  names: Iterable<string>,
  sources: UnitSources,
  enabledUnits?: ReadonlySet<string>,
): LoadedUnits {
  return complete(loadUnitsInSteps(names, sources, enabledUnits));
}

/** As loadUnits, one unit a step. */
export function* loadUnitsInSteps(
  names: Iterable<string>,
  sources: UnitSources,
  enabledUnits: ReadonlySet<string> = new Set(),
): Steps<LoadedUnits> {
  const read = sources.reader();
  const { configuredPaths, mountedPaths } = sources.mounts();
  const mounts: Mounts = { configuredPaths: new Set(configuredPaths), mountedPaths: new Set(mountedPaths) };
  const host = sources.specifiers();
  const units = new Map<string, LoadedUnit>();
  const aliases = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const pending = [...names, ...enabledUnits];
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (units.has(name) || aliases.has(name)) continue;
    const files = builtinUnit(name) === undefined ? read(name) : noFiles(name);
    if (files.name !== name) aliases.set(name, files.name);
    if (units.has(files.name)) continue;
    const unit = loadUnit(files, { host, mounts }, diagnostics);
    units.set(files.name, unit);
    pending.push(...Object.values(unit.config.dependencies).flat());
    pending.push(...unit.stopPropagatedFrom);
    const { wantedBy, requiredBy, upheldBy } = unit.install;
    if (enabledUnits.has(files.name)) pending.push(...wantedBy, ...requiredBy, ...upheldBy);
    yield;
  }
  return { units: relateUnits(units, aliases, enabledUnits), aliases, diagnostics };
}

/** UnitReader's: a mount and a slice need no file, and some units always exist. */
export function findUnits(
  names: readonly string[],
  sources: UnitSources,
): { readonly own: readonly string[]; readonly others: readonly string[] } {
  const existing = new Set(sources.existing(names));
  // To find dockunit's own units it reads every unit file.
  const own = new Set(existing.size === 0 ? [] : sources.ownNames());
  const others = names.filter((name) => !own.has(name));
  const needsFile = (name: string): boolean =>
    builtinUnit(name) === undefined && !['mount', 'slice'].includes(parseUnitName(name)?.type ?? '');
  return {
    own: names.filter((name) => own.has(name)),
    others: others.filter((name) => existing.has(name) || !needsFile(name)),
  };
}

/** Changes when the sources of the unit change: its own file, its drop-ins, or their texts. */
export function fingerprintOf({ name, main, dropIns }: UnitFiles): string {
  if (builtinUnit(name) !== undefined || main === undefined || main.text.trim() === '') return '';
  return fingerprint([main, ...dropIns].flatMap(({ path, text }) => [path, text]));
}

const noFiles = (name: string): UnitFiles => ({
  name,
  dropIns: [],
  links: { wants: [], requires: [], upholds: [] },
});

interface LoadedHost {
  readonly host: ReturnType<UnitSources['specifiers']>;
  readonly mounts: Mounts;
}

function loadUnit(files: UnitFiles, facts: LoadedHost, diagnostics: Diagnostic[]): LoadedUnit {
  const { name } = files;
  const builtin = builtinUnit(name);
  if (builtin !== undefined) return unitWithoutFile(builtin);
  const unitName = parseUnitName(name);
  const { main } = files;
  if (unitName?.type === 'mount') return unitWithoutFile(mountUnit(name, facts.mounts, main !== undefined));
  if (unitName?.type === 'slice' && main === undefined) return unitWithoutFile(plainUnit(name, 'loaded'));
  if (main?.text.trim() === '') return unitWithoutFile(plainUnit(name, 'masked'));
  if (unitName === undefined || main === undefined) return unitWithoutFile(plainUnit(name, 'not-found'));
  if (isRun(unitName.type)) return readUnit(unitName, files, facts, diagnostics);
  diagnostics.push({
    severity: 'warning',
    code: 'unit-type-unknown',
    message: `${name} exists, but only systemd runs units of type ${unitName.type}: it counts as not found`,
    remedy: `Do without it, or start what it starts by a service`,
  });
  return unitWithoutFile(plainUnit(name, 'not-found'));
}

/** The engine treats a slice like a target: active or not, and nothing else. */
const isRun = (type: UnitName['type']): boolean => ['service', 'target', 'slice'].includes(type);

function readUnit(
  name: UnitName,
  files: UnitFiles,
  { host, mounts }: LoadedHost,
  diagnostics: Diagnostic[],
): LoadedUnit {
  const texts = [...(files.main === undefined ? [] : [files.main]), ...files.dropIns];
  const specifiers = specifiersOf(name, files.main?.path, host);
  const fatalFault = (assignment: Assignment): ReturnType<typeof commandFault> =>
    name.type === 'service'
      ? (commandFault(assignment, specifiers) ?? executionFault(assignment, specifiers))
      : undefined;
  const settings = readSettings(files.main, files.dropIns, fatalFault, diagnostics);
  const service = name.type === 'service' ? readService(settings, specifiers) : undefined;
  const execution = service && readExecution(settings, specifiers, service.service);
  const directory = execution?.workingDirectory;
  const requiredPaths = [
    ...readMountPaths(settings, 'Unit.RequiresMountsFor', specifiers),
    ...(directory === undefined || directory.optional ? [] : [directory.path]),
  ];
  const wantedPaths = readMountPaths(settings, 'Unit.WantsMountsFor', specifiers);
  const dependencies = [
    linkedDependencies(files),
    mountDependencies(requiredPaths, mounts, 'Requires'),
    mountDependencies(wantedPaths, mounts, 'Wants'),
  ].reduce(mergeDependencies, readDependencies(settings, name, specifiers));
  const valid = settings.valid && (service?.valid ?? true);
  const base = {
    name: name.full,
    loadState: valid ? 'loaded' : 'bad-setting',
    description: descriptionOf(settings, specifiers) ?? name.full,
    dependencies,
    startLimit: startLimitOf(settings),
    hash: fingerprintOf(files),
  } as const;
  const names = (directive: 'WantedBy' | 'RequiredBy' | 'UpheldBy' | 'Also'): readonly string[] =>
    readNames(settings.list(`Install.${directive}`), name, specifiers, settings);
  return {
    config:
      service === undefined
        ? { ...base, type: 'target' }
        : { ...base, type: 'service', service: service.service },
    paths: texts.map(({ path }) => path),
    fingerprint: base.hash,
    ...(execution && { execution }),
    conditions: readConditions(settings, specifiers),
    install: {
      wantedBy: names('WantedBy'),
      requiredBy: names('RequiredBy'),
      upheldBy: names('UpheldBy'),
      also: names('Also'),
    },
    stopPropagatedFrom: readNames(settings.all('Unit.StopPropagatedFrom'), name, specifiers, settings),
    defaultDependencies: settings.last(parseBoolean, 'yes or no', 'Unit.DefaultDependencies') ?? true,
    dockunit: new Map([...settings.dockunit].map(([key, value]) => [key, parseData(value)])),
  };
}

function descriptionOf(
  settings: UnitSettings,
  specifiers: Parameters<typeof replaceSpecifiers>[1],
): string | undefined {
  const text = settings.all('Unit.Description').at(-1)?.value ?? '';
  const outcome = replaceSpecifiers(text, specifiers);
  return 'unknown' in outcome || outcome.text === '' ? undefined : outcome.text;
}

/** 5 in 10 s unless said otherwise: DefaultStartLimitBurst=, DefaultStartLimitIntervalSec=. */
function startLimitOf(settings: UnitSettings): UnitConfig['startLimit'] {
  const interval = settings.last(
    parseTimeSpan,
    'a time span',
    'Unit.StartLimitIntervalSec',
    'Unit.StartLimitInterval',
    'Service.StartLimitInterval',
  );
  const burst = settings.last(
    parseUnsigned,
    'a whole number',
    'Unit.StartLimitBurst',
    'Service.StartLimitBurst',
  );
  return { interval: interval ?? 10_000, burst: burst ?? 5 };
}

function mountUnit(name: string, { configuredPaths, mountedPaths }: Mounts, hasFile: boolean): UnitConfig {
  const isKnown = [...configuredPaths, ...mountedPaths].some((path) => `${escapePath(path)}.mount` === name);
  const unit = plainUnit(name, 'loaded');
  if (!isKnown && !hasFile) return { ...unit, loadState: 'not-found' };
  return { ...unit, type: 'external', startTimeout: externalStartTimeout };
}

function plainUnit(name: string, loadState: UnitConfig['loadState']): UnitConfig {
  return {
    type: 'target',
    name,
    loadState,
    description: name,
    dependencies: noDependencies satisfies Dependencies,
    startLimit: { interval: 0, burst: 0 },
    hash: loadState,
  };
}

function unitWithoutFile(config: UnitConfig): LoadedUnit {
  return {
    config,
    paths: [],
    fingerprint: '',
    conditions: [],
    install: { wantedBy: [], requiredBy: [], upheldBy: [], also: [] },
    stopPropagatedFrom: [],
    defaultDependencies: true,
    dockunit: new Map(),
  };
}
