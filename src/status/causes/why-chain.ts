/**
 * The history of units → the causal chain of one unit's present state: its state, the cause of it, the
 * cause of that, and so on to a request of a user or the end of a process. The newest entries count: the
 * chain names no stop that a later start undid, and no end of an earlier run. Pure.
 */
import type { ActiveState, UnitState } from '../../model/ports.ts';
import type { HistoryEntry } from '../../supervisor/control/supervisor-api.ts';
import type { ChainEnding } from './cause.ts';
import type { Chain, WhyLink } from './chain.ts';
import { before, endWords, endingOf, isForced, link, nothing } from './chain.ts';
import type { FoundFact, FoundJob, UnitNeeds, Stop } from './story.ts';
import { Story, transactionSpan } from './story.ts';
import { causeWords, jobWords, occurrenceWords, stateWords } from './why-words.ts';

export function explainState(state: UnitState, history: readonly HistoryEntry[], needs: UnitNeeds): Chain {
  const story = new Story(history, needs);
  const present = { unit: state.name, time: state.since === 0 ? null : state.since, what: stateWords(state) };
  return before([present], stateChain(story, state));
}

/** Why the unit's last run or try ended, independent of its state at this moment; undefined where none has ended. */
export function explainLastEnd(
  unit: string,
  history: readonly HistoryEntry[],
  needs: UnitNeeds,
): Chain | undefined {
  const story = new Story(history, needs);
  const stop = story.lastStop(unit, story.end);
  const isStopped = stop !== undefined && stop.at > (story.lastStart(unit, story.end)?.at ?? -1);
  const chain = isStopped ? whyStop(story, unit, stop, story.end) : whyEnded(story, unit, story.end);
  return chain.ending === undefined ? undefined : chain;
}

type Why = (story: Story, unit: string, before: number) => Chain;

function stateChain(story: Story, { name, activeState, subState }: UnitState): Chain {
  // systemd reports a restart only when its delay is over.
  if (subState.startsWith('auto-restart')) return whyAgain(story, name, story.end);
  return explainers[activeState](story, name, story.end);
}

const whyUp: Why = (story, unit, at) => {
  const start = story.lastStart(unit, at);
  if (start !== undefined && story.last(unit, 'job-ended', at) === undefined)
    return whyJob(story, unit, start);
  const jobEnd = story.last(unit, 'job-ended', at, ({ type }) => type === 'start' || type === 'restart');
  if (start?.fact.kind === 'job-new') return whyJob(story, unit, start);
  if (jobEnd === undefined) return start === undefined ? nothing : whyJob(story, unit, start);
  const schedule = story.occurrence(unit, 'restart-scheduled', jobEnd.at);
  const isAgain = schedule !== undefined && schedule.at > (startBefore(story, unit, jobEnd.at) ?? -1);
  return isAgain
    ? before([link(jobEnd.entry, 'was started again by its Restart=')], whyEnded(story, unit, schedule.at))
    : before([link(jobEnd.entry, 'was started')], nothing);
};

/** Where the run or try before the one of this job began. */
function startBefore(story: Story, unit: string, at: number): number | undefined {
  const last = story.lastStart(unit, at);
  return last === undefined ? undefined : story.lastStart(unit, last.at)?.at;
}

/** A run or try that ended by itself: the restart that is due, if any, and how it ended. */
const whyAgain: Why = (story, unit, at) => {
  const end = story.lastEnd(unit, at);
  const schedule = story.occurrence(unit, 'restart-scheduled', at);
  const links =
    schedule === undefined || schedule.at < (end?.at ?? -1)
      ? []
      : [link(schedule.entry, occurrenceWords(schedule.fact.occurrence))];
  return before(links, whyEnded(story, unit, at));
};

/** How the last run or try ended by itself, and the cause of that. */
const whyEnded: Why = (story, unit, at) => {
  const end = story.lastEnd(unit, at);
  if (end === undefined || !story.tellsFirst(`${unit} ended ${String(end.at)}`)) return nothing;
  const ownLink = [link(end.entry, endWords(end))];
  switch (end.way.kind) {
    case 'start-limit': {
      const further = whyEnded(story, unit, end.at);
      const ending =
        further.ending ?? endingOf(story, unit, end.at, { kind: 'result', result: 'start-limit-hit' });
      return before(ownLink, { ...further, ending: { ...ending, limited: true } });
    }
    case 'lost': {
      const further = whyLost(story, end.way.unit, end.at);
      return before(ownLink, {
        ...further,
        ending: further.ending ?? endingOf(story, unit, end.at, { kind: 'dependency' }),
      });
    }
    case 'process':
    case 'timed-out':
    case 'result':
    case 'condition':
    case 'dependency':
    case 'stopped':
    case 'ended':
    case 'not-started': {
      const deeper = end.way.kind === 'process' ? whyOther(story, unit, end.at) : undefined;
      return before(ownLink, deeper ?? { links: [], ending: endingOf(story, unit, end.at, end.way) });
    }
  }
};

/** A container without its image, a gate whose service failed: the earlier failure is the reason. */
function whyOther(story: Story, unit: string, at: number): Chain | undefined {
  const until = story.behind(at);
  for (const other of story.needs.explainedBy(unit)) {
    const end = story.lastEnd(other, until);
    if (end === undefined || end.way.kind === 'ended') continue;
    if (end.at > (story.lastStart(other, until)?.at ?? -1)) return whyEnded(story, other, until);
  }
  return undefined;
}

/**
 * Why the other unit is not up: its end, which the manager may report after the units that need it, else
 * its job.
 */
const whyLost: Why = (story, unit, at) => {
  const chain = whyEnded(story, unit, story.behind(at));
  return chain.ending === undefined ? whyDown(story, unit, at) : chain;
};

/** A running job, else the last one of these: a stop, a refused start, an end by itself. */
const whyDown: Why = (story, unit, at) => {
  if (!story.tellsFirst(`${unit} down`)) return nothing;
  const open = story.openJob(unit, at);
  if (open !== undefined) return whyJob(story, unit, open);
  const startedAt = story.lastStart(unit, at)?.at ?? -1;
  const stop = story.lastStop(unit, at);
  const refusal = story.last(unit, 'job-ended', at, hasNoDependency);
  const end = story.lastEnd(unit, at);
  const isEnd = end !== undefined && end.at > (refusal?.at ?? -1);
  // The end of a process during a stop is no reason, as long as nothing has begun since.
  if (stop !== undefined && stop.at > Math.max(startedAt, refusal?.at ?? -1))
    return whyStop(story, unit, stop, at);
  if (isEnd && (end.at > startedAt || end.way.kind === 'start-limit')) return whyAgain(story, unit, at);
  if (end?.way.kind === 'lost' && end.at > startedAt) return whyEnded(story, unit, at);
  return refusal === undefined ? whyStopped(story, unit, at) : whyRefused(story, unit, refusal);
};

const hasNoDependency = ({ type, result }: FoundFact<'job-ended'>['fact']): boolean =>
  type !== 'stop' && result === 'dependency';

/** The stop, and how the unit ended where it did not heed the stop. */
function whyStop(story: Story, unit: string, stop: AnyStop, at: number): Chain {
  const chain = whyStopJob(story, unit, stop);
  const end = story.lastEnd(unit, at);
  const [ownLink, ...further] = chain.links;
  if (end === undefined || end.at < stop.at || ownLink === undefined || !isForced(end)) return chain;
  const what = `${ownLink.what}; it did not end in time: it ${endWords(end)}`;
  const state = end.way.kind === 'timed-out' ? end.way.state : 'stop_grace_period';
  const ending = endingOf(story, unit, end.at, { kind: 'timed-out', state });
  return { links: [{ ...ownLink, what }, ...further], ending };
}

type AnyStop = NonNullable<ReturnType<Story['lastStop']>>;

function whyStopJob(story: Story, unit: string, stop: AnyStop): Chain {
  if (stop.fact.kind === 'job-new') return whyJob(story, unit, { ...stop, fact: stop.fact });
  const { at, entry, fact } = stop;
  const chain = whyAskedToStop(story, { unit, at, job: fact.job, time: entry.time, type: 'stop' });
  return { ...chain, ending: endingOf(story, unit, at, { kind: 'stopped' }) };
}

/** systemd does not report which dependency it was: this takes the required unit that failed last before. */
const whyRefused = (story: Story, unit: string, refusal: FoundFact<'job-ended'>): Chain => {
  const failure = story.lastFailed(story.needs.requires(unit), refusal.at);
  if (failure === undefined) {
    const ending = endingOf(story, unit, refusal.at, { kind: 'dependency' });
    return before([link(refusal.entry, 'was not started: something it requires failed')], {
      links: [],
      ending,
    });
  }
  const { unit: dependency } = failure.entry;
  const further = whyLost(story, dependency, refusal.at);
  const ending = further.ending ?? endingOf(story, unit, refusal.at, { kind: 'dependency' });
  return before([link(refusal.entry, `was not started: it requires ${dependency}, which failed`)], {
    ...further,
    ending,
  });
};

/** systemd does not report who asked. */
const whyStopped: Why = (story, unit, at) => {
  const stop = story.last(unit, 'job-ended', at, ({ type }) => type === 'stop');
  const ending = (kind: 'stopped' | 'not-started'): ChainEnding => ({
    unit,
    from: 0,
    until: Infinity,
    way: { kind },
  });
  if (stop !== undefined)
    return before([link(stop.entry, 'was stopped')], { links: [], ending: ending('stopped') });
  const never = { unit, time: null, what: 'has not been started, as far as is known' };
  return { links: [never], ending: ending('not-started') };
};

const whyGoingUp: Why = (story, unit, at) => {
  const schedule = story.occurrence(unit, 'restart-scheduled', at);
  const open = story.openJob(unit, at);
  const isMade = open?.fact.kind === 'job-new' && open.at > (schedule?.at ?? -1);
  if (isMade) return whyJob(story, unit, open);
  if (schedule === undefined) return open === undefined ? whyUp(story, unit, at) : whyJob(story, unit, open);
  const isDue = open === undefined || schedule.at > (startBefore(story, unit, at) ?? -1);
  if (!isDue) return whyJob(story, unit, open);
  const ownLink = link(schedule.entry, occurrenceWords(schedule.fact.occurrence));
  return before([ownLink], whyEnded(story, unit, schedule.at));
};

const explainers = {
  active: whyUp,
  reloading: whyUp,
  activating: whyGoingUp,
  deactivating: whyDown,
  inactive: whyDown,
  failed: whyDown,
  maintenance: () => nothing,
} as const satisfies Record<ActiveState, Why>;

/** The job, whether it waits for others, and its cause. */
function whyJob(story: Story, unit: string, job: FoundJob): Chain {
  const ending = job.fact.type === 'stop' ? endingOf(story, unit, job.at, { kind: 'stopped' }) : undefined;
  if (job.fact.kind === 'job-began') {
    if (job.fact.type === 'stop') return whyStopJob(story, unit, job);
    const isOpen = story.openJob(unit, story.end)?.at === job.at;
    return before([link(job.entry, isOpen ? 'is being started' : 'was started')], nothing);
  }
  const { type, cause } = job.fact;
  const ownLink = link(job.entry, `${jobWords[type]}${causeWords(cause)}`);
  const further = whyCause(story, unit, { ...job, fact: job.fact });
  return before([ownLink, ...waitingFor(story, unit, job)], {
    ...further,
    ending: further.ending ?? ending,
  });
}

/** systemd does not report the cause of a job. */
function whyAskedToStop(story: Story, stop: Stop): Chain {
  const { unit, at, time, type } = stop;
  if (!story.tellsFirst(`${unit} stop`)) return nothing;
  const leader = story.leaderOf(unit, stop);
  if (leader !== undefined) {
    const what = `was stopped, since ${leader.unit} was, which it requires or is part of`;
    return before([{ unit, time, what }], whyAskedToStop(story, leader));
  }
  if (type === 'stop') {
    const isOpen = story.openJob(unit, story.end)?.at === at;
    return before([{ unit, time, what: isOpen ? 'is being stopped' : 'was stopped' }], nothing);
  }
  const again = story.occurrence(unit, 'restart-scheduled', at);
  const isAgain = again !== undefined && again.at > (story.lastStart(unit, again.at)?.at ?? -1);
  const isAsked = story.lastJob(unit, ['stop'], at)?.fact.job === stop.job;
  const what = isAgain && !isAsked ? 'was started again by its Restart=' : 'was restarted';
  return before([{ unit, time, what }], isAgain && !isAsked ? whyEnded(story, unit, again.at) : nothing);
}

function waitingFor(story: Story, unit: string, job: FoundJob): readonly WhyLink[] {
  const isOpen = story.openJob(unit, story.end)?.at === job.at;
  if (!isOpen) return [];
  return story.needs.after(unit).flatMap((other) => {
    const open = story.openJob(other, story.end);
    return open === undefined ? [] : [link(open.entry, `is waited for: it has a ${open.fact.type} job`)];
  });
}

function whyCause(story: Story, unit: string, { at, fact }: FoundFact<'job-new'>): Chain {
  const { cause } = fact;
  switch (cause.kind) {
    case 'request':
    case 'upheld':
      return nothing;
    case 'auto-restart':
      return whyEnded(story, unit, at);
    case 'dependency': {
      // The unit that pulled it in got its job in the same transaction, before or after.
      const near =
        story.last(cause.of, 'job-new', at + transactionSpan) ??
        story.last(cause.of, 'job-new', story.history.length);
      if (near === undefined || (near.fact.cause.kind === 'dependency' && near.fact.cause.of === unit))
        return nothing;
      const ownLink = link(near.entry, `${jobWords[near.fact.type]}${causeWords(near.fact.cause)}`);
      return before([ownLink], whyCause(story, cause.of, near));
    }
    case 'on-failure':
    case 'on-success':
    case 'retroactive':
      return whyEnded(story, cause.of, story.behind(at));
    case 'bound':
      return whyLost(story, cause.to, at);
  }
}
