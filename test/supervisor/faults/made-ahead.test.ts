/** Containers that are made before it is their unit's turn: when, for whom, and that none is left behind. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DockerApiError } from '../../../src/model/supervisor-ports.ts';
import { Supervisor } from '../../../src/supervisor/supervisor.ts';
import { compileText, filesOf } from '../../exactness/compile-services.ts';
import { until } from '../../e2e/throwaway-host.ts';
import { FakeWorld } from './fake-world.ts';
import { Line, severedPorts, unitLoader } from './severed-ports.ts';
import type { UnitLoader } from '../quiet-ports.ts';

const image = 'app:test';
const started = { condition: 'service_started' };
const delayed = (RestartSec: string): object => ({ Service: { RestartSec, RestartSteps: '0' } });

const services = {
  db: { image },
  web: { image, depends_on: { db: started } },
  proxy: { image, depends_on: { web: started } },
  migrate: { image },
  api: { image, depends_on: { migrate: { condition: 'service_completed_successfully' } } },
  sidecar: { image, network_mode: 'service:db' },
  patient: { image, 'x-systemd': delayed('3s') },
};

function unitsOf(change: object = {}): UnitLoader {
  const text = JSON.stringify({
    name: 'shop',
    services: { ...services, ...change },
    'x-systemd': delayed('300ms'),
  });
  const files = filesOf(compileText(text, { systemd: 257, docker: 26 }));
  return unitLoader(Object.fromEntries([...files].map(([name, { content }]) => [name, content])));
}

let world: FakeWorld;
let line: Line;
let load: UnitLoader;
let supervisor: Supervisor;
/** Names of containers whose start Docker does not answer before it is let go. */
let held: Map<string, { readonly answer: Promise<void>; letGo(): void; refuse(): void }>;

async function begin(): Promise<void> {
  line = new Line();
  const ports = severedPorts(world, (asked, enabled) => load(asked, enabled), line);
  supervisor = await Supervisor.begin({
    ...ports,
    units: { ...ports.units, fingerprints: () => () => '' },
    docker: {
      ...ports.docker,
      start: async (id) => {
        await held.get(world.inspect(id)?.name ?? '')?.answer;
        await ports.docker.start(id);
      },
    },
  });
}

beforeEach(async () => {
  world = new FakeWorld({});
  held = new Map();
  load = unitsOf();
  await begin();
});
afterEach(async () => {
  line.sever();
  await supervisor.close();
  expect(world.violations).toEqual([]);
});

function hold(service: string): void {
  let [letGo, refuse] = [(): void => undefined, (): void => undefined];
  const answer = new Promise<void>((resolve, reject) => {
    letGo = resolve;
    refuse = () => {
      reject(new DockerApiError('port is already allocated', 500));
    };
  });
  held.set(`shop-${service}`, { answer, letGo, refuse });
}

const unit = (service: string): string => `shop-${service}.service`;
/** `db:running web:created`, by name. */
const containers = (): string =>
  [...world.containers.values()]
    .map(({ name, status }) => `${name.replace('shop-', '')}:${status}`)
    .sort()
    .join(' ');
const untilContainers = (expected: string): Promise<unknown> =>
  until(expected, containers, (seen) => seen === expected, { deadline: 3000, every: 5 });
const subState = async (service: string): Promise<string | undefined> =>
  (await supervisor.states([unit(service)]))[0]?.subState;
/** Long enough for what must not come, in ms of a world in which everything takes 1. */
const while50 = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
/** They come to that, and stay so. */
async function expectContainersStay(expected: string): Promise<void> {
  await untilContainers(expected);
  await while50();
  expect(containers()).toBe(expected);
}

describe('while a unit waits for another one that starts', () => {
  it('its container is created, and those further behind are not; each then starts unchanged', async () => {
    hold('db');
    const starting = supervisor.run('start', [unit('proxy')]);
    await expectContainersStay('db:created web:created');
    const made = world.inspect('shop-web')?.id;
    held.get('shop-db')?.letGo();
    await starting;
    expect(containers()).toBe('db:running proxy:running web:running');
    expect(world.inspect('shop-web')?.id).toBe(made);
  });

  it('and that start fails, its container is removed', async () => {
    hold('db');
    const starting = supervisor.run('start', [unit('web')]);
    await untilContainers('db:created web:created');
    held.get('shop-db')?.refuse();
    await starting;
    await supervisor.run('stop', [unit('db'), unit('web')]);
    await untilContainers('');
  });

  it('and its own start is canceled, its container is removed', async () => {
    hold('db');
    const starting = supervisor.run('start', [unit('web')]);
    await untilContainers('db:created web:created');
    await supervisor.run('stop', [unit('web')]);
    await untilContainers('db:created');
    held.get('shop-db')?.letGo();
    await starting;
    await untilContainers('db:running');
  });

  it('and its container depends on the other, nothing is created: the other may be recreated itself', async () => {
    hold('db');
    const starting = supervisor.run('start', [unit('sidecar')]);
    await expectContainersStay('db:created');
    held.get('shop-db')?.letGo();
    await starting;
    expect(containers()).toBe('db:running sidecar:running');
  });

  it('and the other has work to finish first, nothing is created: that may take long', async () => {
    const starting = supervisor.run('start', [unit('api')]);
    await expectContainersStay('migrate:running');
    world.end('shop-migrate', 0);
    await starting;
    expect(await subState('api')).toBe('running');
  });
});

describe('while a unit waits for its automatic restart', () => {
  beforeEach(async () => {
    await supervisor.run('start', [unit('db'), unit('patient')]);
  });

  async function crash(service: string, left: string): Promise<void> {
    world.end(`shop-${service}`, 1);
    await untilContainers(left);
    expect(await subState(service)).toBe('auto-restart');
  }

  it('its container is created, and starts when the delay is over', async () => {
    await crash('db', 'db:created patient:running');
    const made = world.inspect('shop-db')?.id;
    await untilContainers('db:running patient:running');
    expect(world.inspect('shop-db')?.id).toBe(made);
  });

  it('and is stopped, its container is removed', async () => {
    await crash('db', 'db:created patient:running');
    await supervisor.run('stop', [unit('db')]);
    await untilContainers('patient:running');
  });

  it('and the supervisor ends, its container is removed by then', async () => {
    await crash('db', 'db:created patient:running');
    await supervisor.shutdown();
    expect(containers()).toBe('');
  });

  it('and is stopped and started at once, it starts', async () => {
    await crash('db', 'db:created patient:running');
    await supervisor.run('stop', [unit('db')]);
    await supervisor.run('start', [unit('db')]);
    expect(containers()).toBe('db:running patient:running');
  });

  it('and changes, its container is recreated', async () => {
    await crash('db', 'db:created patient:running');
    const made = world.inspect('shop-db')?.id;
    load = unitsOf({ db: { image, labels: { is: 'another' } } });
    await supervisor.reload();
    await untilContainers('db:running patient:running');
    const { id, labels } = world.inspect('shop-db') ?? {};
    expect(id).not.toBe(made);
    expect(labels?.get('is')).toBe('another');
  });

  it('and Docker has another container of the same name, it fails and tries again until the name is free', async () => {
    const own = world.inspect('shop-db')?.id;
    let foreign = '';
    world.listen(({ id, action }) => {
      if (id === own && action === 'destroy') foreign = world.create('shop-db', new Map());
    });
    world.end('shop-db', 1);
    await until(
      'a failed start',
      () => supervisor.states([unit('db')]),
      ([state]) => (state?.restarts ?? 0) > 1,
    );
    expect(world.inspect(foreign)?.status).toBe('created');
    world.remove(foreign);
    await untilContainers('db:running patient:running');
  });

  it('for long, nothing is created', async () => {
    world.end('shop-patient', 1);
    await expectContainersStay('db:running');
    expect(await subState('patient')).toBe('auto-restart');
  });

  it('and the supervisor is killed, the next one does not start the container created ahead', async () => {
    await crash('db', 'db:created patient:running');
    const made = world.inspect('shop-db')?.id;
    line.sever();
    await supervisor.close();
    await begin();
    await untilContainers('db:running patient:running');
    expect(world.inspect('shop-db')?.id).not.toBe(made);
  });
});
