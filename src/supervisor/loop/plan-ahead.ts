/** Decides for which units a container is created before their turn. Pure. */
import { compareJobs } from '../engine/job-order.ts';
import type { EngineState, UnitRuntime } from '../engine/state.ts';
import { isDown } from './unit-states.ts';

/**
 * No container is created ahead for a restart that is due later than this, in ms: its image may change by then, and
 * people would wonder about a container that is created and does not run.
 */
const longestDelay = 2000;

/** Whether a start of the unit is still to come, or has not reached the container: keep the one created for it. */
export function awaitsStart({ units, jobs }: EngineState, unit: string): boolean {
  const runtime = units.get(unit);
  if (runtime === undefined) return false;
  const { state, job } = runtime;
  if (state === 'condition' || state === 'start-pre') return true;
  if (state === 'auto-restart' || state === 'auto-restart-queued') return true;
  const type = job === undefined ? undefined : jobs.get(job)?.type;
  return isDown(state) && (type === 'start' || type === 'restart');
}

/**
 * Units whose containers can be created now that this one has changed: its own, while it waits for its automatic
 * restart; those of units that wait only for this one, while its container starts.
 * @param now ms of the engine's clock
 * @param hasContainer whether the unit's main process is a container
 */
export function unitsAhead(
  state: EngineState,
  changedUnit: string,
  now: number,
  hasContainer: (unit: string) => boolean,
): readonly string[] {
  const runtime = state.units.get(changedUnit);
  if (runtime === undefined || !hasContainer(changedUnit)) return [];
  if (runtime.state === 'auto-restart')
    return (runtime.deadline ?? Infinity) - now <= longestDelay ? [changedUnit] : [];
  if (!isBeingStarted(runtime)) return [];
  return state.relations
    .of(changedUnit, 'before')
    .filter((unit) => hasContainer(unit) && waitsForContainersOnly(state, unit, hasContainer));
}

/**
 * Its turn comes once the starting containers have started. A missing image, a gate or a mount may take long, or be an
 * input of the container.
 */
function waitsForContainersOnly(
  { units, jobs, relations }: EngineState,
  unit: string,
  hasContainer: (unit: string) => boolean,
): boolean {
  const runtime = units.get(unit);
  const job = runtime?.job === undefined ? undefined : jobs.get(runtime.job);
  if (runtime === undefined || !isDown(runtime.state) || job?.type !== 'start' || job.state !== 'waiting')
    return false;
  const isInTheWay = (other: string, direction: 'after' | 'before'): boolean => {
    const rival = units.get(other);
    const rivalJob = rival?.job === undefined ? undefined : jobs.get(rival.job);
    if (rival === undefined || rivalJob === undefined) return false;
    if (compareJobs(job.type, rivalJob.type, direction) === 'goes-first') return false;
    return !(rivalJob.type === 'start' && hasContainer(other) && isBeingStarted(rival));
  };
  return (
    !relations.of(unit, 'after').some((other) => isInTheWay(other, 'after')) &&
    !relations.of(unit, 'before').some((other) => isInTheWay(other, 'before'))
  );
}

/** Its container is created, and starts. A unit that must end before others begin (a oneshot) may take any time. */
function isBeingStarted({ state, config }: UnitRuntime): boolean {
  if (config.type !== 'service' || config.service.type === 'oneshot') return false;
  return state === 'start' || state === 'start-post';
}
