/** A supervisor on its way out: all units are stopped, then what an engine that was away did not stop. */
import type { EngineState, UnitRuntime } from '../engine/state.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import { inStartOrder } from './adoption.ts';
import type { ContainerRuns } from './container-runs.ts';
import { type ListedContainer, listContainers, removeStray } from './find-containers.ts';
import type { SupervisorPorts } from './ports.ts';
import type { Requests } from './requests.ts';
import { isDown } from './unit-states.ts';

/** How often it is said what is waited for, in ms. */
const reportEvery = 30_000;
/** An engine that does not list containers by then does not answer, in ms. */
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
 * Tries once more to end the containers whose stop was given up.
 * @returns names of those that may run on: all of them where the engine does not answer
 */
export async function removeGivenUp(
  runs: ContainerRuns,
  { engine, labels }: SupervisorPorts,
): Promise<readonly string[]> {
  const { givenUp } = runs;
  if (givenUp.size === 0) return [];
  const list = (): Promise<readonly ListedContainer[]> =>
    listContainers(engine, labels, AbortSignal.timeout(listPatience));
  try {
    const left = (await list()).filter(({ id }) => givenUp.has(id));
    await Promise.all(left.map(({ id }) => removeStray(engine, id)));
    const up = (await list()).filter(({ isUp }) => isUp);
    runs.keepGivenUp(new Set(up.map(({ id }) => id)));
  } catch {
    // Nobody knows of any of them.
  }
  return [...givenUp.values()].sort();
}
