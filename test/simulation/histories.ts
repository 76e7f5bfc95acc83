/** Many histories, one after the other; a failure is the smallest history that fails so, as data to be played again. */
import { expect } from 'vitest';
import type { History } from './history.ts';
import { play } from './play.ts';
import { randomHistory } from './random-history.ts';
import { shrink } from './shrink.ts';

export function playAll(from: number, to: number): void {
  for (let seed = from; seed < to; seed++) {
    const history = randomHistory(seed);
    if (play(history).violation === undefined) continue;
    const smallest = shrink(history);
    expect.fail(
      `seed ${String(seed)}: ${JSON.stringify(play(smallest).violation)}\nin ${serialiseHistory(smallest)}`,
    );
  }
}

/** JSON, with what JSON has no word for: sets as lists, infinity as text. */
function serialiseHistory(history: History): string {
  return JSON.stringify(history, (_key, value: unknown) => {
    if (value instanceof Set) return [...(value as Set<unknown>)];
    return value === Infinity ? 'infinity' : value;
  });
}
