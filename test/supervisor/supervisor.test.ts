/** The whole supervisor with real processes, logs and journal; only Docker is a stand-in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processes } from '../../src/host/process/process-spawner.ts';
import { supervisorJournal } from '../../src/supervisor/journal/journal-file.ts';
import { DockerApiError, type DockerApi } from '../../src/model/supervisor-ports.ts';
import { unitLogs } from '../../src/host/journal/unit-logs.ts';
import { findUnits, loadUnits, loadUnitsInSteps } from '../../src/supervisor/load/load-units.ts';
import type { SupervisorPorts } from '../../src/supervisor/loop/ports.ts';
import { Supervisor } from '../../src/supervisor/supervisor.ts';
import { runCommand } from '../../src/units/scripts.ts';
import type { Argument } from '../../src/units/unit-set.ts';
import { until } from '../e2e/throwaway-host.ts';
import { sourcesOf } from './load/unit-texts.ts';
import { type UnitLoader, quietPorts } from './quiet-ports.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let directory: string;
let running: Supervisor[];
beforeEach(() => {
  directory = temporaryDirectory();
  running = [];
});
afterEach(async () => {
  for (const supervisor of running) await supervisor.shutdown();
});

/** A Docker that is not there. */
const away = (): Promise<never> => Promise.reject(new DockerApiError('no engine in this test', undefined));
const noDocker: DockerApi = {
  list: away,
  inspect: away,
  labels: away,
  create: away,
  start: away,
  stop: away,
  kill: away,
  remove: away,
  events: away,
  logs: () => {
    throw new DockerApiError('no engine in this test', undefined);
  },
};

/** One that answers and has nothing; its events come to an end when no one listens any more. */
const emptyDocker: DockerApi = {
  ...noDocker,
  list: () => Promise.resolve([]),
  labels: () => Promise.resolve(undefined),
  events: (_since, signal) => {
    const end = new Promise<IteratorResult<never>>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve({ done: true, value: undefined });
      });
    });
    return Promise.resolve({ [Symbol.asyncIterator]: () => ({ next: () => end }) });
  },
};

async function begin(
  units: Readonly<Record<string, string>>,
  change: Partial<SupervisorPorts> = {},
): Promise<Supervisor> {
  const supervisor = await Supervisor.begin({
    ...quietPorts((asked, enabled) =>
      loadUnits([...Object.keys(units), ...asked], sourcesOf({ files: units }), enabled),
    ),
    docker: noDocker,
    processes,
    logs: unitLogs(join(directory, 'log')),
    records: supervisorJournal(join(directory, 'journal')),
    history: supervisorJournal(join(directory, 'history')),
    bootId: 'this-boot',
    environment: new Map([['PATH', '/usr/bin:/bin']]),
    ...change,
  });
  running.push(supervisor);
  return supervisor;
}

const stateOf = async (supervisor: Supervisor, unit: string): Promise<string> => {
  const [state] = await supervisor.states([unit]);
  return `${state?.activeState ?? ''}/${state?.subState ?? ''}`;
};

const service = (lines: string, unit = ''): string =>
  `[Unit]\nDefaultDependencies=no\n${unit}\n[Service]\n${lines}\n[Install]\nWantedBy=multi-user.target\n`;

it('starts, orders, logs, restarts and stops', async () => {
  const order = join(directory, 'order');
  const supervisor = await begin({
    'first.service': service(
      `Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'sleep 0.2; echo first >>${order}'`,
    ),
    'second.service': service(
      `ExecStart=/bin/sh -c 'echo second >>${order}; echo "says $$WORD"; exec sleep 1000'\nEnvironment=WORD=hello\n` +
        'Restart=always\nRestartSec=50ms',
      'Requires=first.service\nAfter=first.service',
    ),
  });
  const events: string[] = [];
  const results = await supervisor.run('start', ['second.service'], (event) => {
    if (event.kind === 'job-removed') events.push(event.unit);
  });
  expect([...results]).toEqual([['second.service', 'done']]);
  expect(events).toEqual(['first.service', 'second.service']);
  const log = (): string => readFileSync(join(directory, 'log', 'second.service.log'), 'utf8');
  await until('the line in the log', log, (text) => text.includes(' sh: says hello\n'));
  const [pid] = pidsIn(directory);
  process.kill(pid ?? 0, 'SIGKILL');
  await until(
    'a restart',
    () => supervisor.states(['second.service']),
    ([state]) => state?.restarts === 1,
  );
  await until(
    'up again',
    () => stateOf(supervisor, 'second.service'),
    (state) => state === 'active/running',
  );
  await supervisor.run('stop', ['first.service']);
  expect(await stateOf(supervisor, 'second.service')).toBe('inactive/dead');
  expect(readFileSync(order, 'utf8')).toBe('first\nsecond\nsecond\n');
  expect((await supervisor.history('second.service')).map(({ fact }) => fact.kind)).toContain('occurred');
});

it('answers a request of 40,000 names like one of a single name, and refuses to start missing units', async () => {
  const files = { 'web.service': service('ExecStart=/bin/sleep 1000') };
  const sources = sourcesOf({ files });
  const load: UnitLoader = (asked, enabled) => loadUnits([...Object.keys(files), ...asked], sources, enabled);
  const supervisor = await begin(files, {
    units: { ...quietPorts(load).units, find: (names) => findUnits(names, sources) },
  });
  const names = Array.from({ length: 40_000 }, (_, index) => `x${String(index)}.service`);
  const states = await supervisor.states(['web.service', ...names]);
  expect(states.map(({ loadState }) => loadState)).toEqual(['loaded', ...names.map(() => 'not-found')]);
  expect(await supervisor.unitNames()).not.toContain('x0.service');
  for (const verb of ['start', 'restart'] as const) {
    await expect(supervisor.run(verb, ['web.service', ...names])).rejects.toThrow(
      `Cannot ${verb} x0.service: there is no such unit`,
    );
  }
  expect(await stateOf(supervisor, 'web.service')).toBe('inactive/dead');
  const stopped = await supervisor.run('stop', ['web.service', ...names]);
  expect([...new Set(stopped.values())]).toEqual(['done']);
});

it('answers a short question while it reads all units again, and while it answers a long one', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`s${String(n)}.service`, service('ExecStart=/bin/sleep 1000')]),
  );
  const sources = sourcesOf({ files });
  // Each look at the clock is a ms later, so that the length of a turn does not depend on this machine.
  let time = 0;
  const supervisor = await begin(files, {
    units: {
      ...quietPorts((asked, enabled) => loadUnits([...Object.keys(files), ...asked], sources, enabled)).units,
      load: (asked, enabled) => loadUnitsInSteps([...Object.keys(files), ...asked], sources, enabled),
      fingerprints: () => () => '',
    },
    clock: { now: () => (time += 1), wall: () => Date.now() },
  });
  const answers: string[] = [];
  const noted = async (what: string, answer: Promise<unknown>): Promise<void> => {
    await answer;
    answers.push(what);
  };
  const all = Object.keys(files);
  await Promise.all([
    noted('reload', supervisor.reload()),
    noted('run', supervisor.run('stop', ['s1.service'])),
    noted('short', supervisor.states(['s0.service'])),
  ]);
  await Promise.all([
    noted('long', supervisor.states(all)),
    noted('short', supervisor.states(['s0.service'])),
  ]);
  expect(answers).toEqual(['short', 'reload', 'run', 'short', 'long']);
});

it('gives the same time for an unchanged unit at each query', async () => {
  // Two clocks that are read one after the other never are the same time apart.
  let looks = 0;
  const clock = { now: () => performance.now(), wall: () => Date.now() + (looks++ % 2) * 5 };
  const supervisor = await begin({ 'up.service': service('ExecStart=/bin/sleep 1000') }, { clock });
  await supervisor.run('start', ['up.service']);
  const first = await supervisor.states(['up.service']);
  expect(first).toMatchObject([{ activeState: 'active', since: expect.any(Number) as number }]);
  for (let again = 0; again < 10; again += 1) expect(await supervisor.states(['up.service'])).toEqual(first);
});

/** Of the process groups that the journal says live. */
function pidsIn(path: string): readonly number[] {
  const { records } = supervisorJournal(join(path, 'journal')).read();
  const groups = new Set<number>();
  for (const record of records as readonly { readonly kind: string; readonly pid: number }[]) {
    if (record.kind === 'group') groups.add(record.pid);
    if (record.kind === 'group-ended') groups.delete(record.pid);
  }
  return [...groups];
}

it('leaves failed, stopped and running units to the next supervisor, and ends unwanted processes', async () => {
  const units = {
    'up.service': service('ExecStart=/bin/sleep 1000'),
    'done.service': service('Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true'),
    'failed.service': service('Type=oneshot\nExecStart=/bin/false'),
    'stopped.service': service('ExecStart=/bin/sleep 1000'),
  };
  const first = await begin(units);
  await first.run('start', Object.keys(units));
  await first.run('stop', ['stopped.service']);
  const [left] = pidsIn(directory);
  // As kill -9 would end it: nothing is stopped, and nothing more is heard.
  await first.close();
  running.pop();
  const second = await begin(units);
  expect(await stateOf(second, 'done.service')).toBe('active/exited');
  expect(await stateOf(second, 'failed.service')).toBe('failed/failed');
  expect(await stateOf(second, 'stopped.service')).toBe('inactive/dead');
  await until(
    'up again',
    () => stateOf(second, 'up.service'),
    (state) => state === 'active/running',
  );
  expect(pidsIn(directory)).toHaveLength(1);
  expect(pidsIn(directory)).not.toContain(left);
  expect((await second.history('failed.service')).length).toBeGreaterThan(0);
});

it('starts the enabled units at boot, and nothing else', async () => {
  const units = {
    'enabled.service': service('ExecStart=/bin/sleep 1000'),
    'disabled.service': service('ExecStart=/bin/sleep 1000'),
  };
  const first = await begin(units);
  expect(await first.enable(['enabled.service', 'disabled.service'])).toHaveLength(2);
  expect(await first.disable(['disabled.service'])).toMatchObject([{ action: 'unlink' }]);
  await first.close();
  running.pop();
  const second = await begin(units, { bootId: 'another-boot' });
  await until(
    'up',
    () => stateOf(second, 'enabled.service'),
    (state) => state === 'active/running',
  );
  expect(await stateOf(second, 'disabled.service')).toBe('inactive/dead');
});

it('continues to run where the disk accepts neither journal nor history', async () => {
  const full = {
    read: () => ({ records: [] }),
    append: () => false,
    replace: () => false,
    sync: () => Promise.resolve(),
  };
  const supervisor = await begin(
    { 'a.service': service('Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true') },
    { records: full, history: full },
  );
  expect([...(await supervisor.run('start', ['a.service']))]).toEqual([['a.service', 'done']]);
});

it('counts Docker as present for the first units that name it, added while it runs', async () => {
  const units: Record<string, string> = {};
  const supervisor = await begin(units, { docker: emptyDocker });
  units['a.service'] = service(
    'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true',
    'Requires=docker.service\nAfter=docker.service',
  );
  await supervisor.reload();
  expect([...(await supervisor.run('start', ['a.service']))]).toEqual([['a.service', 'done']]);
});

it.each([
  ['there', new Map(), 'done'],
  // The script asks again by the client, which no one finds on this PATH.
  ['missing', undefined, 'failed'],
])('leaves creation to the script, unless its object exists: %s', async (_name, labels, result) => {
  const { argv } = runCommand('/etc/systemd/system/shop-run.sh', 'volume', ['data']);
  const supervisor = await begin(
    { 'data.service': service(`Type=oneshot\nExecStart=${argv.map(quoted).join(' ')}`) },
    {
      docker: { ...emptyDocker, labels: () => Promise.resolve(labels) },
      environment: new Map([['PATH', '/nowhere']]),
    },
  );
  expect([...(await supervisor.run('start', ['data.service']))]).toEqual([['data.service', result]]);
});

/** As systemd reads it back. */
function quoted(word: Argument): string {
  return `"${String(word).replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

it('names a missing unit', async () => {
  const supervisor = await begin({});
  await expect(supervisor.run('start', ['nothing.service'])).rejects.toThrow(
    'Cannot start nothing.service: there is no such unit',
  );
});
