/** Checks all of dockunit's containers: for missed exits, and for leftover containers. */
import type { EngineState } from '../engine/state.ts';
import type { ContainerRuns } from './container-runs.ts';
import type { LookReason } from './docker-watch.ts';
import { listContainers, removeStray } from './find-containers.ts';
import type { SupervisorPorts } from './ports.ts';
import { isDown } from './unit-states.ts';

/**
 * Reports exits that were missed. Removes containers whose stop was given up because Docker was away, and those that
 * were created for a start that did not come.
 * @param state as it is at the time of the call
 */
export async function lookAround(
  why: LookReason,
  { docker, labels, report }: SupervisorPorts,
  runs: ContainerRuns,
  state: () => EngineState,
): Promise<void> {
  const list = await listContainers(docker, labels);
  const up = new Set(list.filter(({ isUp }) => isUp).map(({ id }) => id));
  runs.keepGivenUp(up);
  // A container that was restarted during a gap runs as well, but it is not the same run.
  await runs.look(why === 'gap' ? new Set() : up);
  for (const { unit, id, isUp } of list) {
    const runtime = state().units.get(unit);
    if (runtime === undefined || !isDown(runtime.state) || runtime.job !== undefined) continue;
    if (isUp) report(`${unit} is down, but its container ran on: removing it`);
    void removeStray(docker, id);
  }
}
