/** Plays many cases, on all kinds of host at once, and tells what came of them. */
import { type FaultKind, faults } from './faults.ts';
import { lookAt } from './facts.ts';
import { type Case, moveOf, planCases } from './plan.ts';
import { type Clean, type Outcome, play } from './play.ts';
import { Stage } from './stage.ts';
import { type Cycle, type CycleName, type HostKind, type Move, cycles, hostKinds } from './verbs.ts';

export interface Report {
  readonly seed: number;
  readonly outcomes: readonly Outcome[];
}

/** @param each how many cases of each kind of fault */
export async function runCampaign(seed: number, each: number, kinds: readonly FaultKind[]): Promise<Report> {
  const cases = planCases(seed, each, kinds);
  const outcomes = await Promise.all(
    hostKinds.map((host) =>
      playOn(
        host,
        cases.filter((one) => one.host === host),
      ),
    ),
  );
  return { seed, outcomes: outcomes.flat() };
}

/** Cycle after cycle; on another host once something was wrong. */
async function playOn(host: HostKind, cases: readonly Case[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let stage: Stage | undefined;
  try {
    for (const name of Object.keys(cycles) as CycleName[]) {
      const left = cases.filter(({ cycle }) => cycle === name);
      while (left.length > 0) {
        stage ??= await Stage.boot(host);
        const played = await playCycle(stage, name, left);
        outcomes.push(...played);
        if (played.every(({ wrong }) => wrong.length === 0)) continue;
        await stage[Symbol.asyncDispose]();
        stage = undefined;
      }
    }
  } finally {
    await stage?.[Symbol.asyncDispose]();
  }
  return outcomes;
}

/** Takes cases from `left` until there are none, or one goes wrong. */
async function playCycle(stage: Stage, name: CycleName, left: Case[]): Promise<readonly Outcome[]> {
  const cycle: Cycle = cycles[name];
  const outcomes: Outcome[] = [];
  for (const move of cycle.enter ?? []) await stage.make(move);
  const ways: Readonly<Record<'there' | 'back', Clean>> = await countBothWays(stage, cycle);
  let position: 'there' | 'back' = 'there';
  while (left.length > 0) {
    // A case of the other way, unless there are only cases of this one: then the way back is made without a fault.
    const index = left.findIndex(({ direction }) => direction === position || cycle.there === cycle.back);
    const [next] = index < 0 ? [] : left.splice(index, 1);
    if (next === undefined) {
      await stage.make(cycle[position]);
      position = other(position);
      continue;
    }
    const outcome = await play(stage, next, ways[position]);
    outcomes.push(outcome);
    if (outcome.wrong.length > 0) return outcomes;
    if (outcome.at === 'after') position = other(position);
  }
  if (position === 'back') await stage.make(cycle.back);
  for (const move of cycle.leave ?? []) await stage.make(move);
  return outcomes;
}

function other(way: 'there' | 'back'): 'there' | 'back' {
  return way === 'there' ? 'back' : 'there';
}

async function countBothWays(stage: Stage, { there, back }: Cycle): Promise<Record<'there' | 'back', Clean>> {
  const go = async (move: Move): Promise<Pick<Clean, 'after' | 'counts'>> => {
    await stage.prepare(move);
    const { result, counts } = await stage.count(move.words);
    if (result.exitCode !== 0) throw new Error(`${stage.kind}: ${move.verb}: ${result.stderr}`);
    return { after: await lookAt(stage.there), counts };
  };
  const first = await go(there);
  const second = await go(back);
  return {
    there: { before: second.after, ...first },
    back: { before: first.after, ...second },
  };
}

export function formatReport({ seed, outcomes }: Report): string {
  const wrong = outcomes.filter((outcome) => outcome.wrong.length > 0);
  return [
    `seed ${String(seed)}: ${String(outcomes.length)} cases, ${String(wrong.length)} of them wrong`,
    ...wrong.map(formatOutcome),
  ].join('\n');
}

export function formatOutcome({ played, befell, wrong }: Outcome): string {
  const { number, kind, host, cycle, at, looksFirst } = played;
  const call = befell === undefined ? 'nothing befell it' : `at ${String(at)} call ${befell}`;
  return [
    `case ${String(number)}: ${faults[kind].what} of ${moveOf(played).words.join(' ')} on ${host} (${cycle}), ${call}${looksFirst ? ', then status' : ''}`,
    ...wrong.map((line) => `  ${line}`),
  ].join('\n');
}
