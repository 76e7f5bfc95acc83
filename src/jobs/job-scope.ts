/** Which units a verb concerns: whose jobs it waits for, and which of them decide its result. Pure. */
import { isActive } from '../model/ports.ts';
import type { JobResult, JobVerb, UnitState } from '../model/ports.ts';
import { requirementsOf, servicesOf, withDependencies, withDependents } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { isFailed, suspectsUnder } from './root-cause.ts';
import type { JobsOutcome } from './root-cause.ts';

/**
 * The units whose jobs dockunit waits for. systemd would create jobs for all of them anyway, but only the
 * end of a unit's own job is the end of what the verb does to it.
 */
export const drivenUnits = {
  // A target starts after the services it wants, and a service after what it needs.
  start: (units) => units,
  // A target stops before its services, as it starts after them.
  stop: (units, installedUnits) => withMembers(units, installedUnits),
  // Units that require a restarted unit stop before it, and start after it.
  restart: (units, installedUnits, before) => {
    const up = new Set(before.filter(isUp).map(({ name }) => name));
    const dependents = withDependents(
      units.filter(({ kind }) => kind !== 'target'),
      installedUnits,
    );
    return [...new Set([...units, ...dependents.filter(({ name }) => up.has(name))])];
  },
} as const satisfies Record<JobVerb, UnitsAmong>;

type UnitsAmong = (
  units: readonly InstalledUnit[],
  installedUnits: readonly InstalledUnit[],
  before: readonly UnitState[],
) => readonly InstalledUnit[];

/** The services that a verb starts: a service that is up already and is not restarted has what it needs. */
export const startedServices = {
  start: (units, installedUnits, before) => downAmong(withDependencies(units, installedUnits), before),
  restart: (units, installedUnits, before) => [
    ...new Set([
      ...servicesOf(units, installedUnits),
      ...drivenUnits.restart(units, installedUnits, before).filter(({ kind }) => kind === 'container'),
      ...downAmong(withDependencies(units, installedUnits), before),
    ]),
  ],
} as const satisfies Record<Exclude<JobVerb, 'stop'>, UnitsAmong>;

function downAmong(units: readonly InstalledUnit[], before: readonly UnitState[]): readonly InstalledUnit[] {
  const up = new Set(before.filter(isUp).map(({ name }) => name));
  return units.filter(({ name, kind }) => kind === 'container' && !up.has(name));
}

/** With a target all units of its project. */
export function withMembers(
  units: readonly InstalledUnit[],
  installedUnits: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  const projects = new Set(units.filter(({ kind }) => kind === 'target').map(({ project }) => project));
  return installedUnits.filter((unit) => units.includes(unit) || projects.has(unit.project));
}

/** Whether the unit is in the state that a start leads to. */
export function isUp({ activeState }: UnitState): boolean {
  return isActive(activeState);
}

/** The services asked for, and those they cannot run without. */
export function neededServices(
  units: readonly InstalledUnit[],
  installedUnits: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  const byName = new Map(installedUnits.map((unit) => [unit.name, unit]));
  const neededUnits = new Set(servicesOf(units, installedUnits));
  for (const unit of neededUnits) {
    for (const name of requirementsOf(unit)) {
      const requirement = byName.get(name);
      if (requirement?.kind === 'container') neededUnits.add(requirement);
    }
  }
  return [...neededUnits];
}

/** The units that can be the cause: those with jobs, the services asked for, and all that they depend on. */
export function unitsToReport(
  units: readonly InstalledUnit[],
  results: ReadonlyMap<string, JobResult>,
  installedUnits: readonly InstalledUnit[],
): readonly string[] {
  const byName = new Map(installedUnits.map((unit) => [unit.name, unit]));
  const services = servicesOf(units, installedUnits).map(({ name }) => name);
  return suspectsUnder([...units.map(({ name }) => name), ...services, ...results.keys()], byName);
}

/**
 * The units that did not reach the state that the user asked for: for a stop by their jobs alone; for a
 * start also those that did not stay up, and the services they need. A target only wants its services, so
 * it counts as failed only when they fail.
 */
export function failedUnits(
  verb: JobVerb,
  units: readonly InstalledUnit[],
  installedUnits: readonly InstalledUnit[],
  outcome: JobsOutcome,
): readonly string[] {
  const ownOutcome = verb === 'stop' ? { ...outcome, states: new Map<string, UnitState>() } : outcome;
  const neededUnits =
    verb === 'stop' ? servicesOf(units, installedUnits) : neededServices(units, installedUnits);
  // A restart of one unit restarts those that require it; their failures count too.
  const dependents =
    verb === 'restart'
      ? installedUnits.filter((unit) => unit.kind === 'container' && outcome.results.has(unit.name))
      : [];
  const names = new Set([...units, ...neededUnits, ...dependents].map(({ name }) => name));
  return [...names].filter((unit) => isFailed(unit, ownOutcome));
}
