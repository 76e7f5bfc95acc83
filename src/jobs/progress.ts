/**
 * The progress of the jobs of a verb, as a pure model: events and ticks in, lines out. progress-writer.ts
 * writes the lines.
 */
import { isActive } from '../model/ports.ts';
import type { ActiveState, JobEvent, JobResult, JobVerb } from '../model/ports.ts';
import { gateConditionOf } from '../graph/build.ts';
import type { UnitKind } from '../units/unit-set.ts';
import { formatElapsed } from '../text/duration.ts';
import { plainStyle } from '../ui/style.ts';
import type { Style, StyleName } from '../ui/style.ts';
import { displayWidth, truncate, withoutControls } from '../text/width.ts';

/** What the messages need to know of a unit; only dockunit's units have it. */
export interface ProgressUnit {
  readonly kind: UnitKind;
  readonly service?: string;
}

interface JobProgress {
  readonly unit: string;
  /** Milliseconds, on the clock of `step`. */
  readonly startedAt: number;
  readonly activeState?: ActiveState;
  readonly subState?: string;
  /** Whether the unit was last seen going down, rather than up. */
  readonly stopping: boolean;
  /** Whether the unit has been down, or on its way there, since the job was created. */
  readonly wasDown: boolean;
  readonly end?: { readonly at: number; readonly result: JobResult };
}

export interface ProgressModel {
  readonly verb: JobVerb;
  readonly facts: ReadonlyMap<string, ProgressUnit>;
  /** In the order in which the jobs were created. */
  readonly jobs: ReadonlyMap<string, JobProgress>;
  readonly now: number;
}

export type ProgressInput = JobEvent | { readonly kind: 'tick' };

/** A model without jobs. */
export function beginProgress(
  verb: JobVerb,
  facts: ReadonlyMap<string, ProgressUnit>,
  now: number,
): ProgressModel {
  return { verb, facts, jobs: new Map(), now };
}

/**
 * The model after an event or the passing of time; `now` in milliseconds. State changes of units without a
 * job are not progress of the verb and leave the model unchanged. A result without a job-new (the job
 * existed before dockunit listened) counts from now.
 */
export function step(model: ProgressModel, input: ProgressInput, now: number): ProgressModel {
  if (input.kind === 'tick') return { ...model, now };
  const job = model.jobs.get(input.unit);
  const fresh: JobProgress = {
    unit: input.unit,
    startedAt: now,
    stopping: model.verb === 'stop',
    wasDown: false,
  };
  const next = nextOf(job, fresh, input, now);
  if (next === undefined) return { ...model, now };
  return { ...model, now, jobs: new Map(model.jobs).set(input.unit, next) };
}

function nextOf(
  job: JobProgress | undefined,
  fresh: JobProgress,
  event: JobEvent,
  now: number,
): JobProgress | undefined {
  switch (event.kind) {
    case 'job-new':
      // A second job on a unit whose first one has ended starts from zero; otherwise it is the same job.
      return job === undefined || job.end !== undefined ? fresh : job;
    case 'unit-state': {
      if (job === undefined || job.end !== undefined) return job;
      const { activeState, subState } = event;
      return {
        ...job,
        activeState,
        subState,
        stopping: fresh.stopping || (directions[activeState] ?? job.stopping),
        wasDown: job.wasDown || !isActive(activeState),
      };
    }
    case 'job-removed':
      return { ...(job ?? fresh), end: { at: now, result: event.result } };
  }
}

/** What a state says about the direction: true down, false up, undefined nothing. */
const directions = {
  active: false,
  reloading: undefined,
  inactive: undefined,
  failed: undefined,
  activating: false,
  deactivating: true,
  maintenance: undefined,
} as const satisfies Record<ActiveState, boolean | undefined>;

/** The state or the result of a job, in the words of its unit's kind. */
interface JobWords {
  readonly text: string;
  readonly style: StyleName;
}

const starting = {
  container: 'starting',
  image: 'pulling',
  network: 'creating',
  volume: 'creating',
  watch: 'starting',
  slice: 'starting',
  target: 'waiting for its units',
} as const satisfies Record<Exclude<UnitKind, 'gate'>, string>;

const doneWords = {
  container: 'started',
  image: 'pulled',
  network: 'created',
  volume: 'created',
  watch: 'watching',
  slice: 'started',
  target: 'reached',
} as const satisfies Record<Exclude<UnitKind, 'gate'>, string>;

/** How each result reads; a job that failed says where to look. */
const results = {
  done: { text: 'done', style: 'ok' },
  canceled: { text: 'cancelled by another job', style: 'warning' },
  timeout: { text: 'failed: took longer than its timeout', style: 'bad' },
  failed: { text: 'failed', style: 'bad' },
  dependency: { text: 'not started: a unit it needs failed', style: 'bad' },
  skipped: { text: 'skipped', style: 'dim' },
  invalid: { text: 'not possible in its present state', style: 'bad' },
  assert: { text: 'failed: an assertion of the unit does not hold', style: 'bad' },
  unsupported: { text: 'failed: not supported on this host', style: 'bad' },
  collected: { text: 'dropped: nothing needs it any more', style: 'dim' },
  once: { text: 'not started: it runs only once', style: 'bad' },
  frozen: { text: 'failed: the unit is frozen', style: 'bad' },
  concurrency: { text: 'failed: its slice runs too many units', style: 'bad' },
  unknown: { text: 'ended with an unknown result', style: 'warning' },
} as const satisfies Record<JobResult, JobWords>;

/** The job is queued, behind jobs that its unit is ordered after. */
const waiting: JobWords = { text: 'waiting its turn', style: 'dim' };

/** What the job does now: `pulling`, `waiting until db is healthy`; or its result: `started`, `failed`. */
function describeJob(job: JobProgress, { verb, facts }: ProgressModel): JobWords {
  const own = facts.get(job.unit);
  if (job.end !== undefined) {
    if (job.end.result !== 'done') return results[job.end.result];
    return { text: job.stopping ? 'stopped' : startedWord(job, own), style: 'ok' };
  }
  if (job.activeState === undefined) return waiting;
  switch (job.activeState) {
    case 'maintenance':
      return waiting;
    case 'deactivating':
      return { text: 'stopping', style: 'busy' };
    case 'inactive':
    case 'failed':
      return verb === 'stop' ? { text: 'stopped', style: 'ok' } : waiting;
    case 'active':
    case 'reloading':
      if (verb === 'stop' || (verb === 'restart' && !job.wasDown)) return waiting;
      return { text: startingWord(job, own), style: 'busy' };
    case 'activating':
      if (verb === 'stop') return waiting;
      if (job.subState?.startsWith('auto-restart') === true)
        return { text: 'waiting to be restarted', style: 'warning' };
      return { text: startingWord(job, own), style: 'busy' };
  }
}

function startingWord(job: JobProgress, facts: ProgressUnit | undefined): string {
  if (facts === undefined) return 'starting';
  if (facts.kind !== 'gate') return starting[facts.kind];
  const service = watchedService(job.unit, facts);
  return gateConditionOf(job.unit) === 'completed'
    ? `waiting for ${service} to complete`
    : `waiting until ${service} is healthy`;
}

function startedWord(job: JobProgress, facts: ProgressUnit | undefined): string {
  if (facts?.kind === 'gate') {
    const service = watchedService(job.unit, facts);
    return gateConditionOf(job.unit) === 'completed' ? `${service} has completed` : `${service} is healthy`;
  }
  // A container that runs to completion and a condition that does not hold both end a start inactive.
  if (job.activeState === 'inactive') return 'finished';
  return facts === undefined ? 'started' : doneWords[facts.kind];
}

function watchedService(unit: string, facts: ProgressUnit): string {
  return facts.service ?? unit.replace(/-(healthy|completed)\.service$/, '');
}

/**
 * One line a job, in the order of their creation: name, state, seconds it took or has taken.
 * @param width columns; longer lines are shortened, since a line that wraps could not be redrawn.
 * @param height lines; if there are more jobs, those that ended well are left out first, then the last
 * ones.
 */
export function renderProgress(
  model: ProgressModel,
  width: number,
  style: Style = plainStyle,
  height = Infinity,
): readonly string[] {
  const all = [...model.jobs.values()];
  const jobs = all.length <= height ? all : mostTelling(all, Math.max(0, height - 1));
  const nameWidth = Math.max(0, ...jobs.map(({ unit }) => displayWidth(withoutControls(unit))));
  const lines = jobs.map((job) => {
    const name = withoutControls(job.unit);
    const words = describeJob(job, model);
    const elapsedText = formatElapsed((job.end?.at ?? model.now) - job.startedAt);
    const label = truncate(name + ' '.repeat(nameWidth - displayWidth(name)), width);
    const text = truncate(`  ${withoutControls(words.text)}`, width - displayWidth(label));
    const time = truncate(`  ${elapsedText}`, width - displayWidth(label) - displayWidth(text));
    return `${style.unit(label)}${style[words.style](text)}${style.dim(time)}`;
  });
  if (jobs.length === all.length) return lines;
  return [...lines, style.dim(truncate(`… and ${String(all.length - jobs.length)} more`, width))];
}

function mostTelling(jobs: readonly JobProgress[], count: number): readonly JobProgress[] {
  const rank = ({ end }: JobProgress): number => (end === undefined ? 1 : end.result === 'done' ? 2 : 0);
  const selection = new Set([...jobs].sort((a, b) => rank(a) - rank(b)).slice(0, count));
  return jobs.filter((job) => selection.has(job));
}

/** The line for a job that has ended, where lines cannot be redrawn: `web.service: started (1.2 s)`. */
export function renderEndedJob(
  model: ProgressModel,
  unit: string,
  style: Style = plainStyle,
): string | undefined {
  const job = model.jobs.get(unit);
  if (job?.end === undefined) return undefined;
  const words = describeJob(job, model);
  const elapsedText = formatElapsed(job.end.at - job.startedAt);
  return `${style.unit(withoutControls(unit))}: ${style[words.style](words.text)} ${style.dim(`(${elapsedText})`)}`;
}
