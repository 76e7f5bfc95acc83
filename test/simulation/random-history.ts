/** Histories out of a seed: the same ones each time, and small enough that thousands are a matter of seconds. */
import { type Behaviour, daemon, exitedWith, killedBy } from '../../src/simulate/behaviour.ts';
import type { Exit } from '../../src/supervisor/engine/state.ts';
import {
  type Dependencies,
  type DependencyKind,
  execPhases,
  killModes,
  restartPolicies,
  serviceTypes,
} from '../../src/supervisor/engine/unit-config.ts';
import type { Action, CommandSketch, History, Sketch } from './history.ts';

/** ms in which things are done; what follows from them takes longer. */
const busyTime = 20_000;

export function randomHistory(seed: number): History {
  const dice = new Dice(seed);
  const names = Array.from(
    { length: dice.chance(0.15) ? 9 : dice.whole(2, 6) },
    (_, index) => `u${String(index)}`,
  );
  const units = randomUnits(dice, names);
  const unreliable = dice.chance(0.6);
  return {
    rules: dice.chance(0.5) ? 252 : 257,
    units,
    memories: dice.chance(0.2)
      ? units.filter(() => dice.chance(0.5)).map(({ name }) => randomMemory(dice, name))
      : [],
    actions: Array.from({ length: dice.whole(1, 14) }, () => randomAction(dice, names, units)).sort(
      (left, right) => left.at - right.at,
    ),
    news: unreliable ? randomNews(dice) : {},
  };
}

/** mulberry32: one multiplication a number, and every bit of the seed matters. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1);
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }
  one<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.next() * items.length)] as Item;
  }
  /** Those of the parts that the dice decide for. */
  some<Parts extends object>(probability: number, parts: () => Parts): Partial<Parts> {
    const all = parts();
    return Object.fromEntries(Object.entries(all).filter(() => this.chance(probability))) as Partial<Parts>;
  }
}

const pulls = [
  'Requires',
  'Requires',
  'Wants',
  'BindsTo',
  'BindsTo',
  'Requisite',
  'PartOf',
  'Upholds',
] as const;
const rarer = ['Conflicts', 'OnFailure', 'OnSuccess', 'PropagatesStopTo', 'Before'] as const;

function randomUnits(dice: Dice, names: readonly string[]): readonly Sketch[] {
  const tangled = dice.chance(0.1);
  return names.map((name, index) => {
    const dependencies: Partial<Record<DependencyKind, string[]>> = {};
    const add = (kind: DependencyKind, other: string): void => {
      (dependencies[kind] ??= []).push(other);
    };
    for (const [at, other] of names.entries()) {
      // Without a tangle all order goes one way, so that there is no cycle of it.
      if (at === index || (at > index && !tangled)) continue;
      if (dice.chance(tangled ? 0.15 : 0.35)) {
        add(dice.one(pulls), other);
        if (dice.chance(0.7)) add('After', other);
      }
      if (dice.chance(0.07)) add(dice.one(rarer.filter((kind) => tangled || kind !== 'Before')), other);
    }
    if (dice.chance(0.03)) add(dice.one(['Requires', 'Wants', 'BindsTo', 'OnFailure']), 'missing');
    return randomUnit(dice, name, dependencies);
  });
}

function randomUnit(dice: Dice, name: string, dependencies: Partial<Dependencies>): Sketch {
  const type = dice.one([
    'service',
    'service',
    'service',
    'service',
    'service',
    'service',
    'target',
    'external',
  ] as const);
  return {
    name,
    type,
    ...(Object.keys(dependencies).length > 0 && { dependencies }),
    ...(dice.chance(0.3) && {
      startLimit: { interval: dice.one([1_000, 10_000]), burst: dice.one([1, 2, 5]) },
    }),
    ...(dice.chance(0.07) && { conditions: dice.one(['condition-unmet', 'assert-failed'] as const) }),
    ...(type === 'external' && dice.chance(0.5) && { startTimeout: dice.one([0, 500, 3_000]) }),
    ...(type === 'service' && randomService(dice)),
  };
}

function randomService(dice: Dice): Pick<Sketch, 'service' | 'commands'> {
  const type = dice.one(serviceTypes);
  // systemd refuses these of a oneshot, and so does the loader.
  const policies = restartPolicies.filter(
    (policy) => type !== 'oneshot' || !['always', 'on-success'].includes(policy),
  );
  const spans = [0, 200, 1_000, 3_000, Infinity];
  const statuses = (): { codes: Set<number>; signals: Set<string> } => ({
    codes: new Set([dice.one([1, 3])]),
    signals: new Set([dice.one(['SIGKILL', 'SIGTERM'])]),
  });
  const phases = execPhases.filter((phase) => phase === 'start' || dice.chance(0.25));
  return {
    service: {
      type,
      restart: dice.chance(0.6) ? dice.one(policies) : 'no',
      ...dice.some(0.3, () => ({
        restartMode: 'direct' as const,
        restartSec: dice.one([0, 1, 250, 2_000]),
        timeoutStartSec: dice.one(spans.slice(1)),
        timeoutStopSec: dice.one(spans.slice(1)),
        remainAfterExit: true,
      })),
      ...(dice.chance(0.2) && { restartSteps: dice.one([1, 3]), restartMaxDelaySec: dice.one([500, 5_000]) }),
      ...dice.some(0.08, () => ({
        runtimeMaxSec: dice.one([300, 4_000]),
        successExitStatus: statuses(),
        restartPreventExitStatus: statuses(),
        restartForceExitStatus: statuses(),
        killMode: dice.one(killModes),
        killSignal: dice.one(['SIGINT', 'SIGKILL'] as const),
        sendSigkill: false,
        sendSighup: true,
      })),
    },
    commands: Object.fromEntries(
      phases.map((phase) => [
        phase,
        Array.from(
          { length: type === 'oneshot' || phase !== 'start' ? dice.whole(phase === 'start' ? 0 : 1, 2) : 1 },
          () =>
            randomCommand(
              dice,
              phase === 'start' && type !== 'oneshot' && type !== 'forking',
              type === 'forking' && phase === 'start',
            ),
        ),
      ]),
    ),
  };
}

function randomCommand(dice: Dice, runs: boolean, forks: boolean): CommandSketch {
  return {
    ...(dice.chance(0.15) && { ignoreFailure: true }),
    does: Array.from({ length: dice.whole(1, 2) }, () => randomBehaviour(dice, runs, forks)),
  };
}

function randomBehaviour(dice: Dice, runs: boolean, forks: boolean): Behaviour {
  const endless = dice.chance(runs ? 0.6 : 0.08);
  return {
    ...daemon,
    // Never at once: what restarts at once would not let time pass.
    executesIn: dice.one([1, 1, 2, 40]),
    ...(!endless && {
      ends: {
        kind: 'after',
        ms: dice.one([0, 5, 80, 700, 4_000]),
        exit: dice.chance(0.6) ? exitedWith(0) : randomExit(dice),
      },
    }),
    ...(dice.chance(0.7) && { readyIn: dice.one([0, 30, 600]) }),
    ...(dice.chance(0.15) && { ignores: ['SIGTERM', 'SIGINT', 'SIGHUP'] as const }),
    ...(dice.chance(0.3) && { stopsIn: dice.one([0, 50, 1_500]) }),
    ...(dice.chance(forks ? 0.8 : 0.07) && { survivorsFor: dice.one([0, 20, 900, Infinity]) }),
  };
}

function randomExit(dice: Dice): Exit {
  return dice.one([
    exitedWith(1),
    exitedWith(3),
    exitedWith(255),
    killedBy('SIGKILL'),
    killedBy('SIGTERM'),
    { kind: 'dumped', signal: 'SIGSEGV' },
  ] as const);
}

function randomMemory(dice: Dice, unit: string): History['memories'][number] {
  return {
    unit,
    memory: {
      state: dice.one(['running', 'running', 'exited', 'failed', 'dead']),
      result: dice.chance(0.8) ? 'success' : 'exit-code',
      restarts: dice.one([0, 0, 3]),
    },
  };
}

function randomAction(dice: Dice, names: readonly string[], units: readonly Sketch[]): Action {
  const at = dice.chance(0.3) ? dice.whole(0, 20) : dice.whole(0, busyTime);
  const unit = dice.one(names);
  const pick = dice.next();
  if (pick < 0.6) {
    const verb = dice.one(['start', 'start', 'start', 'stop', 'restart', 'try-restart'] as const);
    return { at, do: 'request', verb, unit, ...(dice.chance(0.2) && { mode: 'fail' as const }) };
  }
  if (pick < 0.75) return { at, do: 'crash', unit, exit: randomExit(dice) };
  const externals = units.filter(({ type }) => type === 'external');
  if (pick < 0.85 && externals.length > 0) {
    return { at, do: 'external', unit: dice.one(externals).name, active: dice.chance(0.6) };
  }
  if (pick < 0.9) return { at, do: dice.one(['reset-failed', 'ready'] as const), unit };
  if (pick < 0.94) return { at, do: 'reload', units: changedUnits(dice, names, units) };
  if (pick < 0.97) {
    return {
      at,
      do: 'stray',
      event: dice.one(['executed', 'exited', 'group-gone'] as const),
      process: dice.whole(1, 12),
    };
  }
  return { at, do: dice.one(['tick', 'inspect'] as const) };
}

/** Some gone, some again, the rest as they were. */
function changedUnits(dice: Dice, names: readonly string[], units: readonly Sketch[]): readonly Sketch[] {
  const others = randomUnits(dice, names);
  return units.flatMap((unit, index) =>
    dice.chance(0.6) ? [unit] : dice.chance(0.7) ? [others[index] ?? unit] : [],
  );
}

function randomNews(dice: Dice): History['news'] {
  const rate = dice.one([0.05, 0.2, 0.5]);
  return Object.fromEntries(
    Array.from({ length: 80 }, (_, index) => index)
      .filter(() => dice.chance(rate))
      .map((index) => [index, dice.one([[], [0, 0], [3], [300], [0, 500], [2_000, 0]])]),
  );
}
