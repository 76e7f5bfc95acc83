/** Gathers the answers of the ports for the models: states by name, containers, last lines of the journal. */
import { HostError } from '../model/ports.ts';
import type { ContainerState, JournalEntry, UnitState } from '../model/ports.ts';
import type { HostPorts } from '../session/session.ts';
import { valuesOf } from '../units/unit-set.ts';
import { scriptOf } from '../units/scripts.ts';
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
  const targets = host.installed.filter(({ kind }) => kind === 'target');
  const asked = [...units, ...targets];
  const installed = new Map(host.installed.map((unit) => [unit.name, unit]));
  const stood = [...units, ...units.flatMap(dependenciesOf).flatMap((name) => installed.get(name) ?? [])];
  const readStates = statesByName(host, [...asked.map(({ name }) => name), ...asked.flatMap(dependenciesOf)]);
  const [states, jobs, containers, gone] = await Promise.all([
    readStates,
    host.manager.pendingJobs(),
    readContainers(units, host),
    readStates.then((known) => findGone([...new Set(stood)], [...known.values()], host)),
  ]);
  return {
    facts: {
      installed,
      states,
      gone,
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
  { journal, manager, installed }: HostPorts,
): Promise<readonly JournalEntry[]> {
  const known = installed.find(({ name }) => name === unit);
  const entries: JournalEntry[] = [];
  const containers = loggedByDocker(known === undefined ? [] : [known]);
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
      const detached = valuesOf(unit, 'Service', 'ExecStart').some(
        (value) => value.kind === 'exec' && scriptOf(value.command) === 'startDetached',
      );
      return detached ? [[container, name]] : [];
    }),
  );
}
