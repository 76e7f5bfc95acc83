/**
 * Names that a user types → dockunit's units. The short name of a service where it is unique, the name of a
 * unit, the name of a project for all of it; no name for the default project.
 */
import { nearestName } from '../text/nearest-name.ts';
import type { Scope } from '../model/ports.ts';
import { UsageError } from '../run/context.ts';
import { shortName, stemOf } from './installed-units.ts';
import type { InstalledUnit } from './installed-units.ts';
import { type LookupScope, listProjects, projectsHere } from './default-project.ts';
import { commandHint } from '../run/command-hint.ts';

/** The meaning of a name. */
export type NameMeaning =
  /** One, or the containers of one service. */
  | { readonly kind: 'units'; readonly units: readonly InstalledUnit[] }
  | { readonly kind: 'ambiguous'; readonly units: readonly InstalledUnit[] }
  /** A service of another project than that of the Compose file here, for a verb that changes the host. */
  | { readonly kind: 'elsewhere'; readonly units: readonly InstalledUnit[] }
  | { readonly kind: 'unknown' };

/** Other places to look up a name that no installed unit has. */
export interface Beyond {
  /** Whether the manager knows a unit of that full name that is not dockunit's. */
  isForeign(unit: string): Promise<boolean>;
  /** The service of that name in the Compose file here; undefined where there is none. */
  serviceOfFile(name: string): Promise<ServiceOfFile | undefined>;
}

/** A service of the Compose file that may not be installed. */
export interface ServiceOfFile {
  readonly file: string;
  /** The profiles of the service, where none of them is active. */
  readonly inactiveProfiles: readonly string[];
}

/**
 * The units named, each once, in the order of the names; without names the target of the default project.
 * Never a unit that is not dockunit's.
 * @throws UsageError for a name that belongs to no unit, to several, or to a foreign one, and where there
 * is no
 *   default project
 */
export async function chooseUnits(
  names: readonly string[],
  installedUnits: readonly InstalledUnit[],
  place: LookupScope,
  beyond: Beyond,
): Promise<readonly InstalledUnit[]> {
  if (names.length === 0) return [chooseProject(installedUnits, place)];
  const units = new Set<InstalledUnit>();
  for (const name of names) {
    const meaning = meaningOf(name, installedUnits, place);
    if (meaning.kind === 'ambiguous') throw ambiguous(name, meaning.units);
    if (meaning.kind === 'elsewhere') throw elsewhere(name, meaning.units, place);
    if (meaning.kind === 'unknown') throw await unknown(name, installedUnits, place, beyond);
    for (const unit of meaning.units) units.add(unit);
  }
  return [...units];
}

/**
 * Narrowest first: the full name of a unit; the service of the default project; a service or the stem of
 * its unit; a project; the stem of any other unit.
 * @internal exported for tests: the test checks that no two names mean the same
 */
export function meaningOf(
  name: string,
  installedUnits: readonly InstalledUnit[],
  place: LookupScope,
): NameMeaning {
  const among = place.project === undefined ? installedUnits : inProject(installedUnits, place.project);
  const containers = among.filter(({ kind }) => kind === 'container');
  const here = projectsHere(among, place);
  const steps: readonly (readonly InstalledUnit[])[] = [
    among.filter((unit) => unit.name === name),
    containers.filter((unit) => here.has(unit.project) && unit.service === name),
    containers.filter((unit) => here.has(unit.project) && shortName(unit) === name),
    containers.filter((unit) => [unit.service, shortName(unit), stemOf(unit.name)].includes(name)),
    among.filter((unit) => unit.kind === 'target' && unit.project === name),
    among.filter((unit) => stemOf(unit.name) === name),
  ];
  const matches = steps.find((step) => step.length > 0) ?? [];
  if (matches.length === 0) return { kind: 'unknown' };
  const [first] = matches;
  const isService = first?.kind === 'container' && [first.service, shortName(first)].includes(name);
  if (isService && isElsewhere(matches, here, place)) return { kind: 'elsewhere', units: matches };
  const owners = new Set(matches.map(({ project, service, name }) => `${project} ${service ?? name}`));
  const replicas = owners.size === 1 && matches.every(({ kind }) => kind === 'container');
  return { kind: matches.length === 1 || replicas ? 'units' : 'ambiguous', units: matches };
}

/** A service has the same name in many projects: a Compose file here selects its project. */
function isElsewhere(
  matches: readonly InstalledUnit[],
  here: ReadonlySet<string>,
  { purpose, project, files }: LookupScope,
): boolean {
  if (purpose !== 'change' || project !== undefined || files.length === 0) return false;
  return !matches.some((unit) => here.has(unit.project));
}

/** The target of the default project; for verbs that only read, else that of the only one installed. */
function chooseProject(installedUnits: readonly InstalledUnit[], place: LookupScope): InstalledUnit {
  if (installedUnits.length === 0) throw nothingInstalled(place.scope);
  const targets = installedUnits.filter(({ kind }) => kind === 'target');
  const projects = [...new Set(targets.map(({ project }) => project))];
  if (place.project !== undefined) {
    const target = targets.find(({ project }) => project === place.project);
    if (target !== undefined) return target;
    throw new UsageError(`No project ${place.project} is installed`, `name one that is: ${list(projects)}`);
  }
  const here = projectsHere(installedUnits, place);
  if (here.size === 0 && place.purpose === 'change') throw notHere(projects, installedUnits, place);
  const candidates = here.size > 0 ? targets.filter(({ project }) => here.has(project)) : targets;
  const [target] = candidates;
  if (target !== undefined && candidates.length === 1) return target;
  throw new UsageError(
    candidates.length > 1
      ? `Several projects are installed${here.size > 0 ? ' from here' : ''}: ${list(candidates.map(({ project }) => project))}`
      : 'No target of a project is installed',
    `name a project or services, such as ${candidates[0]?.project ?? installedUnits[0]?.name ?? 'web'}`,
  );
}

function notHere(
  projects: readonly string[],
  installedUnits: readonly InstalledUnit[],
  place: LookupScope,
): UsageError {
  const [file] = place.files;
  const here =
    file === undefined
      ? 'There is no Compose file here, and no project is named'
      : `The Compose file here, ${file}, is of no installed project`;
  return new UsageError(
    `${here}; installed: ${listProjects(installedUnits)}`,
    `say which project you mean${projects.length === 1 ? ':' : ', such as'} -p ${projects[0] ?? 'NAME'}${file === undefined ? '' : '; or install the one here first: dockunit apply'}`,
  );
}

function elsewhere(name: string, units: readonly InstalledUnit[], { files }: LookupScope): UsageError {
  const projects = new Set(units.map(({ project }) => project));
  return new UsageError(
    `${quote(name)} is a service of ${[...projects].join(' and of ')}, and not of the Compose file here, ${files[0] ?? ''}`,
    `if you mean it, say so: ${units.map((unit) => unit.name).join(' or ')}`,
  );
}

function inProject(installedUnits: readonly InstalledUnit[], project: string): readonly InstalledUnit[] {
  return installedUnits.filter((unit) => unit.project === project);
}

function ambiguous(name: string, units: readonly InstalledUnit[]): UsageError {
  // In full: the stem of one may be the very name that was ambiguous.
  return new UsageError(
    `${quote(name)} could be a service of ${[...new Set(units.map(({ project }) => project))].join(' or of ')}`,
    `say which: ${units.map((unit) => unit.name).join(' or ')}`,
  );
}

async function unknown(
  name: string,
  installedUnits: readonly InstalledUnit[],
  place: LookupScope,
  beyond: Beyond,
): Promise<UsageError> {
  const full = /\.[a-z]+$/.test(name) ? name : `${name}.service`;
  if (await beyond.isForeign(full)) {
    return new UsageError(
      `${full} is not a unit of dockunit`,
      `use ${place.scope === 'user' ? 'systemctl --user' : 'systemctl'} for it`,
    );
  }
  const service = await beyond.serviceOfFile(name);
  if (service !== undefined) return notInstalled(name, service, place.scope);
  if (installedUnits.length === 0) return nothingInstalled(place.scope);
  const among = place.project === undefined ? installedUnits : inProject(installedUnits, place.project);
  const services = among.filter(({ kind }) => kind === 'container').map(shortName);
  const candidates = [
    ...services,
    ...among.map((unit) => stemOf(unit.name)),
    ...among.map((unit) => unit.name),
  ];
  const nearest = nearestName(name, candidates);
  const serviceHint = `the services are ${list(services)}`;
  return new UsageError(
    `There is no service, unit or project ${quote(name)}`,
    nearest === undefined ? `choose another name: ${serviceHint}` : `did you mean ${nearest}? ${serviceHint}`,
  );
}

function notInstalled(name: string, { file, inactiveProfiles }: ServiceOfFile, scope: Scope): UsageError {
  const install = `dockunit apply${commandHint(scope)}`;
  const [profile] = inactiveProfiles;
  const what = `${quote(name)} is a service of ${file} that is not installed`;
  return profile === undefined
    ? new UsageError(what, `install it first: ${install}`)
    : new UsageError(
        `${what}: none of its profiles is active (${inactiveProfiles.join(', ')})`,
        `install it with its profile: ${install} --profile ${profile}`,
      );
}

/** The remedy where the manager's directories have no unit of dockunit. */
export function howToBegin(scope: Scope): string {
  return `install units first, where the Compose file is: dockunit apply${commandHint(scope)}`;
}

function nothingInstalled(scope: Scope): UsageError {
  return new UsageError('No unit of dockunit is installed', howToBegin(scope));
}

/** Twenty are enough to recognise one. */
function list(names: readonly string[]): string {
  const unique = [...new Set(names)].sort();
  const text = unique.slice(0, 20).join(', ');
  return unique.length > 20 ? `${text} and ${String(unique.length - 20)} more` : text || 'none';
}

function quote(name: string): string {
  return JSON.stringify(name);
}
