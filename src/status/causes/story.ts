/** The history of units, and the lookups in it. Pure. */
import type { HistoryEntry, HistoryFact } from '../../supervisor/control/supervisor-api.ts';
import type { JobType } from '../../supervisor/engine/state.ts';
import type { Way } from './cause.ts';

export type FactOfKind<Kind extends HistoryFact['kind']> = Extract<HistoryFact, { kind: Kind }>;
export type OccurrenceKind = FactOfKind<'occurred'>['occurrence'];

export interface FoundFact<Kind extends HistoryFact['kind']> {
  readonly at: number;
  readonly entry: HistoryEntry;
  readonly fact: FactOfKind<Kind>;
}

/** A job that began: as the supervisor creates it, or as systemd reports it. */
export type FoundJob = FoundFact<'job-new'> | FoundFact<'job-began'>;

/** A stop, or the stop of a restart, whose cause systemd does not report. */
export interface Stop {
  readonly unit: string;
  readonly job: number;
  readonly at: number;
  readonly time: number;
  readonly type: 'stop' | 'restart';
}

/** systemd numbers and reports the jobs of one transaction one after the other; it has at most some hundred. */
export const transactionSpan = 500;

/** Milliseconds between the manager's reports about units that belong together. */
const together = 1000;

/** Which units a unit needs, according to the unit files. */
export interface UnitNeeds {
  readonly requires: (unit: string) => readonly string[];
  readonly after: (unit: string) => readonly string[];
  /** The units that systemd stops and restarts with it: those it requires or is part of. */
  readonly follows: (unit: string) => readonly string[];
  /** Units whose failure explains its own: the image of a container, the service that a gate watches. */
  readonly explainedBy: (unit: string) => readonly string[];
}

/** How a run or a try ended by itself, and the entry that reports it. */
export interface End {
  readonly at: number;
  readonly entry: HistoryEntry;
  readonly way: Way | { readonly kind: 'start-limit' } | { readonly kind: 'lost'; readonly unit: string };
}

export class Story {
  readonly #questions = new Set<string>();

  constructor(
    readonly history: readonly HistoryEntry[],
    readonly needs: UnitNeeds,
  ) {}

  /** False where it was asked for already: in systemd's reports two units may each be the other's reason. */
  tellsFirst(what: string): boolean {
    const before = this.#questions.size;
    return this.#questions.add(what).size > before;
  }

  get end(): number {
    return this.history.length;
  }

  /** After all entries reported together with this one: entries that belong together come in either order. */
  behind(at: number): number {
    const time = (this.history[at]?.time ?? 0) + together;
    const later = this.history.findIndex((entry) => entry.time > time);
    return later === -1 ? this.end : later;
  }

  last<Kind extends HistoryFact['kind']>(
    unit: string,
    kind: Kind,
    before: number,
    matches: (fact: FactOfKind<Kind>) => boolean = () => true,
  ): FoundFact<Kind> | undefined {
    for (let at = Math.min(before, this.end) - 1; at >= 0; at--) {
      const entry = this.history[at];
      if (entry?.unit !== unit || entry.fact.kind !== kind) continue;
      const fact = entry.fact as FactOfKind<Kind>;
      if (matches(fact)) return { at, entry, fact };
    }
    return undefined;
  }

  occurrence(unit: string, kind: OccurrenceKind['kind'], before: number): FoundFact<'occurred'> | undefined {
    return this.last(unit, 'occurred', before, ({ occurrence }) => occurrence.kind === kind);
  }

  /** The last job of one of the types to begin. */
  lastJob(unit: string, types: readonly JobType[], before: number): FoundJob | undefined {
    const isOne = ({ type }: { readonly type: JobType }): boolean => types.includes(type);
    const job = this.last(unit, 'job-new', before, isOne);
    const began = this.last(unit, 'job-began', before, isOne);
    return (job?.at ?? -1) > (began?.at ?? -1) ? job : began;
  }

  /** The last start that began before the entry: it led to the present run or try. */
  lastStart(unit: string, before: number): FoundJob | undefined {
    return this.lastJob(unit, ['start', 'restart'], before);
  }

  /** The job that began last before the entry, and had not ended by then. */
  openJob(unit: string, before: number): FoundJob | undefined {
    const job = this.lastJob(unit, ['start', 'stop', 'restart', 'verify-active'], before);
    if (job === undefined) return undefined;
    const end = this.last(unit, 'job-ended', before);
    return end !== undefined && end.at > job.at ? undefined : job;
  }

  /**
   * The stop that pulled in another stop, where systemd does not report it: of a unit that stops with it or
   * after it, by a job with a lower number, since systemd numbers the requested job first.
   */
  leaderOf(unit: string, { time: stopTime, job }: Stop): Stop | undefined {
    const isNear = (other: number): boolean => other < job && job - other < transactionSpan;
    const follows = new Set(this.needs.follows(unit));
    const leaders = this.history.flatMap(({ unit: other, time, fact }, index): Stop[] => {
      if (time < stopTime - together || !follows.has(other)) return [];
      if (fact.kind !== 'job-ended' && fact.kind !== 'job-began') return [];
      const { type } = fact;
      return (type === 'stop' || type === 'restart') && isNear(fact.job)
        ? [{ unit: other, job: fact.job, at: index, time, type }]
        : [];
    });
    const first = Math.min(...leaders.map(({ job: other }) => other));
    const ofFirst = leaders.filter((leader) => leader.job === first);
    // systemd reports a restart first as a stop; its end shows that it was a restart.
    return ofFirst.find(({ type }) => type === 'restart') ?? ofFirst[0];
  }

  /** The last stop that began before the entry; systemd reports some stops only when they have ended. */
  lastStop(
    unit: string,
    before: number,
  ): FoundFact<'job-new'> | FoundFact<'job-began'> | FoundFact<'job-ended'> | undefined {
    const began = this.lastJob(unit, ['stop'], before);
    const end = this.last(
      unit,
      'job-ended',
      before,
      ({ type, result }) => type === 'stop' && result === 'done',
    );
    return end === undefined || end.fact.job === began?.fact.job ? began : end;
  }

  /** The one of the units whose start failed last. */
  lastFailed(units: readonly string[], before: number): FoundFact<'job-ended'> | undefined {
    const failures = units.flatMap(
      (unit) =>
        this.last(unit, 'job-ended', before, ({ type, result }) => type !== 'stop' && result !== 'done') ??
        [],
    );
    return failures.sort((a, b) => b.at - a.at)[0];
  }

  /**
   * How the last run or try before the entry ended. The first failure in it counts: the later ones only
   * show how the rest was ended.
   */
  lastEnd(unit: string, before: number): End | undefined {
    for (let at = Math.min(before, this.end) - 1; at >= 0; at--) {
      const entry = this.history[at];
      if (entry?.unit === unit && wayOf(entry.fact) !== undefined) return this.#first(unit, at);
    }
    return undefined;
  }

  /** Where the run or try began: the stop within a restart is not part of it. */
  #begin(unit: string, before: number): number {
    const start = this.lastStart(unit, before);
    if (start === undefined) return -1;
    if (start.fact.kind !== 'job-new' || start.fact.type !== 'restart') return start.at;
    const begin = this.history.findIndex(
      ({ unit: other, fact }, index) =>
        index > start.at &&
        other === unit &&
        fact.kind === 'unit-state' &&
        fact.activeState === 'activating' &&
        !fact.subState.startsWith('auto-restart'),
    );
    return begin === -1 ? before : begin;
  }

  #first(unit: string, last: number): End | undefined {
    const from = this.#begin(unit, last);
    const ends = this.history.slice(from + 1, last + 1).flatMap((entry, index): End[] => {
      const way = entry.unit === unit ? wayOf(entry.fact) : undefined;
      return way === undefined ? [] : [{ at: from + 1 + index, entry, way }];
    });
    const limit = ends.find(({ way }) => way.kind === 'start-limit');
    // The watchdog, and the kernel when memory runs out, end a process, and its end is reported after that.
    const deciding = ends.find(({ way }) => way.kind === 'result' && decidingResults.has(way.result));
    const end = ends.find(({ way }) => way.kind !== 'result' && way.kind !== 'ended');
    return limit ?? deciding ?? end ?? ends[0];
  }
}

const decidingResults: ReadonlySet<string> = new Set(['watchdog', 'oom-kill']);

/**
 * undefined for facts that put no unit down; such as the successful end of a command before or after the
 * main one.
 */
function wayOf(fact: HistoryFact): End['way'] | undefined {
  if (fact.kind === 'result') return fact.result === 'success' ? { kind: 'ended' } : fact;
  if (fact.kind !== 'occurred') return undefined;
  const { occurrence } = fact;
  switch (occurrence.kind) {
    case 'process-ended': {
      const { phase, exit, ignored } = occurrence;
      if (ignored) return undefined;
      if (exit.kind !== 'exited' || exit.code !== 0) return { kind: 'process', phase, exit };
      return phase === 'start' ? { kind: 'ended' } : undefined;
    }
    case 'timed-out':
      return occurrence;
    case 'start-limit-hit':
      return { kind: 'start-limit' };
    case 'condition-unmet':
      return { kind: 'condition' };
    case 'dependency-failed':
      return { kind: 'lost', unit: occurrence.dependency };
    case 'lost-binding':
      return { kind: 'lost', unit: occurrence.to };
    case 'restart-scheduled':
      return undefined;
  }
}
