/** Plays many cases, on all kinds of host at once, and tells what came of them. */
import { messageOf } from '../../src/model/diagnostic.ts';
import { type FaultKind, faults } from './faults.ts';
import { type Facts, lookAt } from './facts.ts';
import { type Case, moveOf, planCases } from './plan.ts';
import { type Outcome, play } from './play.ts';
import { Stage } from './stage.ts';
import type { Clean } from './states.ts';
import { type Cycle, type CycleName, type HostKind, type Move, cycles, hostKinds } from './verbs.ts';

export interface Report {
  readonly seed: number;
  readonly outcomes: readonly Outcome[];
}

/**
 * @param each how many cases of each kind of fault
 * @param tell is called when a case has been played
 * @param hostsOfCycle as of planCases
 */
export async function runCampaign(
  seed: number,
  each: number,
  kinds: readonly FaultKind[],
  tell: (outcome: Outcome) => void,
  hostsOfCycle?: number,
): Promise<Report> {
  const cases = planCases(seed, each, kinds, hostsOfCycle);
  const outcomes: Outcome[] = [];
  const record = (outcome: Outcome): void => {
    outcomes.push(outcome);
    tell(outcome);
  };
  const on = (host: HostKind): readonly Case[] => cases.filter((one) => one.host === host);
  await Promise.all(hostKinds.map((host) => playOn(host, on(host), record)));
  return { seed, outcomes };
}

/** Cycle after cycle; on another host once something was wrong. */
async function playOn(
  host: HostKind,
  cases: readonly Case[],
  record: (outcome: Outcome) => void,
): Promise<void> {
  let stage: Stage | undefined;
  try {
    for (const name of Object.keys(cycles) as CycleName[]) {
      const left = cases.filter(({ cycle }) => cycle === name);
      while (left.length > 0) {
        stage ??= await Stage.boot(host);
        if (await playCycle(stage, name, left, record)) continue;
        await stage[Symbol.asyncDispose]();
        stage = undefined;
      }
    }
  } finally {
    await stage?.[Symbol.asyncDispose]();
  }
}

/** Takes cases from `left` until there are none, or one goes wrong; whether none did. */
async function playCycle(
  stage: Stage,
  name: CycleName,
  left: Case[],
  record: (outcome: Outcome) => void,
): Promise<boolean> {
  const cycle: Cycle = cycles[name];
  let position: 'there' | 'back' = 'there';
  let playing: Case | undefined;
  let known: Facts | undefined;
  try {
    for (const move of cycle.enter ?? []) await stage.make(move);
    const ways = await countBothWays(stage, cycle);
    while (left.length > 0) {
      // A case of the other way, unless there are only cases of this one: then the way back is made without a fault.
      const index = left.findIndex(({ direction }) => direction === position || cycle.there === cycle.back);
      playing = index < 0 ? undefined : left.splice(index, 1)[0];
      if (playing === undefined) await stage.make(cycle[position]);
      const outcome = playing && (await play(stage, playing, ways[position], known));
      known = outcome?.last;
      if (outcome !== undefined) record(outcome);
      if (outcome !== undefined && outcome.wrong.length > 0) return false;
      if (outcome?.at !== 'before') position = position === 'there' ? 'back' : 'there';
    }
    playing = undefined;
    if (position === 'back') await stage.make(cycle.back);
    for (const move of cycle.leave ?? []) await stage.make(move);
    return true;
  } catch (error) {
    // Such as a verb that waits for ever.
    const played = playing ?? left.shift();
    if (played === undefined) throw error;
    record({ played, befell: undefined, wrong: [messageOf(error)], at: 'before' });
    return false;
  }
}

async function countBothWays(stage: Stage, { there, back }: Cycle): Promise<Record<'there' | 'back', Clean>> {
  const go = async (move: Move): Promise<Pick<Clean, 'after' | 'counts'>> => {
    await stage.prepare(move);
    const { result, counts } = await stage.count(move.words);
    if (result.exitCode !== 0) throw new Error(`${stage.kind}: ${move.verb}: ${result.stderr}`);
    return { after: await lookAt(stage.there), counts };
  };
  const first = await go(there);
  const second = there === back && there.toggles === undefined ? first : await go(back);
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
