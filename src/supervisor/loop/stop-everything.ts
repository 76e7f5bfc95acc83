/** The shutdown of a supervisor: stops all units, then the containers that Docker did not stop while it was away. */
import type { EngineState, UnitRuntime } from '../engine/state.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import { inStartOrder } from './adoption.ts';
import type { ContainerRuns } from './container-runs.ts';
import { type ListedContainer, listContainers, removeStray } from './find-containers.ts';
import type { SupervisorPorts } from './ports.ts';
import type { Requests } from './requests.ts';
import { isDown } from './unit-states.ts';

/** How often to report what the shutdown waits for, in ms. */
const reportEvery = 30_000;
/** Docker does not answer if it does not list containers in this time, in ms. */
const listPatience = 5000;

/** Stops every unit in reverse order and resolves when all are down, by their own timeouts at the latest. */
export async function stopEverything(
  state: () => EngineState,
  units: ReadonlyMap<string, LoadedUnit>,
  requests: Requests,
  report: (message: string) => void,
): Promise<void> {
  const up = notDown(state()).map(({ config }) => config.name);
  const reporting = setInterval(() => {
    const waits = notDown(state()).map((unit) => `${unit.config.name} (${unit.state})`);
    report(`still to stop, each within its own timeouts: ${waits.join(', ')}`);
  }, reportEvery);
  try {
    await requests.run('stop', inStartOrder(up, units).reverse());
  } finally {
    clearInterval(reporting);
  }
}

function notDown({ units }: EngineState): readonly UnitRuntime[] {
  return [...units.values()].filter(
    ({ config, state, job }) => config.type !== 'external' && (!isDown(state) || job !== undefined),
  );
}

/**
 * Tries again to end the containers whose stop was given up.
 * @returns names of those that may still run: all of them where Docker does not answer
 */
export async function removeGivenUp(
  runs: ContainerRuns,
  { docker, labels }: SupervisorPorts,
): Promise<readonly string[]> {
  const { givenUp } = runs;
  if (givenUp.size === 0) return [];
  const list = (): Promise<readonly ListedContainer[]> =>
    listContainers(docker, labels, AbortSignal.timeout(listPatience));
  try {
    const strays = (await list()).filter(({ id }) => givenUp.has(id));
    await Promise.all(strays.map(({ id }) => removeStray(docker, id)));
    const up = (await list()).filter(({ isUp }) => isUp);
    runs.keepGivenUp(new Set(up.map(({ id }) => id)));
  } catch {
    // No container is known by name.
  }
  return [...givenUp.values()].sort();
}
