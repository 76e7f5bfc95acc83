/** Gathers the answers of the ports for the models: states by name, containers, last lines of the journal. */
import { HostError } from '../model/ports.ts';
import type { ContainerState, JournalEntry, UnitState } from '../model/ports.ts';
import type { HostPorts } from '../session/session.ts';
import { valuesOf } from '../units/unit-set.ts';
import { verbOf } from '../units/scripts.ts';
import { findGone } from '../session/find-gone.ts';
import { dependenciesOf } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { Facts } from './status.ts';

export async function statesByName(
  { manager }: HostPorts,
  units: Iterable<string>,
): Promise<ReadonlyMap<string, UnitState>> {
  const states = await manager.states([...new Set(units)]);
  return new Map(states.map((state) => [state.name, state]));
}

/** The facts about these units and all their direct dependencies; with the reason where Docker gives none. */
export async function readFacts(
  units: readonly InstalledUnit[],
  host: HostPorts,
): Promise<{ readonly facts: Facts; readonly dockerError?: HostError }> {
  const targets = host.installedUnits.filter(({ kind }) => kind === 'target');
  const subjects = [...units, ...targets];
  const unitsByName = new Map(host.installedUnits.map((unit) => [unit.name, unit]));
  const stood = [...units, ...units.flatMap(dependenciesOf).flatMap((name) => unitsByName.get(name) ?? [])];
  const readStates = statesByName(host, [
    ...subjects.map(({ name }) => name),
    ...subjects.flatMap(dependenciesOf),
  ]);
  const [states, jobs, containers, goneResources] = await Promise.all([
    readStates,
    host.manager.pendingJobs(),
    readContainers(units, host),
    readStates.then((knownStates) => findGone([...new Set(stood)], [...knownStates.values()], host)),
  ]);
  return {
    facts: {
      unitsByName,
      states,
      goneResources,
      jobs: new Map(jobs.map(({ unit, verb }) => [unit, verb])),
      containers: containers instanceof HostError ? undefined : containers,
    },
    ...(containers instanceof HostError && { dockerError: containers }),
  };
}

async function readContainers(
  units: readonly InstalledUnit[],
  { docker }: HostPorts,
): Promise<ReadonlyMap<string, ContainerState> | HostError> {
  const names = units.flatMap(({ container }) => container ?? []);
  if (names.length === 0) return new Map();
  try {
    return await docker.inspectContainers(names);
  } catch (error) {
    // The manager's facts are valid without Docker too.
    if (error instanceof HostError) return error;
    throw error;
  }
}

/** The last entries of a unit, its container's own included; oldest first. */
export async function lastEntries(
  unit: string,
  lines: number,
  { journal, manager, installedUnits }: HostPorts,
): Promise<readonly JournalEntry[]> {
  const installedUnit = installedUnits.find(({ name }) => name === unit);
  const entries: JournalEntry[] = [];
  const containers = loggedByDocker(installedUnit === undefined ? [] : [installedUnit]);
  for await (const entry of journal.read({ units: [unit], containers, scope: manager.scope, lines })) {
    entries.push(entry);
  }
  return entries.slice(-lines);
}

/** The containers whose output Docker itself writes to the journal, with their units. */
export function loggedByDocker(units: readonly InstalledUnit[]): ReadonlyMap<string, string> {
  return new Map(
    units.flatMap(({ name, kind, container, unit }): [string, string][] => {
      if (kind !== 'container' || container === undefined) return [];
      const isDetached = valuesOf(unit, 'Service', 'ExecStart').some(
        (value) => value.kind === 'exec' && verbOf(value.command) === 'run',
      );
      return isDetached ? [[container, name]] : [];
    }),
  );
}
