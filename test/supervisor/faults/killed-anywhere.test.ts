/**
 * kill -9 of the supervisor at every single effect: before it is carried out, and after it but before
 * anybody has heard of it. The next supervisor makes good what was half done.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { Supervisor } from '../../../src/supervisor/supervisor.ts';
import { until } from '../../e2e/throwaway-host.ts';
import { FakeWorld } from './fake-world.ts';
import { type Cut, Line, severedPorts, unitLoader } from './severed-ports.ts';
import { behaviours, type ServiceName, tenUnits } from './ten-units.ts';

const load = unitLoader(tenUnits());
const running: readonly ServiceName[] = [
  ...(['api', 'cache', 'db', 'mail', 'metrics', 'proxy', 'web', 'worker'] as const),
];
const container = (service: string): string => `shop-${service}`;
const unit = (service: string): string => `shop-${service}.service`;

interface Scenario {
  /** Before it; all ten up, one of them stopped by hand, where this says nothing else. */
  readonly given?: (world: FakeWorld) => void;
  /** Takes place until the supervisor is killed; resolves when it is over, if it comes to that. */
  readonly act: (supervisor: Supervisor, world: FakeWorld) => Promise<unknown>;
  /** Services it has nothing to do with: their containers stay the same. */
  readonly untouched: readonly ServiceName[];
  /**
   * What may run in the end, of the services that run at all.
   * @param isOver it was told that all is done
   */
  readonly ends: (isOver: boolean) => readonly (readonly ServiceName[])[];
}

const without = (...gone: readonly ServiceName[]): readonly ServiceName[] =>
  running.filter((name) => !gone.includes(name));
const dependents: readonly ServiceName[] = ['db', 'web', 'proxy'];

const scenarios: Readonly<Record<string, Scenario>> = {
  'a stop of what others need': {
    act: (supervisor) => supervisor.run('stop', [unit('db')]),
    untouched: without(...dependents),
    ends: (isOver) => [...(isOver ? [] : [running]), without(...dependents)],
  },
  'a start of one that was stopped by hand': {
    act: (supervisor) => supervisor.run('start', [unit('idle')]),
    untouched: running,
    ends: (isOver) => [...(isOver ? [] : [running]), [...running, 'idle']],
  },
  'a restart of what others need': {
    act: (supervisor) => supervisor.run('restart', [unit('db')]),
    untouched: without(...dependents),
    ends: () => [running],
  },
  'a crash': {
    act: (supervisor, world) => {
      const before = world.runOf('shop-cache');
      world.end('shop-cache', 1);
      return until(
        'cache runs again',
        () => world.runOf('shop-cache'),
        (run) => run !== undefined && run !== before,
      ).then(() => quiet(supervisor));
    },
    untouched: without('cache', 'api', 'worker'),
    ends: () => [running],
  },
  'a boot': {
    given: (world) => {
      world.powerCut();
    },
    act: quiet,
    untouched: [],
    ends: () => [[...running, 'idle']],
  },
  'a shutdown': {
    act: (supervisor) => supervisor.shutdown(),
    untouched: [],
    // The next one begins as at a boot.
    ends: (isOver) => [...(isOver ? [] : [running]), [...running, 'idle']],
  },
};

/** Nothing is in progress. */
function quiet(supervisor: Supervisor): Promise<unknown> {
  return until(
    'no jobs',
    () => supervisor.pendingJobs(),
    (jobs) => jobs.length === 0,
    { deadline: 10_000, every: 5 },
  );
}

function up(world: FakeWorld): string[] {
  const names = [...Object.keys(behaviours), ...running.map(container), container('idle')];
  return [...new Set(names)].filter((name) => world.runOf(name) !== undefined).sort();
}

describe('the supervisor, killed at any effect', () => {
  let before: FakeWorld;

  beforeAll(async () => {
    before = new FakeWorld(behaviours);
    before.create('somebody-elses', new Map());
    before.start('somebody-elses');
    const line = new Line();
    const supervisor = await Supervisor.begin(severedPorts(before, load, line));
    await supervisor.enable(['shop.target', 'daemon.service']);
    await supervisor.run('start', ['shop.target', 'daemon.service']);
    await supervisor.run('stop', [unit('idle')]);
    await quiet(supervisor);
    line.sever();
    await supervisor.close();
    expect(up(before)).toEqual(running.map(container));
  });

  for (const [what, scenario] of Object.entries(scenarios))
    it(`in the middle of ${what}`, { timeout: 120_000 }, async () => {
      let effects = Infinity;
      const faults: string[] = [];
      const tryCut = async (cut: Cut): Promise<void> => {
        const { fault, count } = await cutOnce(before.copy(), scenario, cut);
        if (count !== undefined) effects = Math.min(effects, count);
        if (fault !== undefined) faults.push(fault);
      };
      for (let effect = 1; effect <= effects; effect += 8)
        await Promise.all(
          [...Array(8).keys()].flatMap((more) =>
            (['before', 'after'] as const).map((when) => tryCut({ effect: effect + more, when })),
          ),
        );
      expect(faults.sort()).toEqual([]);
      expect(effects).toBeGreaterThan(10);
    });
});

/** @returns what was wrong in the end; and how many effects there were, where it was not killed at all */
async function cutOnce(
  world: FakeWorld,
  { given, act, untouched, ends }: Scenario,
  cut: Cut,
): Promise<{ readonly fault?: string; readonly count?: number }> {
  given?.(world);
  const runs = new Map(untouched.map((name) => [name, world.runOf(container(name))]));
  const line = new Line(cut);
  let isOver = false;
  let first: Supervisor | undefined;
  const acting = Supervisor.begin(severedPorts(world, load, line)).then((supervisor) => {
    first = supervisor;
    return act(supervisor, world);
  });
  await Promise.race([acting.then(() => (isOver = !line.isSevered)), line.severed]);
  const count = line.isSevered ? undefined : line.effects.length;
  line.sever();
  await first?.close();
  const second = new Line();
  const supervisor = await Supervisor.begin(severedPorts(world, load, second));
  const good = ends(isOver).map((names) => names.map(container).sort().join(' '));
  const look = async (): Promise<string[]> => {
    const jobs = await supervisor.pendingJobs();
    const states = await supervisor.states([...running, 'idle' as const].map(unit));
    const claimed = states
      .filter(({ activeState }) => activeState === 'active')
      .map(({ name }) => name.replace(/\.service$/, ''))
      .sort();
    const wrong = [...world.violations];
    if (jobs.length > 0) wrong.push(`jobs: ${jobs.map(({ unit: name }) => name).join(' ')}`);
    if (!good.includes(up(world).join(' '))) wrong.push(`up: ${up(world).join(' ')}`);
    if (claimed.join(' ') !== up(world).join(' ')) wrong.push(`said to be up: ${claimed.join(' ')}`);
    for (const [name, run] of runs)
      if (world.runOf(container(name)) !== run) wrong.push(`${name} was touched`);
    if (world.inspect('somebody-elses') === undefined) wrong.push('a container of somebody else has stopped');
    const daemons = [...world.processes.values()].filter(({ argv }) => argv[0] === '/bin/daemon');
    if (daemons.length !== 1) wrong.push(`${String(daemons.length)} daemons`);
    const [target] = await supervisor.states(['shop.target']);
    if (target?.unitFileState !== 'enabled') wrong.push('shop.target is not enabled any more');
    return wrong;
  };
  let wrong: readonly string[] = [];
  await until(
    'all well',
    async () => (wrong = await look()),
    (seen) => seen.length === 0,
    {
      deadline: 5000,
      every: 10,
    },
  ).catch(() => undefined);
  second.sever();
  await supervisor.close();
  if (wrong.length === 0) return { ...(count !== undefined && { count }) };
  const at = `${cut.when} effect ${String(cut.effect)}: ${line.effects[cut.effect - 1] ?? 'none'}`;
  return {
    ...(count !== undefined && { count }),
    fault: `${at}\n  ${wrong.join('\n  ')}\n then: ${second.effects.join('\n       ')}`,
  };
}
