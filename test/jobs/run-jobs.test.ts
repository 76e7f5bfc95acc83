import { expect, test } from 'vitest';
import type { Context } from '../../src/run/context.ts';
import type { DriveReport } from '../../src/jobs/run-jobs.ts';
import { driveUnits } from '../../src/jobs/run-jobs.ts';
import type { HostPorts } from '../../src/session/session.ts';
import type { InstalledUnit } from '../../src/session/installed-units.ts';
import { HostError } from '../../src/model/ports.ts';
import type {
  JobEvent,
  JobResult,
  JobVerb,
  ResourceNames,
  Resources,
  UnitState,
} from '../../src/model/ports.ts';
import { shopUnits, state } from '../commands/shop.ts';
import { writtenContext } from '../run/written-context.ts';

function unit(name: string): InstalledUnit {
  const found = shopUnits.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`the shop has no ${name}`);
  return found;
}
const db = unit('shop-db.service');
const target = unit('shop.target');

const down = { activeState: 'inactive', subState: 'dead' } as const;

interface Given {
  /** States before and after; units without one are down, then up. */
  readonly before?: Readonly<Record<string, Partial<UnitState>>>;
  readonly after?: Readonly<Record<string, Partial<UnitState>>>;
  readonly results?: Readonly<Record<string, JobResult>>;
  /** Networks and volumes that docker has; all where absent. */
  readonly resources?: Resources | 'silent';
}

/** Ports that remember what they were asked for, and a context that keeps what was written. */
function fakes({ before = {}, after = {}, results = {}, resources }: Given): {
  readonly host: HostPorts;
  readonly context: Context;
  readonly calls: string[];
  readonly written: { out: string; err: string };
} {
  const calls: string[] = [];
  let ran = false;
  const host = {
    installedUnits: shopUnits,
    manager: {
      kind: 'systemd',
      scope: 'system',
      reload: () => Promise.resolve(void calls.push('reload')),
      resetFailed: (units: readonly string[]) =>
        Promise.resolve(void calls.push(`reset ${[...units].sort().join(' ')}`)),
      history: () => Promise.resolve([]),
      states: (units: readonly string[]) =>
        Promise.resolve(units.map((unit) => state(unit, ran ? (after[unit] ?? {}) : (before[unit] ?? down)))),
      run: (verb: JobVerb, units: readonly string[], onEvent: (event: JobEvent) => void) => {
        calls.push(`${verb} ${[...units].sort().join(' ')}`);
        ran = true;
        for (const [unit, result] of Object.entries(results)) onEvent({ kind: 'job-removed', unit, result });
        return Promise.resolve(new Map(units.map((unit) => [unit, results[unit] ?? 'done'])));
      },
    },
    docker: {
      findResources: ({ networks, volumes }: ResourceNames): Promise<Resources> => {
        calls.push(`look for ${[...networks, ...volumes].join(' ')}`);
        if (resources === 'silent') return Promise.reject(new HostError('no answer', 'Wait'));
        return Promise.resolve(resources ?? { networks: new Set(networks), volumes: new Set(volumes) });
      },
    },
    journal: {
      async *read({ units }: { readonly units: readonly string[] }) {
        await Promise.resolve();
        for (const unit of units)
          yield { time: 0, unit, priority: 3, identifier: 'x', message: `words of ${unit}` };
      },
    },
  };
  const { context, written } = writtenContext({ now: () => Date.UTC(2025, 0, 31, 9) });
  return { host: host as unknown as HostPorts, context, calls, written };
}

test('a start clears the failed state of units that are down, and only of those it is about to start', async () => {
  const { host, context, calls } = fakes({
    before: { 'docker.service': {}, 'shop-db.service': { activeState: 'failed' } },
  });
  expect(await driveUnits('start', [db], host, context, {})).toBe(0);
  expect(calls).toEqual(['reset shop-db.service shop-net-default.service', 'start shop-db.service']);
});

test('a start reloads unit files where one has changed, or is not known yet', async () => {
  for (const changed of [{ needsReload: true as const }, { ...down, loadState: 'not-found' }]) {
    const { host, context, calls } = fakes({ before: { 'shop-net-default.service': changed } });
    await driveUnits('start', [db], host, context, {});
    expect(calls[0]).toBe('reload');
  }
});

const net = 'shop-net-default.service';
const netIsUp = { [net]: { activeState: 'active', subState: 'exited' } } as const;
const noResources = { networks: new Set<string>(), volumes: new Set<string>() };

test('a start recreates a network that is gone, by its unit, and restarts nothing else', async () => {
  const { host, context, calls, written } = fakes({ before: netIsUp, resources: noResources });
  expect(await driveUnits('start', [db], host, context, { json: true })).toBe(0);
  expect(calls).toEqual([
    'reset shop-db.service',
    'look for shop_default',
    `restart ${net}`,
    'start shop-db.service',
  ]);
  expect(written.err).toContain(`note: network shop_default is gone: ${net} creates it again\n`);
  expect((JSON.parse(written.out) as DriveReport).gone).toEqual([
    { what: 'network', name: 'shop_default', unit: net, heldData: false },
  ]);
});

test('a restart of a project restarts the units of its networks anyway, and so once', async () => {
  const { host, context, calls, written } = fakes({ before: netIsUp, resources: noResources });
  await driveUnits('restart', [target], host, context, {});
  expect(calls.filter((call) => call.startsWith('restart'))).toEqual(['restart shop.target']);
  expect(written.err).toContain('network shop_default is gone');
});

test.each([
  ['it is there', {}, 'look for shop_default'],
  ['docker does not answer', { resources: 'silent' }, 'look for shop_default'],
  ['its unit is down, and makes it by being started', { before: {}, resources: noResources }, undefined],
] as const)('no network is created again where %s', async (_why, given, asked) => {
  const { host, context, calls } = fakes({ before: netIsUp, ...given });
  expect(await driveUnits('start', [db], host, context, {})).toBe(0);
  expect(calls.find((call) => call.startsWith('look'))).toBe(asked);
  expect(calls.filter((call) => /^(re)?start /.test(call))).toEqual(['start shop-db.service']);
});

test('a stop of a project has a job for each of its units, and waits for their end', async () => {
  const { host, context, calls } = fakes({ before: { 'shop-web.service': {} } });
  expect(await driveUnits('stop', [target], host, context, {})).toBe(0);
  expect(calls).toEqual([
    `stop ${shopUnits
      .map(({ name }) => name)
      .sort()
      .join(' ')}`,
  ]);
});

test('a stop where nothing runs says so', async () => {
  const { host, context, written } = fakes({});
  expect(await driveUnits('stop', [target], host, context, {})).toBe(0);
  expect(written.err).toBe('shop.target: nothing of it was running\n');
});

test('a restart waits for the units that require the unit, where they are up', async () => {
  const up = { 'shop-db.service': {}, 'shop-web.service': {}, 'shop-db-healthy.service': {} };
  const { host, context, calls } = fakes({ before: up });
  await driveUnits('restart', [db], host, context, {});
  expect(calls.at(-1)).toBe('restart shop-db-healthy.service shop-db.service shop-web.service');
  const alone = fakes({ before: { 'shop-db.service': {} } });
  await driveUnits('restart', [db], alone.host, alone.context, {});
  expect(alone.calls.at(-1)).toBe('restart shop-db.service');
});

test('a project of which one service fails has not started, though its target has', async () => {
  const failed = { activeState: 'failed', subState: 'failed', result: 'exit-code', exitStatus: 3 } as const;
  const { host, context, written } = fakes({
    results: {
      'shop-migrate.service': 'failed',
      'shop-migrate-completed.service': 'dependency',
      'shop-web.service': 'dependency',
    },
    after: {
      'shop-migrate.service': failed,
      'shop-migrate-completed.service': down,
      'shop-web.service': down,
    },
  });
  expect(await driveUnits('start', [target], host, context, { json: true })).toBe(1);
  const report = JSON.parse(written.out) as DriveReport;
  expect(report).toMatchObject({ verb: 'start', ok: false, waited: true });
  expect(report.failures).toEqual([
    {
      unit: 'shop-migrate.service',
      project: 'shop',
      service: 'migrate',
      reason: 'exit 3',
      cause: null,
      result: 'exit-code',
      exitStatus: 3,
      restarting: false,
      keepsDown: ['shop-web.service'],
      log: ['words of shop-migrate.service'],
      next: ['dockunit logs migrate', 'dockunit status migrate'],
    },
  ]);
  expect(written.err).toContain('error: shop-migrate.service failed: exit 3\n');
});

test('a service that systemd restarted meanwhile and starts again has not started', async () => {
  const again = { activeState: 'activating', subState: 'start-pre', restarts: 1 } as const;
  const { host, context, written } = fakes({ after: { 'shop-db.service': again } });
  expect(await driveUnits('start', [db], host, context, {})).toBe(1);
  expect(written.err).toContain('error: shop-db.service failed; it is being restarted\n');
});
