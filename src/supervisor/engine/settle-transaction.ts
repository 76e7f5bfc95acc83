/**
 * From the jobs that a request takes to the jobs that are installed: transaction.c, transaction_activate(). Drops jobs
 * that are redundant or no longer needed, that close a cycle, or that contradict others; merges the rest to one job a
 * unit.
 */
import { isActiveOrActivating } from '../../model/ports.ts';
import { compareJobs } from './job-order.ts';
import { conflict, isRedundant, mergeJobTypes } from './job-types.ts';
import type { JobMode, RequestRefusal } from './protocol.ts';
import type { Prospect } from './prospects.ts';
import type { Transaction } from './transaction.ts';
import type { JobType } from './state.ts';
import type { Turn } from './turn.ts';

/** One job a unit, in the order they were found; the anchor is among them. */
export function settleTransaction(
  turn: Turn,
  transaction: Transaction,
  mode: JobMode,
): readonly Prospect[] | RequestRefusal {
  const { prospects } = transaction;
  markWhatMatters(transaction);
  if (mode === 'fail') spareWhatRuns(turn, transaction);
  dropRedundant(turn, transaction);
  for (;;) {
    dropUnneeded(transaction);
    const cycle = findCycle(turn, transaction);
    if (cycle === undefined) break;
    const victim = cycle.find((unit) => isDispensable(transaction, unit));
    if (victim === undefined) return { kind: 'ordering-cycle', units: cycle };
    for (const job of prospects.jobsOf(victim)) prospects.remove(job, true);
  }
  for (;;) {
    const contradiction = findContradiction(transaction);
    if (contradiction === undefined) break;
    if (contradiction.victim === undefined) return { kind: 'conflicting-jobs', unit: contradiction.unit };
    prospects.remove(contradiction.victim, true);
    dropUnneeded(transaction);
  }
  mergeJobs(transaction);
  dropRedundant(turn, transaction);
  if (mode === 'fail') {
    const victim = prospects.jobs.find(({ unit, type }) => {
      const currentJob = turn.jobOf(unit);
      return currentJob !== undefined && conflict(type, currentJob.type);
    });
    if (victim !== undefined) return { kind: 'destructive', unit: victim.unit };
  }
  nameCauses(transaction);
  return prospects.jobs;
}

/**
 * If several jobs pulled one in, its cause is the kept job nearest to the anchor, with the type it merged into. So
 * causes lead back to the request.
 */
function nameCauses({ anchor, prospects }: Transaction): void {
  const units = new Set([anchor]);
  for (const subject of units) {
    const pulls = [...prospects.pulls(subject)];
    const fitting = pulls.filter(({ object, asksFor }) => asksFor === object.type);
    for (const { object, meaning } of [...fitting, ...pulls]) {
      if (units.has(object)) continue;
      units.add(object);
      object.cause = { kind: 'dependency', of: subject.unit, by: meaning };
    }
  }
}

function markWhatMatters({ anchor, prospects }: Transaction): void {
  const open = [anchor];
  for (let job = open.pop(); job !== undefined; job = open.pop()) {
    if (job.mattersToAnchor) continue;
    job.mattersToAnchor = true;
    for (const { object, matters } of prospects.pulls(job)) if (matters) open.push(object);
  }
}

/** transaction_minimize_impact(): jobs that the anchor does not need must stop nothing and reverse no job. */
function spareWhatRuns(turn: Turn, { prospects }: Transaction): void {
  const harmful = prospects.jobs.filter(({ unit, type, mattersToAnchor }) => {
    if (mattersToAnchor) return false;
    const state = turn.activeState(unit);
    const currentJob = turn.jobOf(unit);
    return (
      (type === 'stop' && isActiveOrActivating(state)) ||
      (currentJob !== undefined && conflict(type, currentJob.type))
    );
  });
  for (const job of harmful) prospects.remove(job, true);
}

/** Removes all jobs of a unit or none, unless each of them has nothing to do. */
function dropRedundant(turn: Turn, { anchor, prospects }: Transaction): void {
  const neededUnits = new Set(
    prospects.jobs
      .filter((job) => {
        const currentJob = turn.jobOf(job.unit);
        return (
          job === anchor ||
          !isRedundant(job.type, turn.activeState(job.unit)) ||
          (currentJob !== undefined && conflict(job.type, currentJob.type))
        );
      })
      .map(({ unit }) => unit),
  );
  for (const job of prospects.jobs) if (!neededUnits.has(job.unit)) prospects.remove(job, false);
}

/** transaction_collect_garbage(): looks only at the job of each unit that was found last. */
function dropUnneeded({ anchor, prospects }: Transaction): void {
  const open = prospects.jobs.map(({ unit }) => unit);
  for (let unit = open.pop(); unit !== undefined; unit = open.pop()) {
    const job = prospects.jobsOf(unit).at(-1);
    if (job === undefined || job === anchor || prospects.pulledBy(job).size > 0) continue;
    // The jobs it pulled in may no longer be needed, and neither may the unit's earlier job.
    open.push(unit, ...[...prospects.pulls(job)].map(({ object }) => object.unit));
    prospects.remove(job, true);
  }
}

const isDispensable = ({ prospects }: Transaction, unit: string): boolean => {
  const own = prospects.jobsOf(unit);
  return own.length > 0 && own.every(({ mattersToAnchor }) => !mattersToAnchor);
};

/**
 * A cycle of jobs, each of which waits for the next, by units; undefined where there is none. Follows installed jobs
 * too: one of them may close the cycle.
 */
function findCycle(turn: Turn, { prospects }: Transaction): readonly string[] | undefined {
  // Of several jobs of a unit, the one found last represents all.
  const typeOf = (unit: string): JobType | undefined =>
    prospects.jobsOf(unit).at(-1)?.type ?? turn.jobOf(unit)?.type;
  const settledUnits = new Set<string>();
  const path = new Set<string>();
  const visit = (unit: string): readonly string[] | undefined => {
    if (settledUnits.has(unit)) return undefined;
    if (path.has(unit)) return [...path].slice([...path].indexOf(unit)).reverse();
    const type = typeOf(unit);
    if (type === undefined) return undefined;
    path.add(unit);
    for (const direction of ['after', 'before'] as const) {
      for (const other of turn.relatedUnits(unit, direction)) {
        const otherType = typeOf(other);
        if (otherType === undefined || compareJobs(type, otherType, direction) !== 'waits') continue;
        const cycle = visit(other);
        if (cycle !== undefined) return cycle;
      }
    }
    path.delete(unit);
    settledUnits.add(unit);
    return undefined;
  };
  for (const { unit } of prospects.jobs) {
    const cycle = visit(unit);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/**
 * Two jobs of one unit that exclude each other, and which of them can be dropped. systemd takes them in the order of a
 * hash table; here a pair with a droppable job comes first, since dropping it may settle the others.
 */
function findContradiction(
  transaction: Transaction,
): { readonly unit: string; readonly victim: Prospect | undefined } | undefined {
  const { prospects } = transaction;
  const conflicts = prospects.jobs.flatMap((job) => {
    const own = prospects.jobsOf(job.unit);
    const other = own.slice(own.indexOf(job) + 1).find(({ type }) => conflict(type, job.type));
    return other === undefined ? [] : [{ unit: job.unit, victim: chooseVictim(transaction, job, other) }];
  });
  return conflicts.find(({ victim }) => victim !== undefined) ?? conflicts[0];
}

/**
 * delete_one_unmergeable_job(): drops the job that the anchor does not need; of two such jobs drops the stop, unless a
 * conflicting unit asks for it.
 */
function chooseVictim({ prospects }: Transaction, one: Prospect, other: Prospect): Prospect | undefined {
  if (one.mattersToAnchor && other.mattersToAnchor) return undefined;
  if (one.mattersToAnchor) return other;
  if (other.mattersToAnchor) return one;
  const [stop, start] = one.type === 'stop' ? [one, other] : [other, one];
  const isConflicted = [...prospects.pulledBy(stop)].some(({ conflicts }) => conflicts);
  return isConflicted ? start : stop;
}

function mergeJobs({ anchor, prospects }: Transaction): void {
  for (const unit of new Set(prospects.jobs.map((job) => job.unit))) {
    const own = prospects.jobsOf(unit);
    const survivor = own.find((job) => job === anchor) ?? own[0];
    for (const job of own) {
      if (survivor === undefined || job === survivor) continue;
      survivor.type = mergeJobTypes(survivor.type, job.type) ?? survivor.type;
      survivor.mattersToAnchor ||= job.mattersToAnchor;
      prospects.absorb(survivor, job);
    }
  }
}
