/** Jobs from their installation to their end: job.c, and what the end of a job does to other jobs. */
import { type JobResult, isActive, isInactive } from '../../model/ports.ts';
import { compareJobs } from './job-order.ts';
import { conflict, mergeJobTypes } from './job-types.ts';
import type { Prospect } from './prospects.ts';
import type { JobMode, RequestRefusal } from './protocol.ts';
import { settleTransaction } from './settle-transaction.ts';
import type { JobCause, Job, JobId, JobType } from './state.ts';
import { type Anchor, collectJobs } from './transaction.ts';
import type { Driver, StartOutcome, StopOutcome, Turn } from './turn.ts';

/** The id of the anchor's job, undefined where it had nothing to do; or why nothing was installed. */
export function enqueue(turn: Turn, anchor: Anchor, mode: JobMode): JobId | undefined | RequestRefusal {
  const transaction = collectJobs(turn, anchor);
  if ('kind' in transaction) return transaction;
  const jobs = settleTransaction(turn, transaction, mode);
  if ('kind' in jobs) return jobs;
  for (const job of jobs) install(turn, job, anchor.runsAnew === true && job.unit === anchor.unit);
  return turn.unit(anchor.unit).job;
}

/** Runs jobs until no job can run without a further event. */
export function runJobs(turn: Turn): void {
  for (let id = turn.runQueue.take(); id !== undefined; id = turn.runQueue.take()) {
    const next = turn.job(id);
    if (next?.state === 'waiting' && isRunnable(turn, next)) run(turn, next);
  }
}

/** Ends the job; unless the result is `done`, `recursive` also ends the jobs that needed it. */
export function finishJob(turn: Turn, job: Job, result: JobResult, recursive: boolean): void {
  const { unit, type } = job;
  if (result === 'done' && type === 'restart') {
    // The stop half is done: a start remains.
    turn.changeJob(job.id, { type: 'start', state: 'waiting' });
    turn.runQueue.add(job);
  } else {
    turn.removeJob(job);
    turn.effects.push({ kind: 'job-ended', job: job.id, unit, type, result });
    if (recursive) {
      propagateEnd(turn, job, result);
      driverOf(turn, unit).jobEnded?.(turn, unit);
    }
    // JOB_FAILED is not among these: the unit's own failure has already triggered OnFailure=.
    if (result === 'timeout' || result === 'dependency') startOnFailure(turn, unit);
  }
  for (const meaning of ['after', 'before'] as const) {
    for (const other of turn.relatedUnits(unit, meaning)) {
      const waiting = turn.jobOf(other);
      if (waiting !== undefined) turn.runQueue.add(waiting);
    }
  }
  // A failed job may become due again although no state has changed.
  turn.upheldQueue.add(unit);
  turn.boundQueue.add(unit);
}

/** Starts the units that this one names under OnFailure=. */
export function startOnFailure(turn: Turn, unit: string): void {
  if (mayReact(turn, unit)) {
    startAll(turn, turn.relatedUnits(unit, 'onFailure'), { kind: 'on-failure', of: unit }, 'replace');
  }
}

/** Starts the units that this one names under OnSuccess=. */
export function startOnSuccess(turn: Turn, unit: string): void {
  if (mayReact(turn, unit)) {
    startAll(turn, turn.relatedUnits(unit, 'onSuccess'), { kind: 'on-success', of: unit }, 'fail');
  }
}

/**
 * The units that a failing unit starts may pull in the unit itself. It then fails again at once, and so on in the same
 * instant. systemd would loop forever; here a step ends.
 */
function mayReact(turn: Turn, unit: string): boolean {
  const times = (turn.reactions.get(unit) ?? 0) + 1;
  turn.reactions.set(unit, times);
  return times <= mostReactions;
}

const mostReactions = 16;

/** The modes are the defaults of OnFailureJobMode= and OnSuccessJobMode=. */
function startAll(turn: Turn, units: readonly string[], cause: JobCause, mode: JobMode): void {
  for (const unit of units) enqueue(turn, { unit, type: 'start', cause }, mode);
}

/** job_install(): merges the job into the unit's present job, or replaces that job. */
function install(turn: Turn, { unit, type, cause }: Prospect, runsAnew: boolean): void {
  const present = turn.jobOf(unit);
  if (present !== undefined && !conflict(present.type, type)) {
    const mergedType = mergeJobTypes(present.type, type) ?? type;
    // A running job that already does everything the new one asks for continues; else it restarts as both.
    const state = present.type === mergedType && !runsAnew ? present.state : 'waiting';
    turn.changeJob(present.id, { type: mergedType, state });
    turn.runQueue.add(present);
    return;
  }
  if (present !== undefined) finishJob(turn, present, 'canceled', false);
  const job = turn.newJob({ unit, type, state: 'waiting', cause });
  turn.effects.push({ kind: 'job-new', job: job.id, unit, type, cause });
  turn.runQueue.add(job);
}

function isRunnable(turn: Turn, job: Job): boolean {
  return (['after', 'before'] as const).every((direction) =>
    turn.relatedUnits(job.unit, direction).every((other) => {
      const otherJob = turn.jobOf(other);
      return otherJob === undefined || compareJobs(job.type, otherJob.type, direction) === 'goes-first';
    }),
  );
}

function run(turn: Turn, job: Job): void {
  turn.changeJob(job.id, { state: 'running' });
  const outcome = perform[job.type](turn, job.unit);
  // Running it may have ended the job, or replaced it by another.
  const present = turn.job(job.id);
  if (present === undefined || outcome === 'begun') return;
  if (outcome === 'again') turn.changeJob(job.id, { state: 'waiting' });
  else finishJob(turn, present, resultOf[outcome], true);
}

type JobOutcome = StartOutcome | StopOutcome | 'skipped';

const perform = {
  start: (turn, unit) => driverOf(turn, unit).start(turn, unit),
  stop: (turn, unit) => driverOf(turn, unit).stop(turn, unit),
  restart: (turn, unit) => driverOf(turn, unit).stop(turn, unit),
  'verify-active': (turn, unit) => {
    const state = turn.activeState(unit);
    if (isActive(state)) return 'already';
    return state === 'activating' ? 'again' : 'skipped';
  },
} as const satisfies Record<JobType, (turn: Turn, unit: string) => JobOutcome>;

function driverOf(turn: Turn, unit: string): Driver {
  return turn.drivers[turn.unit(unit).config.type];
}

/** job_run_and_invalidate(), the switch over errors. */
const resultOf = {
  already: 'done',
  'condition-unmet': 'done',
  'assert-failed': 'assert',
  dependency: 'dependency',
  skipped: 'skipped',
  failed: 'failed',
} as const satisfies Record<Exclude<JobOutcome, 'begun' | 'again'>, JobResult>;

function propagateEnd(turn: Turn, { unit, type }: Job, result: JobResult): void {
  if (result !== 'done') {
    if (type === 'start' || type === 'verify-active') {
      failDependents(turn, unit, 'propagateStartFailure', result);
    } else if (type === 'stop') failDependents(turn, unit, 'propagateStopFailure', result);
  } else if (type === 'start' && isInactive(turn.activeState(unit))) {
    // The job started the unit, but the unit is not up: a oneshot, or an unmet condition.
    failDependents(turn, unit, 'propagateInactiveStartAsFailure', result);
  }
}

function failDependents(
  turn: Turn,
  unit: string,
  meaning: 'propagateStartFailure' | 'propagateStopFailure' | 'propagateInactiveStartAsFailure',
  result: JobResult,
): void {
  for (const dependent of turn.relatedUnits(unit, meaning)) {
    const job = turn.jobOf(dependent);
    if (job?.type !== 'start' && job?.type !== 'verify-active') continue;
    turn.effects.push({
      kind: 'occurred',
      unit: dependent,
      occurrence: { kind: 'dependency-failed', dependency: unit, result },
    });
    finishJob(turn, job, 'dependency', true);
  }
}
