/** One case: the fault befalls the verb, and then the host is looked at, repaired, and looked at again. */
import type { ExecResult } from '../e2e/throwaway-host.ts';
import { type Befallen, befall } from './befall.ts';
import { type Facts, leftBehind, lookAt, unitFiles, wrongAtAnyTime, wrongHistory } from './facts.ts';
import { type Case, moveOf } from './plan.ts';
import type { Stage } from './stage.ts';
import { type Clean, isAt, settle, stateOf } from './states.ts';
import { type Container, type Cycle, cycles } from './verbs.ts';

export interface Outcome {
  readonly played: Case;
  /** The call that the fault befell; undefined where the verb ended before it. */
  readonly befell: string | undefined;
  /** What is wrong; nothing where all is well. */
  readonly wrong: readonly string[];
  /** Which of the two states the host is in at the end. */
  readonly at: 'before' | 'after';
  /** What there is at the end; undefined where that is unknown. */
  readonly last?: Facts;
}

/**
 * Asks the same of the host after every kind of fault.
 * @param known what there is before the case, where the campaign looked already
 */
export async function play(
  stage: Stage,
  played: Case,
  clean: Clean,
  known: Facts | undefined,
): Promise<Outcome> {
  const move = moveOf(played);
  const cycle: Cycle = cycles[played.cycle];
  await stage.prepare(move);
  const first = known ?? (await lookAt(stage.there));
  const { run, wrong: meanwhile, ended } = await befall(stage, played, clean);
  const keeps = move.keeps.filter((name) => !endedBy[ended].includes(name));
  const wrong = [...meanwhile, ...ownFaults(run)];
  wrong.push(...wrongAtAnyTime(first, await lookAt(stage.there), keeps));

  let whole: 'before' | 'after' | undefined;
  if (played.looksFirst) {
    // The project may be gone by now, which status says with exit 2.
    wrong.push(...ownFaults(await stage.dockunit(['status', '-p', 'shop'])));
    const looked = await lookAt(stage.there);
    const files = unitFiles(looked);
    whole = (['before', 'after'] as const).find((name) => files === unitFiles(clean[name]));
    if (cycle.unrecorded !== true) wrong.push(...wrongHistory(looked));
    if (whole === undefined)
      wrong.push(`the files are neither old nor new: ${difference(unitFiles(clean.after), files)}`);
  }

  await followRemedies(stage, run.stderr);
  const again = await stage.dockunit(move.words);
  // Who is not to start at boot does not.
  if (ended === 'all' && !cycle.boots && runs(clean.after)) await stage.dockunit(['start', '-p', 'shop']);
  if (move.leaves === true) await stage.dockunit(['reset-failed', '-p', 'shop']);
  const ends = endsOf(move.toggles === true, whole);
  const last = await settle(
    stage,
    ends.map((name) => clean[name]),
  );
  const at = ends.find((name) => isAt(last, clean[name]));
  if (at === undefined) wrong.push(`not repaired: ${difference(stateOf(clean.after), stateOf(last))}`);
  // A second remove finds nothing to remove.
  if (again.exitCode !== 0 && at === undefined)
    wrong.push(`the next ${move.verb} ends with ${String(again.exitCode)}: ${again.stderr}`);
  if (cycle.unrecorded !== true) wrong.push(...wrongHistory(last));
  for (const name of await stage.connectionsLeft()) wrong.push(`left behind: /tmp/${name}`);
  wrong.push(...ownFaults(again), ...wrongAtAnyTime(first, last, keeps), ...leftBehind(last));
  return { played, befell: run.befell, wrong: [...new Set(wrong)], at: at ?? 'before', last };
}

/** Which containers a fault may have ended. */
const endedBy = {
  none: [],
  web: ['shop-web'],
  shop: ['shop-web', 'shop-db'],
  all: ['shop-web', 'shop-db', 'other-aside'],
} as const satisfies Record<Befallen['ended'], readonly Container[]> as Readonly<
  Record<Befallen['ended'], readonly Container[]>
>;

/** Where Docker was away, a stop says which containers may run on, and by which command they end. */
async function followRemedies(stage: Stage, stderr: string): Promise<void> {
  for (const [command] of stderr.matchAll(/docker rm --force \S+/g))
    await stage.there.sh(`${command} || true`);
}

/** Where the verb, run again, leads to. */
function endsOf(toggles: boolean, whole: 'before' | 'after' | undefined): readonly ('before' | 'after')[] {
  if (!toggles || whole === 'before') return ['after'];
  return whole === 'after' ? ['before'] : ['after', 'before'];
}

function runs({ containers }: Facts): boolean {
  return containers.some(({ name }) => name === 'shop-db');
}

function ownFaults({ stderr }: ExecResult): readonly string[] {
  return stderr.includes('internal error') ? [stderr] : [];
}

/** The lines that only one of the two has. */
function difference(wanted: string, seen: string): string {
  const [one, other] = [wanted.split('\n'), seen.split('\n')];
  return [
    ...one.filter((line) => !other.includes(line)).map((line) => `- ${line}`),
    ...other.filter((line) => !one.includes(line)).map((line) => `+ ${line}`),
  ].join('\n  ');
}
