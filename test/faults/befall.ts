/** How each kind of fault is brought about. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Deed, editDeeds, engineDeeds, lockDeeds, socketDeeds } from './deeds.ts';
import { lookAt, unitFiles } from './facts.ts';
import type { FaultKind } from './faults.ts';
import { type Case, moveOf } from './plan.ts';
import type { Injection, Run, Stage } from './stage.ts';
import { type Clean, isAt, settle } from './states.ts';
import { supervisorDeeds } from './supervisor-deeds.ts';
import {
  type Cycle,
  type ChangingVerb,
  type Companion,
  companions,
  cycles,
  rolledBackBetween,
} from './verbs.ts';

export interface Befallen {
  /** As it ended, and what befell it. */
  readonly run: Run;
  /** What was wrong meanwhile. */
  readonly wrong: readonly string[];
  /** Which containers it may have ended: those of the project, or all with Docker, the host or the supervisor. */
  readonly ended: 'none' | 'web' | 'shop' | 'all';
}

/** How long the engine is away at most, in ms. */
const engineAway = 20_000;

type Befall = (stage: Stage, played: Case, clean: Clean) => Promise<Befallen>;

const befallBy: Readonly<Record<FaultKind, Befall>> = {
  kill: (stage, played, clean) => injected(stage, played, clean, 'kill'),
  // A full disk stays so; of a quota that someone else frees again, one call fails.
  full: (stage, played, clean) => injected(stage, played, clean, played.variety < 0.5 ? 'full' : 'ENOSPC'),
  broken: (stage, played, clean) => injected(stage, played, clean, 'EIO'),

  /**
   * The host is held at the call, its file system is shut down without so much as its journal being flushed, and every
   * process is killed (EXT4_IOC_SHUTDOWN, see test/e2e/host): what was not synced by then is gone, the renames too.
   */
  power: async (stage, played, clean) => {
    await stage.there.sh('sync -f /var/lib/docker');
    const run = await stage.run(moveOf(played).words, injectionOf(played, clean, 'hold'), () =>
      stage.cutPower(),
    );
    if (run.befell === undefined) return { run, wrong: [], ended: 'none' };
    return { run, wrong: await whatBootLeaves(stage, played, clean), ended: 'all' };
  },

  engine: async (stage, played, clean) => {
    const deed = choose(engineDeeds, played);
    const ended = new AbortController();
    let back: Promise<unknown> | undefined;
    const run = await stage.run(moveOf(played).words, injectionOf(played, clean, 'hold'), async () => {
      await deed.put(stage);
      // Jobs of the supervisor wait for the engine for 90 s each, and a verb that rolls back has several.
      back = delay(engineAway, undefined, { signal: ended.signal })
        .catch(() => undefined)
        .then(() => deed.undo(stage));
    });
    ended.abort();
    await back;
    return {
      run: naming(run, deed),
      wrong: remedied(run),
      ended: deed.ends && run.befell !== undefined ? 'all' : 'none',
    };
  },

  both: async (stage, played, clean) => {
    const { words } = moveOf(played);
    let second: ReturnType<Stage['dockunit']> | undefined;
    const run = await stage.run(words, injectionOf(played, clean, 'hold'), async () => {
      second = stage.dockunit(words);
      // It ends, or waits for the first one.
      await Promise.race([second, delay(2_000)]);
    });
    const other = await second;
    const failed = run.exitCode !== 0 && other?.exitCode !== 0;
    return {
      run: { ...run, stderr: run.stderr + (other?.stderr ?? '') },
      wrong: failed ? [`both fail: ${run.stderr}${other?.stderr ?? ''}`] : [],
      ended: 'none',
    };
  },

  others: async (stage, played, clean) => {
    const { verb, words } = moveOf(played);
    const { words: otherWords, mend } = companionOf(verb, played);
    let other: ReturnType<Stage['dockunit']> | undefined;
    const run = await stage.run(words, injectionOf(played, clean, 'hold'), async () => {
      other = stage.dockunit(otherWords);
      await Promise.race([other, delay(2_000)]);
    });
    const result = await other;
    const mended = other === undefined || mend === undefined ? undefined : await stage.dockunit(mend);
    return {
      run: naming({ ...run, stderr: run.stderr + (result?.stderr ?? '') }, { what: otherWords.join(' ') }),
      wrong: [run, result, mended].flatMap((each) => (each === undefined ? [] : remedied(each))),
      ended: 'shop',
    };
  },

  supervisor: async (stage, played, clean) => {
    const deed = choose(supervisorDeeds, played);
    const { words } = moveOf(played);
    const at = 1 + Math.floor(played.where * deed.calls);
    const run =
      deed.when === 'before'
        ? await deed.put(stage, at).then(async () => ({ ...(await stage.dockunit(words)), befell: '' }))
        : await stage.run(words, injectionOf(played, clean, 'hold'), () => deed.put(stage, at));
    if (run.befell !== undefined) await deed.undo(stage);
    return { run: naming(run, deed), wrong: remedied(run), ended: deed.ends };
  },

  sockets: (stage, played) => foundDone(stage, played, socketDeeds),
  locks: (stage, played) => foundDone(stage, played, lockDeeds),
  // dockunit restarts the unit that is up to date again.
  edits: async (stage, played) => {
    const befallen = await foundDone(stage, played, editDeeds);
    // The edited state is one of the history: the rollbacks to come go between the two states before it.
    if (moveOf(played).verb === 'rollback') for (const move of rolledBackBetween) await stage.make(move);
    return { ...befallen, ended: 'web' };
  },
};

export function befall(stage: Stage, played: Case, clean: Clean): Promise<Befallen> {
  return befallBy[played.kind](stage, played, clean);
}

async function injected(
  stage: Stage,
  played: Case,
  clean: Clean,
  does: Injection['does'],
): Promise<Befallen> {
  const run = await stage.run(moveOf(played).words, injectionOf(played, clean, does));
  return { run, wrong: does === 'kill' ? [] : remedied(run), ended: 'none' };
}

/** At any of the calls there are, one as likely as another. */
function injectionOf(
  { at = 'any', where, host, kind }: Case,
  { counts }: Clean,
  does: Injection['does'],
): Injection {
  // With --host it is the other host's disk.
  const calls = host === 'remote' && (kind === 'full' || kind === 'broken') ? 'elsewhere' : at;
  return { calls, at: 1 + Math.floor(where * counts[calls]), does };
}

async function foundDone(stage: Stage, played: Case, deeds: readonly Deed[]): Promise<Befallen> {
  const deed = choose(deeds, played);
  await deed.put(stage);
  const result = await stage.dockunit(moveOf(played).words);
  const cycle: Cycle = cycles[played.cycle];
  const isUnknown = deed.besideUnit === true && cycle.unrecorded === true;
  const lost = isUnknown ? [] : ((await deed.lost?.(stage, result)) ?? []);
  await deed.undo(stage);
  return {
    run: naming({ ...result, befell: '' }, deed),
    wrong: [...remedied(result), ...lost],
    ended: 'none',
  };
}

function companionOf(verb: ChangingVerb, { variety }: Case): Companion {
  const all: readonly Companion[] = Object.entries(companions).find(([name]) => name === verb)?.[1] ?? [];
  const companion = all[Math.floor(variety * all.length)];
  if (companion === undefined) throw new Error(`no verb runs beside ${verb}`);
  return companion;
}

function choose<Some extends Pick<Deed, 'on'>>(deeds: readonly Some[], { host, variety }: Case): Some {
  const here = deeds.filter(({ on }) => on.includes(host));
  const deed = here[Math.floor(variety * here.length)];
  if (deed === undefined) throw new Error(`nothing to do on ${host}`);
  return deed;
}

function naming(run: Run, { what }: Pick<Deed, 'what'>): Run {
  return run.befell === undefined ? run : { ...run, befell: `${run.befell} ${what}`.trim() };
}

/** A verb that fails says what to do. */
function remedied({ exitCode, stderr }: Pick<Run, 'exitCode' | 'stderr'>): readonly string[] {
  const fails = (exitCode === 1 || exitCode === 2) && /→|rolled back|to remove it: docker /.test(stderr);
  return exitCode === 0 || fails ? [] : [`it ends with ${String(exitCode)} and no remedy: ${stderr}`];
}

/** A boot makes the files whole by itself, and starts what is enabled. */
async function whatBootLeaves(
  stage: Stage,
  { cycle }: Case,
  { before, after }: Clean,
): Promise<readonly string[]> {
  const states = [before, after];
  if (cycles[cycle].boots) {
    const now = await settle(stage, states, 60_000);
    return states.some((state) => isAt(now, state))
      ? []
      : ['the boot leads neither to the old nor to the new state'];
  }
  const files = unitFiles(await lookAt(stage.there));
  return states.some((state) => unitFiles(state) === files)
    ? []
    : ['the boot leaves neither the old nor the new files'];
}
