/** The two states that a verb leads between, and whether a host is in one of them. */
import { until } from '../e2e/throwaway-host.ts';
import { type Facts, lookAt, runningAs } from './facts.ts';
import type { Counts, Stage } from './stage.ts';

/** How a move goes that nothing befalls. */
export interface Clean {
  readonly before: Facts;
  readonly after: Facts;
  readonly counts: Counts;
}

export function isAt(now: Facts, wanted: Facts): boolean {
  return stateOf(now) === stateOf(wanted);
}

export function stateOf(facts: Facts): string {
  return `${facts.files}\n${runningAs(facts)}`;
}

/** Waits until the host is in one of the states; what it is in at the end, whatever that is. */
export async function settle(stage: Stage, states: readonly Facts[], deadline = 20_000): Promise<Facts> {
  let last = await lookAt(stage.there);
  const arrives = async (): Promise<boolean> => {
    if (states.some((state) => isAt(last, state))) return true;
    last = await lookAt(stage.there);
    return false;
  };
  await until('the state', arrives, Boolean, { deadline, every: 200 }).catch(() => undefined);
  return last;
}
