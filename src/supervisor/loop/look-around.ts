/** A look at all containers of ours: for what nobody heard of, and what nobody waits for. */
import type { EngineState } from '../engine/state.ts';
import type { ContainerRuns } from './container-runs.ts';
import type { LookReason } from './docker-watch.ts';
import { listContainers, removeStray } from './find-containers.ts';
import type { SupervisorPorts } from './ports.ts';
import { isDown } from './unit-states.ts';

/**
 * Exits that were lost are told; removed are containers whose stop was given up for want of the engine,
 * and those that were made for a start that did not come.
 * @param state as it is when it is asked for
 */
export async function lookAround(
  why: LookReason,
  { engine, labels, report }: SupervisorPorts,
  runs: ContainerRuns,
  state: () => EngineState,
): Promise<void> {
  const listed = await listContainers(engine, labels);
  const up = new Set(listed.filter(({ isUp }) => isUp).map(({ id }) => id));
  runs.keepGivenUp(up);
  // One that was started anew in a gap is up as well, but not the same run.
  await runs.look(why === 'gap' ? new Set() : up);
  for (const { unit, id, isUp } of listed) {
    const runtime = state().units.get(unit);
    if (runtime === undefined || !isDown(runtime.state) || runtime.job !== undefined) continue;
    if (isUp) report(`${unit} is down, but its container ran on: removing it`);
    void removeStray(engine, id);
  }
}
