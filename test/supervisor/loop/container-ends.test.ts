/** How long the news of a container's end has taken, and which containers a look around removes. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Exit } from '../../../src/model/ports.ts';
import type { DockerContainer, DockerApi } from '../../../src/model/supervisor-ports.ts';
import { createEngine } from '../../../src/supervisor/engine/step.ts';
import { ContainerRuns } from '../../../src/supervisor/loop/container-runs.ts';
import { lookAround } from '../../../src/supervisor/loop/look-around.ts';
import { parseUnit } from '../engine/rule-case.ts';
import { FakeWorld } from '../faults/fake-world.ts';
import { Line, severedPorts } from '../faults/severed-ports.ts';

const startedAt = '2026-01-01T00:00:00.000000001Z';
const told = BigInt(Date.parse('2026-01-01T01:00:00Z')) * 1_000_000n;

let world: FakeWorld;
let line: Line;
beforeEach(() => {
  world = new FakeWorld({});
  line = new Line();
});
afterEach(() => {
  line.sever();
});

/** The exit of a run that is told to have died now. @param found what Docker says of it then */
async function exitOf(
  found: Partial<DockerContainer>,
): Promise<{ readonly exit: Exit; readonly late: number }> {
  const ports = severedPorts(world, () => ({ units: new Map(), diagnostics: [] }), line);
  const id = world.create('web', new Map());
  const docker: DockerApi = {
    ...ports.docker,
    inspect: () => Promise.resolve({ ...(world.inspect(id) as DockerContainer), startedAt, ...found }),
  };
  const runs = new ContainerRuns({ ...ports, docker, clock: { now: () => 0, wall: () => 0 } });
  return new Promise((resolve) => {
    const exited = (exit: Exit, late: number): void => {
      resolve({ exit, late });
    };
    runs.adopt(
      { unit: 'web.service', container: 'web', reportExit: exited, say: () => undefined },
      { id, startedAt },
      '',
    );
    runs.event({ id, action: 'die', time: told, attributes: new Map([['exitCode', '7']]) });
  });
}

it('measures from the end of the process to Docker’s report', async () => {
  expect(await exitOf({ finishedAt: '2026-01-01T00:59:59.95Z' })).toEqual({
    exit: { kind: 'exited', code: 7 },
    late: 50,
  });
});

it.each<[string, Partial<DockerContainer>]>([
  ['runs again by now', { startedAt: '2026-01-01T00:59:59.99Z', finishedAt: '2026-01-01T00:59:59.95Z' }],
  ['has not ended, for all Docker knows', { finishedAt: '0001-01-01T00:00:00Z' }],
  ['ended after that, by a clock that was set back', { finishedAt: '2026-01-01T01:00:01Z' }],
])('subtracts nothing where the container %s', async (_what, found) => {
  expect((await exitOf(found)).late).toBe(0);
});

it('removes containers of units that are down, whether running or created, and nothing else', async () => {
  const units = ['down', 'up', 'waits'].map((name) => parseUnit(`${name} Restart=always RestartSec=9`));
  const state = createEngine(units, 257);
  const runtimes = new Map(state.units);
  for (const [name, change] of [
    ['up', { state: 'running' }],
    ['waits', { job: 1 }],
  ] as const) {
    const runtime = state.units.get(`${name}.service`);
    if (runtime !== undefined) runtimes.set(`${name}.service`, { ...runtime, ...change });
  }
  const make = (name: string, unit: string | undefined, isStarted: boolean): void => {
    const id = world.create(name, new Map(unit === undefined ? [] : [['dockunit.unit', `${unit}.service`]]));
    if (isStarted) world.start(id);
  };
  make('made', 'down', false);
  make('ran-on', 'down', true);
  make('runs', 'up', true);
  make('made-for-its-start', 'waits', false);
  make('of-no-unit-here', 'unknown', true);
  make('somebody-elses', undefined, false);
  make('ended', 'down', true);
  world.end('ended', 1);
  const ports = severedPorts(world, () => ({ units: new Map(), diagnostics: [] }), line);
  await lookAround('now-and-then', ports, new ContainerRuns(ports), () => ({ ...state, units: runtimes }));
  await expect
    .poll(() => [...world.containers.values()].map(({ name }) => name).sort())
    .toEqual(['ended', 'made-for-its-start', 'of-no-unit-here', 'runs', 'somebody-elses']);
  expect(line.reports).toEqual(['down.service is down, but its container ran on: removing it']);
});
