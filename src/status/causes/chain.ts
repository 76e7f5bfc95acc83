/** The parts of a causal chain: links from the present state down, and its end. Pure. */
import { killedExitCode } from '../../model/ports.ts';
import type { HistoryEntry } from '../../supervisor/control/supervisor-api.ts';
import type { ChainEnding, Way } from './cause.ts';
import type { End, Story } from './story.ts';
import { occurrenceWords, resultWords } from './why-words.ts';

export interface WhyLink {
  readonly unit: string;
  /** Milliseconds since the epoch; null where the history does not reach back so far. */
  readonly time: number | null;
  /** A sentence without the unit's name and full stop: `was stopped, since db was, which it requires`. */
  readonly what: string;
}

export interface Chain {
  /** From the present state down to its first cause; at least the state itself. */
  readonly links: readonly WhyLink[];
  /** The end of the chain, where a unit is down or restarting because of it. */
  readonly ending: ChainEnding | undefined;
}

export const nothing: Chain = { links: [], ending: undefined };
export const before = (links: readonly WhyLink[], { links: further, ending }: Chain): Chain => ({
  links: [...links, ...further],
  ending,
});
export const link = ({ unit, time }: HistoryEntry, what: string): WhyLink => ({ unit, time, what });

export function endWords({ entry, way }: End): string {
  if (entry.fact.kind === 'occurred') return occurrenceWords(entry.fact.occurrence);
  return resultWords(way.kind === 'result' ? way.result : 'success');
}

export function endingOf(story: Story, unit: string, at: number, way: Way): ChainEnding {
  const from = story.lastStart(unit, at)?.entry.time ?? story.history[at]?.time ?? 0;
  const next = story.history.find(
    ({ unit: other, fact }, index) =>
      index > at &&
      other === unit &&
      (fact.kind === 'job-began' || fact.kind === 'job-new') &&
      fact.type !== 'stop',
  );
  return { unit, from, until: next?.time ?? Infinity, way };
}

/** Whether it was killed at last: by docker, after the `stop_grace_period`, or by the manager. */
export function isForced({ way }: End): boolean {
  if (way.kind === 'timed-out') return true;
  if (way.kind !== 'process') return false;
  return way.exit.kind === 'exited' ? way.exit.code === killedExitCode : way.exit.signal === 'SIGKILL';
}
