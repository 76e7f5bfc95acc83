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
  start: (chosen) => chosen,
  // A target stops before its services, as it starts after them.
  stop: (chosen, installed) => withMembers(chosen, installed),
  // Units that require a restarted unit stop before it, and start after it.
  restart: (chosen, installed, before) => {
    const up = new Set(before.filter(isUp).map(({ name }) => name));
    const dependents = withDependents(
      chosen.filter(({ kind }) => kind !== 'target'),
      installed,
    );
    return [...new Set([...chosen, ...dependents.filter(({ name }) => up.has(name))])];
  },
} as const satisfies Record<JobVerb, UnitsAmong>;

type UnitsAmong = (
  chosen: readonly InstalledUnit[],
  installed: readonly InstalledUnit[],
  before: readonly UnitState[],
) => readonly InstalledUnit[];

/** The services that a verb starts: a service that is up already and is not restarted has what it needs. */
export const startedServices = {
  start: (chosen, installed, before) => downAmong(withDependencies(chosen, installed), before),
  restart: (chosen, installed, before) => [
    ...new Set([
      ...servicesOf(chosen, installed),
      ...drivenUnits.restart(chosen, installed, before).filter(({ kind }) => kind === 'container'),
      ...downAmong(withDependencies(chosen, installed), before),
    ]),
  ],
} as const satisfies Record<Exclude<JobVerb, 'stop'>, UnitsAmong>;

function downAmong(units: readonly InstalledUnit[], before: readonly UnitState[]): readonly InstalledUnit[] {
  const up = new Set(before.filter(isUp).map(({ name }) => name));
  return units.filter(({ name, kind }) => kind === 'container' && !up.has(name));
}

/** With a target all units of its project. */
export function withMembers(
  chosen: readonly InstalledUnit[],
  installed: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  const projects = new Set(chosen.filter(({ kind }) => kind === 'target').map(({ project }) => project));
  return installed.filter((unit) => chosen.includes(unit) || projects.has(unit.project));
}

/** Whether the unit is in the state that a start leads to. */
export function isUp({ activeState }: UnitState): boolean {
  return isActive(activeState);
}

/** The services asked for, and those they cannot run without. */
export function neededServices(
  chosen: readonly InstalledUnit[],
  installed: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  const byName = new Map(installed.map((unit) => [unit.name, unit]));
  const needed = new Set(servicesOf(chosen, installed));
  for (const unit of needed) {
    for (const name of requirementsOf(unit)) {
      const requirement = byName.get(name);
      if (requirement?.kind === 'container') needed.add(requirement);
    }
  }
  return [...needed];
}

/** The units that can be the cause: those with jobs, the services asked for, and all that they depend on. */
export function unitsToReport(
  chosen: readonly InstalledUnit[],
  results: ReadonlyMap<string, JobResult>,
  installed: readonly InstalledUnit[],
): readonly string[] {
  const byName = new Map(installed.map((unit) => [unit.name, unit]));
  const services = servicesOf(chosen, installed).map(({ name }) => name);
  return suspectsUnder([...chosen.map(({ name }) => name), ...services, ...results.keys()], byName);
}

/**
 * The units that did not reach the state that the user asked for: for a stop by their jobs alone; for a
 * start also those that did not stay up, and the services they need. A target only wants its services, so
 * it counts as failed only when they fail.
 */
export function failedUnits(
  verb: JobVerb,
  chosen: readonly InstalledUnit[],
  installed: readonly InstalledUnit[],
  outcome: JobsOutcome,
): readonly string[] {
  const judged = verb === 'stop' ? { ...outcome, states: new Map<string, UnitState>() } : outcome;
  const needed = verb === 'stop' ? servicesOf(chosen, installed) : neededServices(chosen, installed);
  // A restart of one unit restarts those that require it; their failures count too.
  const dependents =
    verb === 'restart'
      ? installed.filter((unit) => unit.kind === 'container' && outcome.results.has(unit.name))
      : [];
  const names = new Set([...chosen, ...needed, ...dependents].map(({ name }) => name));
  return [...names].filter((unit) => isFailed(unit, judged));
}
