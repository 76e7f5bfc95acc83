/** The three steps of `apply`, called apart: compile, plan, execute; those of `rollback` and `remove` likewise. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appliedStates } from '../../src/host/revisions/store.ts';
import type { ApplyResult } from '../../src/rollout/apply-report.ts';
import { executeApply } from '../../src/rollout/execute-apply.ts';
import { executeRemoval } from '../../src/rollout/execute-removal.ts';
import { executeRollback } from '../../src/rollout/execute-rollback.ts';
import { executeUpdate, pullUpdate } from '../../src/rollout/execute-update.ts';
import { readInstallation } from '../../src/rollout/installation.ts';
import { type PlannedChanges, planChanges } from '../../src/rollout/plan.ts';
import { planRemoval } from '../../src/rollout/plan-removal.ts';
import { planRollback } from '../../src/rollout/plan-rollback.ts';
import { updatableServices } from '../../src/rollout/plan-update.ts';
import type { ChangeContext } from '../../src/run/context.ts';
import { compileOverInstalled } from '../../src/session/compile-project.ts';
import type { UnitSet } from '../../src/units/unit-set.ts';
import { FakeHost } from './fake-host.ts';

type Services = Readonly<Record<string, object>>;

class Shop extends FakeHost {
  readonly file = join(this.home, 'compose.yaml');
  readonly change: ChangeContext = { ...this.written.context, who: 'ann' };

  async compile(services: Services): Promise<UnitSet> {
    writeFileSync(this.file, JSON.stringify({ name: 'shop', services }));
    const options = { user: true, systemdVersion: 252, dockerVersion: 26, file: [this.file] };
    const { set, diagnostics } = await compileOverInstalled(this.written.context, options);
    if (set === undefined) throw new Error(JSON.stringify(diagnostics));
    return set;
  }

  plan(set: UnitSet): Promise<PlannedChanges> {
    return planChanges(set, this.directories.units, this.ports(), { prune: true });
  }

  async apply(services: Services): Promise<ApplyResult> {
    return executeApply(await this.plan(await this.compile(services)), this.ports(), this.change);
  }

  unit(name: string): string {
    return readFileSync(join(this.directories.units, name), 'utf8');
  }

  get files(): readonly string[] {
    return readdirSync(this.directories.units)
      .filter((name) => name.startsWith('shop'))
      .sort();
  }
}

const both = { web: { image: 'web:1', depends_on: ['db'] }, db: { image: 'db:1' } };

describe('apply', () => {
  it('plans a new project without a change, then writes, enables and starts it', async () => {
    const shop = new Shop();
    const planned = await shop.plan(await shop.compile(both));
    expect(planned.plan).toMatchObject({ first: true, enable: ['shop.target'], restart: [], stop: [] });
    expect([shop.calls, planned.installation.units]).toEqual([[], []]);
    const result = await executeApply(planned, shop.ports(), shop.change);
    expect(result).toEqual({ applied: true, failures: [] });
    expect(shop.calls.filter((call) => !call.startsWith('keep'))).toEqual([
      'reload',
      'enable shop.target',
      'start shop.target',
    ]);
    expect([shop.running, shop.enabled]).toEqual([
      expect.arrayContaining(['shop-db.service', 'shop-web.service']),
      ['shop.target'],
    ]);
  });

  it('plans nothing for the same file', async () => {
    const shop = new Shop();
    await shop.apply(both);
    const { plan, changes } = await shop.plan(await shop.compile(both));
    expect(changes.filter(({ change }) => change !== 'same')).toEqual([]);
    expect([plan.write, plan.restart, plan.start, plan.stop, plan.remove]).toEqual([[], [], [], [], []]);
  });

  it('restarts only what changed', async () => {
    const shop = new Shop();
    await shop.apply(both);
    const before = shop.unit('shop-db.service');
    shop.calls.length = 0;
    await shop.apply({ ...both, web: { image: 'web:2', depends_on: ['db'] } });
    expect(shop.calls.filter((call) => /^(start|stop|restart)/.test(call))).toEqual([
      'restart shop-web.service',
    ]);
    expect(shop.unit('shop-web.service')).toContain('Image=web:2');
    expect(shop.unit('shop-db.service')).toBe(before);
  });

  it('restores the units of before, and runs them, where a service does not come up', async () => {
    const shop = new Shop();
    await shop.apply(both);
    const [files, web, running] = [shop.files, shop.unit('shop-web.service'), shop.running];
    shop.runs = (text) => !text.includes('web:2');
    const result = await shop.apply({ ...both, web: { image: 'web:2' }, extra: { image: 'extra:1' } });
    expect(result).toMatchObject({ applied: false, failures: [{ unit: 'shop-web.service' }], lost: [] });
    expect(shop.files).toEqual(files);
    expect(shop.unit('shop-web.service').replace(/@sha256:\w+/g, '')).toContain('Image=web:1');
    expect(shop.running).toEqual(running);
    expect(web).toContain('Image=web:1');
    expect(appliedStates(shop.directories.state, 'shop').map(({ verb }) => verb)).toEqual(['apply']);
  });

  it('says what stays down where the previous state does not run either', async () => {
    const shop = new Shop();
    await shop.apply(both);
    shop.runs = (text) => !text.includes('Service=web');
    const result = await shop.apply({ ...both, web: { image: 'web:2' } });
    expect(result).toMatchObject({
      applied: false,
      failures: [{ unit: 'shop-web.service' }],
      lost: [{ unit: 'shop-web.service' }],
    });
  });
});

describe('rollback', () => {
  it('plans the state before without a change, then restores it', async () => {
    const shop = new Shop();
    await shop.apply(both);
    await shop.apply({ ...both, web: { image: 'web:2', depends_on: ['db'] } });
    shop.calls.length = 0;
    const plan = await planRollback('shop', undefined, shop.ports());
    expect([plan.manifest.number, plan.changePlan.plan.restart.map(({ unit }) => unit), shop.calls]).toEqual([
      1,
      ['shop-web.service'],
      [],
    ]);
    const { isKept } = await executeRollback(plan, shop.ports(), shop.change);
    expect([isKept, shop.unit('shop-web.service').includes('Image=web:1')]).toEqual([true, true]);
  });
});

describe('update', () => {
  it('pulls, and restarts nothing where the images are the same', async () => {
    const shop = new Shop();
    await shop.apply(both);
    shop.calls.length = 0;
    const directory = shop.directories.units;
    const installed = readInstallation('shop', directory);
    const units = installed.units.map(({ unit }) => unit);
    const scope = {
      project: 'shop',
      directory,
      installation: installed,
      services: updatableServices(units, units),
    };
    const plan = await pullUpdate(scope, shop.ports(), shop.change);
    expect([plan.restart, shop.calls.filter((call) => /^(start|stop|restart)/.test(call))]).toEqual([[], []]);
    expect(await executeUpdate(scope, plan, shop.ports(), shop.change)).toMatchObject({ isKept: true });
  });
});

describe('remove', () => {
  it('removes units and what Docker has of them; a network in use stays, with the reason', async () => {
    const shop = new Shop();
    await shop.apply(both);
    shop.objects.container.add('shop-web');
    shop.objects.network.add('shop_default');
    shop.labels = new Map([
      ['dockunit.project', 'shop'],
      ['dockunit.source', shop.file],
      ['dockunit.user', String(shop.written.context.uid)],
    ]);
    shop.used.add('shop_default');
    const plan = await planRemoval('shop', false, shop.ports());
    expect([plan.containers.map(({ name }) => name), plan.resources.networks]).toEqual([
      ['shop-web'],
      ['shop_default'],
    ]);
    const target = shop.ports().installedUnits.find(({ kind }) => kind === 'target');
    if (target === undefined) throw new Error('no target');
    const outcome = await executeRemoval(plan, target, shop.ports(), shop.change);
    expect(outcome).toMatchObject({
      kind: 'removed',
      resources: {
        containers: ['shop-web'],
        networks: [],
        kept: [{ name: 'shop_default', why: 'shop_default is in use' }],
      },
    });
    expect([shop.files, shop.running, shop.enabled, [...shop.objects.container]]).toEqual([[], [], [], []]);
  });
});
