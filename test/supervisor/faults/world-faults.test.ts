/** What the world does to a supervisor that lives on: a Docker that fails for a moment, a clock that is set. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DockerApiError } from '../../../src/model/supervisor-ports.ts';
import type { SupervisorPorts } from '../../../src/supervisor/loop/ports.ts';
import { Supervisor } from '../../../src/supervisor/supervisor.ts';
import { until } from '../../e2e/throwaway-host.ts';
import { FakeWorld } from './fake-world.ts';
import { Line, severedPorts, unitLoader } from './severed-ports.ts';
import { behaviours, tenUnits } from './ten-units.ts';

const load = unitLoader(tenUnits());
const containers = ['api', 'cache', 'db', 'idle', 'mail', 'metrics', 'proxy', 'web', 'worker'].map(
  (service) => `shop-${service}`,
);
const hour = 3_600_000;

let world: FakeWorld;
let line: Line;
let supervisor: Supervisor;

async function begin(
  change: (ports: SupervisorPorts) => Partial<SupervisorPorts> = () => ({}),
): Promise<void> {
  line = new Line();
  const ports = severedPorts(world, load, line);
  supervisor = await Supervisor.begin({ ...ports, ...change(ports) });
}

async function end(): Promise<void> {
  line.sever();
  await supervisor.close();
}

const runs = (): (string | undefined)[] => containers.map((name) => world.runOf(name));

async function untilRunsAgain(name: string, how: () => void): Promise<void> {
  const before = world.runOf(name);
  how();
  await until(
    `${name} runs again`,
    () => world.runOf(name),
    (run) => run !== undefined && run !== before,
    {
      deadline: 5000,
      every: 5,
    },
  );
}

beforeEach(async () => {
  world = new FakeWorld(behaviours);
  await begin();
  await supervisor.enable(['shop.target']);
  await supervisor.run('start', ['shop.target']);
  await until('all up', runs, (seen) => !seen.includes(undefined), { every: 5 });
});
afterEach(async () => {
  await end();
  expect(world.violations).toEqual([]);
});

it('a starting supervisor asks a failing Docker again, and touches nothing', async () => {
  await end();
  const before = runs();
  let failures = 3;
  await begin(({ docker }) => ({
    docker: {
      ...docker,
      list: (labels) =>
        failures-- > 0
          ? Promise.reject(new DockerApiError('connect EAGAIN', undefined))
          : docker.list(labels),
    },
  }));
  const states = await supervisor.states(containers.map((name) => `${name}.service`));
  expect(states.map(({ subState }) => subState)).toEqual(containers.map(() => 'running'));
  expect(runs()).toEqual(before);
});

it.each([
  ['back', -hour],
  ['on', hour],
])('a clock set %s by an hour: exits are noticed at once, and restarts are not delayed', async (_, shift) => {
  await end();
  let wall = 0;
  await begin(({ clock }) => ({ clock: { now: () => clock.now(), wall: () => clock.wall() + wall } }));
  const before = runs();
  world.clockShift = wall = shift;
  await untilRunsAgain('shop-mail', () => {
    world.end('shop-mail', 1);
  });
  await end();
  await begin();
  await untilRunsAgain('shop-mail', () => {
    world.end('shop-mail', 1);
  });
  const others = (all: (string | undefined)[]): (string | undefined)[] =>
    all.filter((_run, index) => containers[index] !== 'shop-mail');
  expect(others(runs())).toEqual(others(before));
});

/** A Docker that can be sent away: then it refuses every call. */
async function beginWithSwitch(): Promise<{ isAway: boolean }> {
  const dockerIs = { isAway: false };
  await begin(({ docker }) => {
    const unlessAway =
      <Asked extends unknown[], T>(call: (...asked: Asked) => Promise<T>) =>
      (...asked: Asked): Promise<T> =>
        dockerIs.isAway ? Promise.reject(new DockerApiError('connect ENOENT', undefined)) : call(...asked);
    return {
      docker: {
        ...docker,
        list: unlessAway(docker.list),
        inspect: unlessAway(docker.inspect),
        start: unlessAway(docker.start),
        stop: unlessAway(docker.stop),
        kill: unlessAway(docker.kill),
        remove: unlessAway(docker.remove),
        events: unlessAway(docker.events),
      },
    };
  });
  return dockerIs;
}

it('a Docker that shuts down refuses calls while its events still come: all runs again once it is back', async () => {
  await end();
  const docker = await beginWithSwitch();
  docker.isAway = true;
  for (const name of containers) world.end(name, 255);
  await until(
    'noticed',
    () => line.reports,
    (reports) => reports.some((report) => report.includes('does not answer')),
    { deadline: 5000 },
  );
  docker.isAway = false;
  await until('all up', runs, (seen) => !seen.includes(undefined), { deadline: 10_000, every: 5 });
});

it('a shutdown without Docker waits for nothing, and the next supervisor stops what is not enabled', async () => {
  await end();
  const docker = await beginWithSwitch();
  await supervisor.disable(['shop.target']);
  await supervisor.enable(['shop-db.service']);
  const before = runs();
  docker.isAway = true;
  const start = performance.now();
  expect(await supervisor.shutdown()).toEqual(containers);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(runs()).toEqual(before);
  await begin();
  await until(
    'only what is enabled runs',
    () => containers.filter((name) => world.runOf(name) !== undefined),
    (up) => up.join() === 'shop-db',
    { deadline: 10_000, every: 5 },
  );
});
