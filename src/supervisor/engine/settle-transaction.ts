/**
 * The jobs a request takes → the jobs that are installed: transaction.c, transaction_activate().
 * Drops what is redundant, what nobody needs, what closes a cycle, what contradicts; merges the rest
 * to one job a unit.
 */
import { isActiveOrActivating } from '../../host/ports.ts';
import { compareJobs } from './job-order.ts';
import { conflict, isRedundant, mergeJobTypes } from './job-types.ts';
import type { JobMode, Refusal } from './protocol.ts';
import type { Prospect, Transaction } from './transaction.ts';
import type { Turn } from './turn.ts';

/** One job a unit, in the order they were found; the anchor is among them. */
export function settleTransaction(
  turn: Turn,
  transaction: Transaction,
  mode: JobMode,
): readonly Prospect[] | Refusal {
  markWhatMatters(transaction);
  if (mode === 'fail') spareWhatRuns(turn, transaction);
  dropRedundant(turn, transaction);
  for (;;) {
    dropUnneeded(transaction);
    const cycle = findCycle(turn, transaction);
    if (cycle === undefined) break;
    const victim = cycle.find((unit) => isDispensable(transaction, unit));
    if (victim === undefined) return { kind: 'ordering-cycle', units: cycle };
    for (const job of transaction.jobs.filter(({ unit }) => unit === victim)) remove(transaction, job, true);
  }
  for (;;) {
    const contradiction = findContradiction(transaction);
    if (contradiction === undefined) break;
    if (contradiction.victim === undefined) return { kind: 'conflicting-jobs', unit: contradiction.unit };
    remove(transaction, contradiction.victim, true);
    dropUnneeded(transaction);
  }
  mergeJobs(transaction);
  dropRedundant(turn, transaction);
  if (mode === 'fail') {
    const destroyed = transaction.jobs.find(({ unit, type }) => {
      const installed = turn.jobOf(unit);
      return installed !== undefined && conflict(type, installed.type);
    });
    if (destroyed !== undefined) return { kind: 'destructive', unit: destroyed.unit };
  }
  nameCauses(transaction);
  return transaction.jobs;
}

/**
 * Of several jobs that pulled one in, its cause is the nearest to the anchor that is itself kept, and
 * asks for what it became: so that causes lead back to the request.
 */
function nameCauses({ anchor, jobs, links }: Transaction): void {
  const kept = new Set(jobs);
  const named = new Set([anchor]);
  for (const subject of named) {
    const pulls = links.filter((link) => link.subject === subject && kept.has(link.object));
    const fitting = pulls.filter(({ object, asksFor }) => asksFor === object.type);
    for (const { object, meaning } of [...fitting, ...pulls]) {
      if (named.has(object)) continue;
      named.add(object);
      object.cause = { kind: 'dependency', of: subject.unit, by: meaning };
    }
  }
}

function markWhatMatters({ anchor, links }: Transaction): void {
  const open = [anchor];
  for (let job = open.pop(); job !== undefined; job = open.pop()) {
    if (job.mattersToAnchor) continue;
    job.mattersToAnchor = true;
    for (const link of links) if (link.subject === job && link.matters) open.push(link.object);
  }
}

/** transaction_minimize_impact(): what the anchor can do without shall stop nothing and reverse no job. */
function spareWhatRuns(turn: Turn, transaction: Transaction): void {
  const harmful = transaction.jobs.filter(({ unit, type, mattersToAnchor }) => {
    if (mattersToAnchor) return false;
    const state = turn.activeState(unit);
    const installed = turn.jobOf(unit);
    return (
      (type === 'stop' && isActiveOrActivating(state)) ||
      (installed !== undefined && conflict(type, installed.type))
    );
  });
  for (const job of harmful) remove(transaction, job, true);
}

/** All jobs of a unit go, or none: unless each of them has nothing to do. */
function dropRedundant(turn: Turn, transaction: Transaction): void {
  const needed = new Set(
    transaction.jobs
      .filter((job) => {
        const installed = turn.jobOf(job.unit);
        return (
          job === transaction.anchor ||
          !isRedundant(job.type, turn.activeState(job.unit)) ||
          (installed !== undefined && conflict(job.type, installed.type))
        );
      })
      .map(({ unit }) => unit),
  );
  for (const job of transaction.jobs.filter(({ unit }) => !needed.has(unit))) remove(transaction, job, false);
}

/** transaction_collect_garbage(): looks at the job of each unit that was found last, and at no other. */
function dropUnneeded(transaction: Transaction): void {
  for (;;) {
    const needed = new Set(transaction.links.map(({ object }) => object));
    const last = new Map(transaction.jobs.map((job) => [job.unit, job]));
    const unneeded = [...last.values()].filter((job) => job !== transaction.anchor && !needed.has(job));
    if (unneeded.length === 0) return;
    for (const job of unneeded) remove(transaction, job, true);
  }
}

/** Takes the job away, and with `dependents` all to whom it mattered. */
function remove(transaction: Transaction, job: Prospect, dependents: boolean): void {
  const at = transaction.jobs.indexOf(job);
  if (at < 0) return;
  transaction.jobs.splice(at, 1);
  const subjects = transaction.links.filter(({ object, matters }) => object === job && matters);
  transaction.links = transaction.links.filter(({ subject, object }) => subject !== job && object !== job);
  if (dependents) for (const { subject } of subjects) remove(transaction, subject, true);
}

const isDispensable = ({ jobs }: Transaction, unit: string): boolean => {
  const own = jobs.filter((job) => job.unit === unit);
  return own.length > 0 && own.every(({ mattersToAnchor }) => !mattersToAnchor);
};

/**
 * A cycle of jobs each of which waits for the next, by units; undefined where there is none. Jobs
 * already installed are followed too: one of them may close it.
 */
function findCycle(turn: Turn, { jobs }: Transaction): readonly string[] | undefined {
  // Of several jobs of a unit the one that was found last stands for all.
  const typeOf = new Map(jobs.map(({ unit, type }) => [unit, type]));
  const settled = new Set<string>();
  const path: string[] = [];
  const visit = (unit: string): readonly string[] | undefined => {
    if (settled.has(unit)) return undefined;
    const at = path.indexOf(unit);
    if (at >= 0) return path.slice(at).reverse();
    const type = typeOf.get(unit) ?? turn.jobOf(unit)?.type;
    if (type === undefined) return undefined;
    path.push(unit);
    for (const direction of ['after', 'before'] as const) {
      for (const other of turn.related(unit, direction)) {
        const otherType = typeOf.get(other) ?? turn.jobOf(other)?.type;
        if (otherType === undefined || compareJobs(type, otherType, direction) !== 'waits') continue;
        const cycle = visit(other);
        if (cycle !== undefined) return cycle;
      }
    }
    path.pop();
    settled.add(unit);
    return undefined;
  };
  for (const { unit } of jobs) {
    const cycle = visit(unit);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/**
 * Two jobs of one unit that exclude each other, and which of them can go. systemd takes them in the
 * order of a hash table; here one of which a job can go comes first, for it may settle the others.
 */
function findContradiction(
  transaction: Transaction,
): { readonly unit: string; readonly victim: Prospect | undefined } | undefined {
  const found = transaction.jobs.flatMap((job, at) => {
    const other = transaction.jobs
      .slice(at + 1)
      .find(({ unit, type }) => unit === job.unit && conflict(type, job.type));
    return other === undefined ? [] : [{ unit: job.unit, victim: chooseVictim(transaction, job, other) }];
  });
  return found.find(({ victim }) => victim !== undefined) ?? found[0];
}

/**
 * delete_one_unmergeable_job(): what the anchor does not need; of two it does not need rather the
 * stop, unless something that conflicts asks for it.
 */
function chooseVictim(transaction: Transaction, one: Prospect, other: Prospect): Prospect | undefined {
  if (one.mattersToAnchor && other.mattersToAnchor) return undefined;
  if (one.mattersToAnchor) return other;
  if (other.mattersToAnchor) return one;
  const [stop, start] = one.type === 'stop' ? [one, other] : [other, one];
  const isConflicted = transaction.links.some((link) => link.object === stop && link.conflicts);
  return isConflicted ? start : stop;
}

function mergeJobs(transaction: Transaction): void {
  for (const kept of [...transaction.jobs]) {
    if (!transaction.jobs.includes(kept)) continue;
    for (const other of transaction.jobs.filter(({ unit }) => unit === kept.unit)) {
      if (other === kept) continue;
      const survivor = other === transaction.anchor ? other : kept;
      const absorbed = survivor === kept ? other : kept;
      const merged = mergeJobTypes(survivor.type, absorbed.type) ?? survivor.type;
      survivor.type = merged;
      survivor.mattersToAnchor ||= absorbed.mattersToAnchor;
      transaction.links = transaction.links.map((link) => ({
        ...link,
        subject: link.subject === absorbed ? survivor : link.subject,
        object: link.object === absorbed ? survivor : link.object,
      }));
      remove(transaction, absorbed, false);
    }
  }
}
