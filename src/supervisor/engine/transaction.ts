/**
 * From a request to the jobs it takes, found by following dependencies: transaction.c,
 * transaction_add_job_and_dependencies(). settle-transaction.ts then decides which of them stay.
 */
import { isInactiveOrDeactivating } from '../../model/ports.ts';
import type { RequestRefusal } from './protocol.ts';
import { type Prospect, Prospects } from './prospects.ts';
import type { DependencyMeaning } from './relations.ts';
import type { JobCause, JobType } from './state.ts';
import type { Turn } from './turn.ts';

export interface Transaction {
  readonly anchor: Prospect;
  readonly prospects: Prospects;
}

/** The request of a transaction. */
export interface Anchor {
  readonly unit: string;
  readonly type: JobType;
  readonly cause: JobCause;
  /** The start of an automatic restart also restarts active dependents; from 254 on. */
  readonly restartsDependents?: boolean;
  /** Runs the unit's job again even if an equal one runs; with RestartMode=direct the last one may. */
  readonly runsAnew?: boolean;
}

/** All jobs that the anchor takes, with their links; a refusal where a required job is impossible. */
export function collectJobs(turn: Turn, anchor: Anchor): Transaction | RequestRefusal {
  const collector = new Collector(turn, anchor);
  const refusal = collector.add(anchor.type, anchor.unit, undefined);
  const { anchorJob } = collector;
  if (anchorJob !== undefined && (refusal === undefined || refusal === 'inapplicable')) {
    return { anchor: anchorJob, prospects: collector.prospects };
  }
  return refusal === undefined || refusal === 'inapplicable'
    ? { kind: 'bad-setting', unit: anchor.unit }
    : refusal;
}

/** How the job of a dependency relates to the job that pulls it in. */
interface JobPull {
  readonly meaning: DependencyMeaning;
  readonly type: JobType;
  readonly matters: boolean;
  readonly conflicts: boolean;
}

/** In the order in which systemd follows them. */
const pulledByStart: readonly JobPull[] = [
  { meaning: 'pullInStart', type: 'start', matters: true, conflicts: false },
  { meaning: 'pullInStartIgnored', type: 'start', matters: false, conflicts: false },
  { meaning: 'pullInVerify', type: 'verify-active', matters: true, conflicts: false },
  { meaning: 'pullInStop', type: 'stop', matters: true, conflicts: true },
  { meaning: 'pullInStopIgnored', type: 'stop', matters: false, conflicts: false },
];

class Collector {
  readonly prospects = new Prospects();
  anchorJob: Prospect | undefined;

  constructor(
    readonly turn: Turn,
    readonly request: Anchor,
  ) {}

  add(
    type: JobType,
    unit: string,
    by: { readonly job: Prospect; readonly pull: JobPull } | undefined,
  ): RequestRefusal | 'inapplicable' | undefined {
    const { config } = this.turn.unit(unit);
    if (type !== 'stop' && config.loadState !== 'loaded') return refusalOf[config.loadState](unit);
    // The supervisor does not stop external units.
    if (config.type === 'external' && type !== 'start' && type !== 'verify-active') return 'inapplicable';
    const sameJob = this.prospects.jobsOf(unit).find((job) => job.type === type);
    const job = sameJob ?? this.#newJob(type, unit, by);
    if (by === undefined) this.anchorJob = job;
    else {
      const { matters, conflicts, meaning } = by.pull;
      this.prospects.addLink({ subject: by.job, object: job, matters, conflicts, meaning, asksFor: type });
    }
    const gracefully = by?.pull.meaning === 'propagateStopGraceful';
    return sameJob === undefined ? this.#follow(job, by === undefined, gracefully) : undefined;
  }

  #newJob(
    type: JobType,
    unit: string,
    by: { readonly job: Prospect; readonly pull: JobPull } | undefined,
  ): Prospect {
    const cause: JobCause =
      by === undefined ? this.request.cause : { kind: 'dependency', of: by.job.unit, by: by.pull.meaning };
    const job = { unit, type, mattersToAnchor: false, cause };
    this.prospects.addJob(job);
    return job;
  }

  #follow(job: Prospect, isAnchor: boolean, gracefully: boolean): RequestRefusal | undefined {
    if (job.type === 'start' || job.type === 'restart') {
      for (const pull of pulledByStart) {
        for (const other of this.turn.relatedUnits(job.unit, pull.meaning)) {
          const refusal = this.add(pull.type, other, { job, pull });
          if (refusal !== undefined && refusal !== 'inapplicable' && pull.matters) return refusal;
        }
      }
    }
    const restartsToo = isAnchor && this.request.restartsDependents === true;
    if (job.type === 'stop') {
      const refusal = this.#propagate(job, 'propagateStop', () => 'stop');
      if (refusal !== undefined) return refusal;
    } else if (job.type === 'restart' || restartsToo) {
      const refusal = this.#propagate(job, 'propagateRestart', (other) => this.#tryRestart(other));
      if (refusal !== undefined) return refusal;
    } else return undefined;
    return this.#propagateGracefully(job, isAnchor || gracefully);
  }

  /** PropagatesStopTo=. Before 254 it is a stop like any other, and restarts do not propagate to it. */
  #propagateGracefully(job: Prospect, isInTurn: boolean): RequestRefusal | undefined {
    const meaning = 'propagateStopGraceful';
    if (this.turn.rules >= 254) {
      return isInTurn ? this.#propagate(job, meaning, (other) => this.#stopOrRestart(other)) : undefined;
    }
    return job.type === 'stop' ? this.#propagate(job, meaning, () => 'stop') : undefined;
  }

  /** job_type_collapse(): a unit that is down or stopping stays so. */
  #tryRestart(unit: string): JobType | undefined {
    return isInactiveOrDeactivating(this.turn.activeState(unit)) ? undefined : 'restart';
  }

  /** job_type_propagate_stop_graceful(): a unit that the same transaction starts is restarted instead. */
  #stopOrRestart(unit: string): JobType | undefined {
    const types = this.prospects.jobsOf(unit).map(({ type }) => type);
    if (types.includes('stop') || types.includes('restart')) return undefined;
    return types.includes('start') ? 'restart' : 'stop';
  }

  /** `typeFor`: the job for each unit concerned; undefined where the unit needs none. */
  #propagate(
    job: Prospect,
    meaning: DependencyMeaning,
    typeFor: (other: string) => JobType | undefined,
  ): RequestRefusal | undefined {
    const pull: JobPull = { meaning, type: 'stop', matters: true, conflicts: false };
    for (const other of this.turn.relatedUnits(job.unit, meaning)) {
      const type = typeFor(other);
      if (type === undefined) continue;
      const refusal = this.add(type, other, { job, pull: { ...pull, type } });
      if (refusal !== undefined && refusal !== 'inapplicable') return refusal;
    }
    return undefined;
  }
}

const refusalOf = {
  'not-found': (unit: string): RequestRefusal => ({ kind: 'no-such-unit', unit }),
  'bad-setting': (unit: string): RequestRefusal => ({ kind: 'bad-setting', unit }),
  masked: (unit: string): RequestRefusal => ({ kind: 'masked', unit }),
} as const;
