/** How each kind of fault is brought about. */
import type { FaultKind } from './faults.ts';
import { type Case, moveOf } from './plan.ts';
import type { Counts, Run, Stage } from './stage.ts';

export interface Befallen {
  readonly run: Run;
  /** What was wrong meanwhile. */
  readonly wrong: readonly string[];
}

type Befall = (stage: Stage, played: Case, counts: Counts) => Promise<Befallen>;

const befallBy = {
  kill: async (stage, played, counts) => ({
    run: await stage.run(moveOf(played).words, { ...callOf(played, counts), does: 'kill' }),
    wrong: [],
  }),
} as const satisfies Record<FaultKind, Befall>;

export function befall(stage: Stage, played: Case, counts: Counts): Promise<Befallen> {
  return befallBy[played.kind](stage, played, counts);
}

/** Any of the calls there are, one as likely as another. */
function callOf({ at = 'any', where }: Case, counts: Counts): { calls: typeof at; at: number } {
  return { calls: at, at: 1 + Math.floor(where * counts[at]) };
}
