/**
 * The history of units → the causal chain of one unit's present state: its state, what brought it
 * about, what brought that about, and so on to what a user asked for or a process did. Pure.
 */
import type { ActiveState, UnitState } from '../host/ports.ts';
import type { Cause, Exit, JobType } from '../supervisor/engine/state.ts';
import { execDirectives } from '../supervisor/engine/unit-config.ts';
import { ordinal } from '../supervisor/loop/log-words.ts';
import type { HistoryEntry, HistoryFact } from '../supervisor/served.ts';

export interface WhyLink {
  readonly unit: string;
  /** Milliseconds since the epoch; null where the history does not reach back so far. */
  readonly time: number | null;
  /** A sentence without the unit's name and full stop: `was stopped, since db was, which it requires`. */
  readonly what: string;
}

/** Who a unit needs, by what the unit files say. */
export interface Needs {
  readonly requires: (unit: string) => readonly string[];
  readonly after: (unit: string) => readonly string[];
}

/** From the present state down to its first cause; at least the state itself. */
export function explainState(
  state: UnitState,
  history: readonly HistoryEntry[],
  needs: Needs,
): readonly WhyLink[] {
  const story = new Story(history, needs);
  const present = { unit: state.name, time: state.since === 0 ? null : state.since, what: stateWords(state) };
  return [present, ...story.causesOf(state.name, state.activeState, history.length)];
}

type Fact<Kind extends HistoryFact['kind']> = Extract<HistoryFact, { kind: Kind }>;
type Found<Kind extends HistoryFact['kind']> = {
  readonly at: number;
  readonly entry: HistoryEntry;
  readonly fact: Fact<Kind>;
};

class Story {
  readonly #told = new Set<string>();

  constructor(
    readonly history: readonly HistoryEntry[],
    readonly needs: Needs,
  ) {}

  /** What put the unit into the state it had before the entry `before`. */
  causesOf(unit: string, state: ActiveState, before: number): readonly WhyLink[] {
    // Two units may each be the other's reason in what systemd tells.
    if (this.#told.has(`${unit} ${state}`)) return [];
    this.#told.add(`${unit} ${state}`);
    return whys[state](this, unit, before);
  }

  last<Kind extends HistoryFact['kind']>(
    unit: string,
    kind: Kind,
    before: number,
    matches: (fact: Fact<Kind>) => boolean = () => true,
  ): Found<Kind> | undefined {
    for (let at = Math.min(before, this.history.length) - 1; at >= 0; at--) {
      const entry = this.history[at];
      if (entry?.unit !== unit || entry.fact.kind !== kind) continue;
      const fact = entry.fact as Fact<Kind>;
      if (matches(fact)) return { at, entry, fact };
    }
    return undefined;
  }

  /** The job that began last before the entry, and has not ended before it. */
  openJob(unit: string, before: number): Found<'job-new'> | undefined {
    const made = this.last(unit, 'job-new', before);
    if (made === undefined) return undefined;
    const ended = this.last(unit, 'job-ended', before, ({ job }) => job === made.fact.job);
    return ended === undefined ? made : undefined;
  }
}

type Why = (story: Story, unit: string, before: number) => readonly WhyLink[];

const whyUp: Why = (story, unit, before) => {
  const made = story.last(unit, 'job-new', before, ({ type }) => type === 'start' || type === 'restart');
  if (made !== undefined) return whyJob(story, unit, made);
  const ended = story.last(unit, 'job-ended', before, ({ type }) => type === 'start' || type === 'restart');
  return ended === undefined ? [] : [link(ended.entry, 'was started')];
};

/** A process that ended, a timeout, a limit: the nearest of them, with what came of it. */
const whyEnded: Why = (story, unit, before) => {
  const found = story.last(unit, 'occurred', before, ({ occurrence }) => isReason(occurrence));
  if (found === undefined) return [];
  const { occurrence } = found.fact;
  const told = link(found.entry, occurrenceWords(occurrence));
  if (occurrence.kind !== 'dependency-failed' && occurrence.kind !== 'lost-binding') return [told];
  const other = occurrence.kind === 'lost-binding' ? occurrence.to : occurrence.dependency;
  return [told, ...whyDown(story, other, found.at)];
};

/** A job under way, else whatever of a stop job, a failed start and an end by itself came last. */
const whyDown: Why = (story, unit, before) => {
  const open = story.openJob(unit, before);
  if (open !== undefined) return whyJob(story, unit, open);
  const up = story.last(unit, 'unit-state', before, ({ activeState }) => activeState === 'active');
  const stop = story.last(unit, 'job-new', before, ({ type }) => type === 'stop');
  const refused = story.last(unit, 'job-ended', before, hasNoDependency);
  const ended = story.last(unit, 'occurred', before, ({ occurrence }) => isReason(occurrence));
  // How a process ended that had been told to is no reason.
  if (stop !== undefined && stop.at > Math.max(up?.at ?? -1, refused?.at ?? -1))
    return whyJob(story, unit, stop);
  if (ended !== undefined && ended.at > (refused?.at ?? -1)) return whyEnded(story, unit, before);
  if (ended?.fact.occurrence.kind === 'dependency-failed') return whyEnded(story, unit, before);
  return refused === undefined ? whyStopped(story, unit, before) : whyRefused(story, unit, refused);
};

const hasNoDependency = ({ type, result }: Fact<'job-ended'>): boolean =>
  type !== 'stop' && result === 'dependency';

/** systemd does not say which dependency it was: the one required that failed last before. */
const whyRefused = (story: Story, unit: string, refused: Found<'job-ended'>): readonly WhyLink[] => {
  const failed = lastFailed(story, story.needs.requires(unit), refused.at);
  if (failed === undefined) return [link(refused.entry, 'was not started: something it requires failed')];
  const { unit: dependency } = failed.entry;
  return [
    link(refused.entry, `was not started: it requires ${dependency}, which failed`),
    ...story.causesOf(dependency, 'failed', refused.at),
  ];
};

/** systemd does not say who asked. */
const whyStopped: Why = (story, unit, before) => {
  const stopped = story.last(unit, 'job-ended', before, ({ type }) => type === 'stop');
  return stopped === undefined
    ? [{ unit, time: null, what: 'has not been started, as far as is known' }]
    : [link(stopped.entry, 'was stopped')];
};

const whyGoingUp: Why = (story, unit, before) => {
  const scheduled = story.last(
    unit,
    'occurred',
    before,
    ({ occurrence }) => occurrence.kind === 'restart-scheduled',
  );
  const open = story.openJob(unit, before);
  if (open !== undefined && open.at > (scheduled?.at ?? -1)) return whyJob(story, unit, open);
  if (scheduled === undefined) return whyUp(story, unit, before);
  return [
    link(scheduled.entry, occurrenceWords(scheduled.fact.occurrence)),
    ...whyEnded(story, unit, scheduled.at),
  ];
};

const whys = {
  active: whyUp,
  reloading: whyUp,
  activating: whyGoingUp,
  deactivating: whyDown,
  inactive: whyDown,
  failed: (story, unit, before) => {
    const ended = whyEnded(story, unit, before);
    return ended.length > 0 ? ended : whyDown(story, unit, before);
  },
  maintenance: () => [],
} as const satisfies Record<ActiveState, Why>;

/** The job, whether it waits for others, and what made it. */
function whyJob(story: Story, unit: string, made: Found<'job-new'>): readonly WhyLink[] {
  const { type, cause } = made.fact;
  const told = link(made.entry, `${jobWords[type]}${causeWords(cause)}`);
  return [told, ...waitingFor(story, unit, made), ...whyCause(story, unit, made)];
}

function waitingFor(story: Story, unit: string, made: Found<'job-new'>): readonly WhyLink[] {
  const isOpen = story.openJob(unit, story.history.length)?.at === made.at;
  if (!isOpen) return [];
  return story.needs.after(unit).flatMap((other) => {
    const open = story.openJob(other, story.history.length);
    return open === undefined ? [] : [link(open.entry, `is waited for: it has a ${open.fact.type} job`)];
  });
}

function whyCause(story: Story, unit: string, { at, fact }: Found<'job-new'>): readonly WhyLink[] {
  const { cause } = fact;
  switch (cause.kind) {
    case 'request':
    case 'upheld':
      return [];
    case 'auto-restart':
      return whyEnded(story, unit, at);
    case 'dependency': {
      // The job of the unit that pulled it in was made in the same transaction, before or after.
      const near =
        story.last(cause.of, 'job-new', at + transactionSpan) ??
        story.last(cause.of, 'job-new', story.history.length);
      return near === undefined || (near.fact.cause.kind === 'dependency' && near.fact.cause.of === unit)
        ? []
        : [
            link(near.entry, `${jobWords[near.fact.type]}${causeWords(near.fact.cause)}`),
            ...whyCause(story, cause.of, near),
          ];
    }
    case 'on-failure':
    case 'on-success':
    case 'retroactive':
      return whyEnded(story, cause.of, at);
    case 'bound':
      return whyDown(story, cause.to, at);
  }
}

/** Facts of one transaction stand together; it installs at most some hundred jobs. */
const transactionSpan = 500;

function lastFailed(story: Story, units: readonly string[], before: number): Found<'job-ended'> | undefined {
  const failed = units.flatMap(
    (unit) =>
      story.last(unit, 'job-ended', before, ({ type, result }) => type !== 'stop' && result !== 'done') ?? [],
  );
  return failed.sort((a, b) => b.at - a.at)[0];
}

const link = ({ unit, time }: HistoryEntry, what: string): WhyLink => ({ unit, time, what });

const jobWords = {
  start: 'was started',
  'verify-active': 'was looked at',
  stop: 'was stopped',
  restart: 'was restarted',
} as const satisfies Record<JobType, string>;

function causeWords(cause: Cause): string {
  switch (cause.kind) {
    case 'request':
      return `: ${cause.request}`;
    case 'auto-restart':
      return ' again by its Restart=';
    case 'dependency':
      return `, since ${cause.of} was, ${bondWords[cause.by] ?? 'on which it hangs'}`;
    case 'on-failure':
      return `: ${cause.of} failed, and names it under OnFailure=`;
    case 'on-success':
      return `: ${cause.of} ended well, and names it under OnSuccess=`;
    case 'upheld':
      return `: ${cause.by} upholds it`;
    case 'bound':
      return `: it is bound to ${cause.to}, which is down`;
    case 'retroactive':
      return `: ${cause.of} changed without being asked to`;
  }
}

/** By the meaning through which a job was pulled in; src/supervisor/engine/relations.ts. */
const bondWords: Readonly<Record<string, string>> = {
  pullInStart: 'which requires it',
  pullInStartIgnored: 'which wants it',
  pullInVerify: 'which needs it to be up',
  pullInStop: 'which it conflicts with',
  pullInStopIgnored: 'which it conflicts with',
  propagateStop: 'which it requires or is part of',
  propagateRestart: 'which it requires or is part of',
};

type Occurrence = Fact<'occurred'>['occurrence'];

/** What can have put a unit down; the end of a command that went well has not. */
function isReason(occurrence: Occurrence): boolean {
  if (occurrence.kind === 'restart-scheduled') return false;
  if (occurrence.kind !== 'process-ended') return true;
  const { phase, exit, ignored } = occurrence;
  return !ignored && (phase === 'start' || exit.kind !== 'exited' || exit.code !== 0);
}

function occurrenceWords(occurrence: Occurrence): string {
  switch (occurrence.kind) {
    case 'process-ended': {
      const { phase, index, exit } = occurrence;
      if (phase === 'start') return `had its main process ${exitWords(exit)}`;
      const which = index === 0 ? '' : ` (number ${String(index + 1)})`;
      return `had its ${execDirectives[phase]}=${which} ${exitWords(exit)}`;
    }
    case 'timed-out':
      return `took too long in state ${occurrence.state}`;
    case 'restart-scheduled':
      return `is to be started again, for the ${ordinal(occurrence.restarts)} time`;
    case 'start-limit-hit':
      return 'was started too often, and is not any more: its StartLimitBurst= is used up';
    case 'condition-unmet':
      return 'was not started: a condition of its unit does not hold';
    case 'dependency-failed':
      return `was not started: it requires ${occurrence.dependency}, which ${occurrence.result === 'done' ? 'is not up' : 'failed'}`;
    case 'lost-binding':
      return `was stopped: it is bound to ${occurrence.to}, which is down`;
  }
}

const exitWords = (exit: Exit): string =>
  exit.kind === 'exited' ? `exit with ${String(exit.code)}` : `ended by ${exit.signal}`;

function stateWords({ activeState, subState, loadState }: UnitState): string {
  if (loadState === 'not-found') return 'is not there: no unit file has its name';
  return `is ${activeState}${subState === activeState ? '' : ` (${subState})`}`;
}
