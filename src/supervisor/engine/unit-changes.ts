/** What follows when a unit's state changes: unit.c, unit_notify(), for its job and for its neighbours. */
import {
  type ActiveState,
  isActive,
  isActiveOrActivating,
  isInactive,
  isInactiveOrDeactivating,
} from '../../model/ports.ts';
import { enqueue, finishJob, startOnFailure, startOnSuccess } from './jobs.ts';
import type { DependencyMeaning } from './relations.ts';
import { activeStateOf, type Job, type PlainState, type ServiceState, type UnitRuntime } from './state.ts';
import type { Turn } from './turn.ts';
import { withinLimit } from './start-limit.ts';

/** Moves the unit to the state; its deadline ends with the old one unless the patch sets another. */
export function changeState(
  turn: Turn,
  unit: string,
  state: ServiceState | PlainState,
  patch: Partial<Omit<UnitRuntime, 'config' | 'state'>> = {},
): void {
  const before = turn.activeState(unit);
  const after = activeStateOf[state];
  turn.change(unit, {
    deadline: undefined,
    ...patch,
    state,
    ...(before !== after && { since: turn.now }),
  });
  const { result } = turn.unit(unit);
  turn.effects.push({ kind: 'unit-state', unit, activeState: after, subState: state, result });
  notify(turn, unit, before, after);
}

function notify(turn: Turn, unit: string, before: ActiveState, after: ActiveState): void {
  const job = turn.jobOf(unit);
  const isExpected = job !== undefined && processJob(turn, job, after);
  if (!isExpected) {
    if (isInactive(before) && isActiveOrActivating(after)) startRetroactively(turn, unit);
    else if (isActiveOrActivating(before) && isInactiveOrDeactivating(after)) stopRetroactively(turn, unit);
  }
  if (!isBetweenRuns(turn, unit)) {
    if (before !== 'failed' && after === 'failed') startOnFailure(turn, unit);
    else if (after === 'inactive' && before !== 'inactive' && before !== 'failed') startOnSuccess(turn, unit);
  }
  turn.boundQueue.add(unit);
  for (const other of turn.relatedUnits(unit, 'boundBy')) turn.boundQueue.add(other);
  turn.upheldQueue.add(unit);
  for (const upheld of turn.relatedUnits(unit, 'upholds')) turn.upheldQueue.add(upheld);
}

/** Before 254 a unit that is about to be restarted has neither failed nor succeeded yet. */
function isBetweenRuns(turn: Turn, unit: string): boolean {
  const { state } = turn.unit(unit);
  return turn.rules < 254 && (state === 'failed-before-auto-restart' || state === 'dead-before-auto-restart');
}

/** unit_process_job(): whether the change is the goal of the job. */
function processJob(turn: Turn, job: Job, state: ActiveState): boolean {
  if (job.state === 'waiting') turn.runQueue.add(job);
  if (job.type === 'start' || job.type === 'verify-active') {
    if (isActive(state)) finishJob(turn, job, 'done', true);
    else if (job.state === 'running' && state !== 'activating') {
      if (isInactive(state)) finishJob(turn, job, state === 'failed' ? 'failed' : 'done', true);
      return false;
    }
    return true;
  }
  if (isInactive(state)) finishJob(turn, job, 'done', true);
  else if (job.state === 'running' && state !== 'deactivating') {
    finishJob(turn, job, 'failed', true);
    return false;
  }
  return true;
}

/** Dependencies of a unit that came up without a job; those ordered before it had their chance already. */
function startRetroactively(turn: Turn, unit: string): void {
  const modes = { retroactiveStartReplace: 'replace', retroactiveStartFail: 'fail' } as const;
  for (const [meaning, mode] of Object.entries(modes) as [keyof typeof modes, 'replace' | 'fail'][]) {
    for (const other of turn.relatedUnits(unit, meaning)) {
      if (turn.relatedUnits(unit, 'after').includes(other)) continue;
      if (isActiveOrActivating(turn.activeState(other))) continue;
      enqueue(turn, { unit: other, type: 'start', cause: { kind: 'retroactive', of: unit } }, mode);
    }
  }
  stopOthers(turn, unit, 'retroactiveStopOnStart');
}

/** Units that cannot stay up without a unit that went down without a job. */
function stopRetroactively(turn: Turn, unit: string): void {
  stopOthers(turn, unit, 'retroactiveStopOnStop');
}

function stopOthers(turn: Turn, unit: string, meaning: DependencyMeaning): void {
  for (const other of turn.relatedUnits(unit, meaning)) {
    if (isInactiveOrDeactivating(turn.activeState(other))) continue;
    enqueue(turn, { unit: other, type: 'stop', cause: { kind: 'retroactive', of: unit } }, 'replace');
  }
}

/** Stops units that have lost a unit they are bound to; manager_dispatch_stop_when_bound_queue(). */
export function stopUnbound(turn: Turn): void {
  for (const unit of drain(turn.boundQueue)) {
    if (turn.activeState(unit) !== 'active' || turn.jobOf(unit) !== undefined) continue;
    const lostUnit = turn
      .relatedUnits(unit, 'cannotBeActiveWithout')
      .find((other) => turn.jobOf(other) === undefined && isInactive(turn.activeState(other)));
    if (lostUnit === undefined || !withinAutoLimit(turn, unit)) continue;
    turn.effects.push({ kind: 'occurred', unit, occurrence: { kind: 'lost-binding', to: lostUnit } });
    enqueue(turn, { unit, type: 'stop', cause: { kind: 'bound', to: lostUnit } }, 'replace');
  }
}

/** Starts units that others uphold; manager_dispatch_start_when_upheld_queue(). */
export function startUpheld(turn: Turn): void {
  for (const unit of drain(turn.upheldQueue)) {
    if (!isInactive(turn.activeState(unit)) || turn.jobOf(unit) !== undefined) continue;
    const upholder = turn
      .relatedUnits(unit, 'upheldBy')
      .find((other) => turn.jobOf(other) === undefined && isActive(turn.activeState(other)));
    if (upholder === undefined || !withinAutoLimit(turn, unit)) continue;
    enqueue(turn, { unit, type: 'start', cause: { kind: 'upheld', by: upholder } }, 'fail');
  }
}

/** manager_ratelimit_requeue(): retries what came too often. */
export function lookAgain(turn: Turn, unit: string): void {
  turn.change(unit, { throttledUntil: undefined });
  turn.boundQueue.add(unit);
  turn.upheldQueue.add(unit);
}

/** unit.c: starts and stops a unit for the sake of others at most 16 times in 10 s. */
const autoLimit = { interval: 10_000, burst: 16 };

function withinAutoLimit(turn: Turn, unit: string): boolean {
  const { within, window } = withinLimit(turn.unit(unit).autoWindow, autoLimit, turn.now);
  const { throttledUntil } = turn.unit(unit);
  // A window ends after its last millisecond.
  const end = (window.begin ?? turn.now) + autoLimit.interval + 1;
  turn.change(unit, { autoWindow: window, ...(!within && { throttledUntil: throttledUntil ?? end }) });
  return within;
}

function drain(queue: Set<string>): readonly string[] {
  const units = [...queue];
  queue.clear();
  return units;
}
