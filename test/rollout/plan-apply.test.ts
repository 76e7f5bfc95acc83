import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUnits, isEditedByHand } from '../../src/rollout/compare-units.ts';
import { findDrift } from '../../src/rollout/drift.ts';
import { goneResources } from '../../src/session/gone-resources.ts';
import { type Plan, isEmptyPlan } from '../../src/rollout/plan-apply.ts';
import { renderChanges } from '../../src/rollout/render-changes.ts';
import { plainStyle } from '../../src/ui/style.ts';
import { allUp, compileSpec, install, planFor } from './installed.ts';

const five = {
  name: 'shop',
  services: {
    db: { image: 'postgres:16', environment: { TOKEN: 'old', KEPT: 'x' }, volumes: ['data:/data'] },
    api: { image: 'api:1', depends_on: ['db'] },
    web: {
      image: 'nginx:1.24',
      ports: ['8080:80'],
      depends_on: { api: { condition: 'service_started', restart: true } },
    },
    jobs: { image: 'jobs:1' },
    mail: { image: 'mail:1', stop_grace_period: '5s' },
  },
  volumes: { data: {} },
} as const;
type Services = Readonly<Record<string, object>>;
const edit = (services: Services): object => ({ ...five, services: { ...five.services, ...services } });
const old = compileSpec(five);
const restarted = ({ restart }: Plan): Record<string, readonly string[]> =>
  Object.fromEntries(restart.map(({ unit, follows }) => [unit, [...follows].sort()]));
const wordsFor = (spec: object): readonly string[] =>
  renderChanges(compareUnits(install(old), compileSpec(spec)), [], plainStyle);

describe('planApply', () => {
  it('has nothing to do where nothing changed', () => {
    expect(isEmptyPlan(planFor(old, compileSpec(five)))).toBe(true);
  });

  it('restarts one of five services, and nothing else', () => {
    const plan = planFor(old, compileSpec(edit({ jobs: { image: 'jobs:2' } })));
    expect(restarted(plan)).toEqual({ 'shop-jobs.service': [] });
    expect([plan.start, plan.stop, plan.remove]).toEqual([[], [], []]);
  });

  it('does not restart units that restart along with another', () => {
    const wanted = compileSpec(
      edit({
        db: { ...five.services.db, image: 'postgres:17' },
        api: { ...five.services.api, image: 'api:2' },
      }),
    );
    expect(restarted(planFor(old, wanted))).toEqual({
      'shop-db.service': ['shop-api.service', 'shop-web.service'],
    });
  });

  it('reloads for a change that does not affect the running container', () => {
    const plan = planFor(old, compileSpec(edit({ jobs: { image: 'jobs:1', restart: 'on-failure' } })));
    expect([restarted(plan), plan.write]).toEqual([{}, ['shop-jobs.service']]);
  });

  it('restarts for a variable alone, and names it without its value', () => {
    const spec = edit({ db: { ...five.services.db, environment: { TOKEN: 'new', MORE: 'y' } } });
    expect(Object.keys(restarted(planFor(old, compileSpec(spec))))).toEqual(['shop-db.service']);
    const text = wordsFor(spec).join('\n');
    expect(text).toContain('environment: TOKEN changed, MORE added, KEPT removed');
    expect(text).not.toMatch(/old|new|=/);
  });

  it('names settings in their own words', () => {
    const web = { ...five.services.web, image: 'nginx:1.25', ports: ['8080:80', '8443:443'] };
    expect(wordsFor(edit({ web }))).toEqual(
      expect.arrayContaining([
        '~ shop-web.service',
        '    image nginx:1.24 → nginx:1.25',
        '    publish 8443:443/tcp added',
      ]),
    );
    expect(wordsFor(edit({ mail: { image: 'mail:1', stop_grace_period: '30s' } }))).toEqual(
      expect.arrayContaining(['    stop-timeout 5 → 30', '    TimeoutStopSec 25 → 50']),
    );
  });

  it('does not touch a stopped service, and restarts a failed one', () => {
    const wanted = compileSpec(edit({ jobs: { image: 'jobs:2' }, mail: { image: 'mail:2' } }));
    const plan = planFor(old, wanted, {
      states: allUp(old, {
        'shop-jobs.service': { activeState: 'inactive', isEnabled: false },
        'shop-mail.service': { activeState: 'failed', isEnabled: false },
      }),
    });
    expect(restarted(plan)).toEqual({ 'shop-mail.service': [] });
    expect(plan.stays).toEqual(['shop-jobs.service']);
  });

  it('starts a new service, which the enabled target already starts at boot', () => {
    const plan = planFor(old, compileSpec(edit({ cache: { image: 'redis:7' } })));
    expect([plan.start, plan.enable, restarted(plan)]).toEqual([['shop-cache.service'], [], {}]);
    const alone = allUp(old);
    alone.set('shop.target', { activeState: 'active', isEnabled: false });
    alone.set('shop-web.service', { activeState: 'active', isEnabled: true });
    expect(
      planFor(old, compileSpec(edit({ cache: { image: 'redis:7' } })), { states: alone }).enable,
    ).toEqual(['shop-cache.service']);
  });

  it('starts no service of a stopped project', () => {
    const states = new Map(
      [...allUp(old).keys()].map((name) => [name, { activeState: 'inactive' as const, isEnabled: true }]),
    );
    const plan = planFor(old, compileSpec(edit({ cache: { image: 'redis:7' } })), { states });
    expect([plan.start, plan.restart]).toEqual([[], []]);
  });

  it('enables and starts all of a new project', () => {
    const plan = planFor({ project: 'shop', units: [], files: [] }, old, { states: new Map() });
    expect([plan.first, plan.enable, plan.start]).toEqual([true, ['shop.target'], ['shop.target']]);
    expect(plan.write).toEqual([...old.units, ...old.files].map(({ name }) => name).sort());
  });

  it('enables and starts the rest after an interrupted first apply', () => {
    const plan = planFor(old, old, { states: new Map(), isUnstarted: true });
    expect([plan.write, plan.enable, plan.start]).toEqual([[], ['shop.target'], ['shop.target']]);
    expect(isEmptyPlan(planFor(old, old, { states: new Map() }))).toBe(true);
  });

  it('has nothing left to do after a first apply whose services run, healthy or not', () => {
    expect(isEmptyPlan(planFor(old, old, { isUnstarted: true }))).toBe(true);
    const down = { 'shop-web.service': { activeState: 'failed' as const, isEnabled: false } };
    const one = planFor(old, old, { isUnstarted: true, states: allUp(old, down) });
    expect(one.start).toEqual(['shop.target']);
    const off = { 'shop.target': { activeState: 'active' as const, isEnabled: false } };
    expect(planFor(old, old, { isUnstarted: true, states: allUp(old, off) }).enable).toEqual(['shop.target']);
  });

  it('removes orphans with consent only, their secrets too', () => {
    const { db, api, web, jobs } = five.services;
    const less = compileSpec({ ...five, services: { api: { image: api.image }, web, jobs } });
    const kept = planFor(old, less);
    expect(kept.orphans).toEqual([
      'shop-db-image.service',
      'shop-db.service',
      'shop-mail-image.service',
      'shop-mail.service',
      'shop-vol-data.service',
    ]);
    expect([kept.stop, kept.remove]).toEqual([[], []]);
    const plan = planFor(old, less, { prune: true });
    expect(plan.stop).toEqual(['shop-db.service', 'shop-mail.service']);
    expect(plan.remove).toEqual([...kept.orphans, 'shop-db.env'].sort());
    expect(plan.kept).toEqual(['shop-vol-data.service']);
    expect(db.image).toBe('postgres:16');
  });

  it('replaces the one unit of a service by those of its replicas, without consent', () => {
    const plan = planFor(old, compileSpec(edit({ jobs: { image: 'jobs:1', scale: 2 } })));
    expect([plan.stop, plan.orphans]).toEqual([['shop-jobs.service'], []]);
    expect(plan.start).toEqual(['shop-jobs@1.service', 'shop-jobs@2.service']);
  });

  it('recreates a network and restarts its users, and never recreates a volume', () => {
    const changed = compileSpec({
      ...five,
      networks: { default: { internal: true } },
      volumes: { data: { driver_opts: { type: 'tmpfs' } } },
    });
    const plan = planFor(old, changed);
    expect(restarted(plan)).toEqual({
      'shop-net-default.service': ['api', 'db', 'jobs', 'mail', 'web'].map((name) => `shop-${name}.service`),
    });
    expect(plan.kept).toEqual(['shop-vol-data.service']);
  });

  it('has nothing to do when repeated, whatever was edited', () => {
    const service = fc.record({
      image: fc.constantFrom('a:1', 'a:2'),
      environment: fc.dictionary(fc.constantFrom('A', 'B'), fc.constantFrom('1', '2 \n"$3'), { maxKeys: 2 }),
      restart: fc.constantFrom('always', 'no', 'on-failure'),
      labels: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2')),
      scale: fc.constantFrom(1, 2),
    });
    const spec = fc
      .dictionary(fc.constantFrom('a', 'b', 'c'), service, { minKeys: 1 })
      .map((services) => ({ name: 'p', services }));
    fc.assert(
      fc.property(spec, spec, fc.boolean(), (before, after, prune) => {
        const [was, wanted] = [compileSpec(before), compileSpec(after)];
        const plan = planFor(was, wanted, { prune });
        const second = planFor(
          {
            ...wanted,
            units: [...wanted.units, ...was.units.filter(({ name }) => plan.orphans.includes(name))],
          },
          wanted,
          { states: allUp(wanted) },
        );
        expect(isEmptyPlan(second)).toBe(true);
        // Only what differs is restarted, or what follows it.
        const differing = new Set(
          compareUnits(install(was), wanted).flatMap(({ unit, change }) =>
            change === 'changed' ? [unit] : [],
          ),
        );
        for (const { unit } of plan.restart) expect(differing).toContain(unit);
      }),
      { numRuns: 60 },
    );
  });
});

describe('findDrift', () => {
  const installed = install(old);
  const labels = (unit: string, config: string): Map<string, string> =>
    new Map([
      ['dockunit.unit', unit],
      ['dockunit.config', config],
    ]);

  it('reports a unit that was edited by hand', () => {
    const [first] = installed.units;
    if (first === undefined) throw new Error('no units');
    expect(isEditedByHand(first)).toBe(false);
    expect(isEditedByHand({ ...first, text: `# mine\n${first.text}` })).toBe(true);
    expect(isEditedByHand({ ...first, text: `${first.text}# mine\n` })).toBe(true);
  });

  it('reports containers that do not match their unit, and makes apply restart them', () => {
    const docker = {
      containers: new Map([
        [
          'shop-jobs',
          { imageId: 'sha256:1', status: 'running', startedAt: 5, labels: labels('shop-jobs.service', 'x') },
        ],
        [
          'shop-mail',
          {
            imageId: 'sha256:1',
            status: 'running',
            startedAt: 5,
            labels: new Map([['dockunit.unit', 'shop-mail.service']]),
          },
        ],
      ]),
      images: new Map([
        ['jobs:1', 'sha256:1'],
        ['mail:1', 'sha256:2'],
      ]),
      networks: new Map([['shop_default', new Map([['dockunit.config', 'y']])]]),
      volumes: new Set(['shop_data']),
    };
    const drift = findDrift(installed, docker, allUp(old));
    expect(drift.map(({ kind, unit }) => [unit, kind])).toEqual([
      ['shop-jobs.service', 'configuration'],
      ['shop-mail.service', 'image'],
      ['shop-net-default.service', 'network'],
    ]);
    const plan = planFor(old, old, { drift: drift.slice(0, 2) });
    expect(plan.restart.map(({ unit }) => unit)).toEqual(['shop-jobs.service', 'shop-mail.service']);
  });

  it('reports a network and a volume that are gone, where their units are active, and makes apply create them', () => {
    const docker = {
      containers: new Map(),
      images: new Map(),
      networks: new Map(),
      volumes: new Set<string>(),
    };
    const drift = findDrift(installed, docker, allUp(old));
    expect(drift.map(({ unit }) => unit)).toEqual(['shop-net-default.service', 'shop-vol-data.service']);
    const down = { activeState: 'inactive', isEnabled: false } as const;
    const services = ['api', 'db', 'jobs', 'mail', 'web'].map((name) => `shop-${name}.service`);
    const states = allUp(old, Object.fromEntries(services.map((name) => [name, down])));
    expect(restarted(planFor(old, old, { drift, states }))).toEqual({
      'shop-net-default.service': [],
      'shop-vol-data.service': [],
    });
    expect(findDrift(installed, docker, new Map())).toEqual([]);
    expect(renderChanges(compareUnits(installed, old), drift, plainStyle)).toEqual([
      '= shop-net-default.service',
      '    network shop_default is gone; apply creates it again',
      '= shop-vol-data.service',
      '    volume shop_data is gone, and with it all that it held; apply creates it again, empty',
    ]);
  });

  it.each([
    [{}, true],
    [{ driver: 'rexray' }, false],
    [{ driver_opts: { type: 'nfs', o: 'addr=10.0.0.1', device: ':/data' } }, false],
    [{ driver_opts: { type: 'none', o: 'bind', device: '/srv/data' } }, false],
    [{ driver_opts: { type: 'tmpfs', device: 'tmpfs' } }, true],
    [{ driver: 'local', labels: { device: 'x' } }, true],
  ])('knows whether the data of volume %j is lost with it', (volume, heldData) => {
    const set = compileSpec({ ...five, volumes: { data: volume } });
    const made = set.units.filter(({ kind }) => kind === 'volume');
    const nothing = { networks: new Set<string>(), volumes: new Set<string>() };
    expect(goneResources(made, allUp(set), nothing)).toEqual([
      { what: 'volume', name: 'shop_data', unit: 'shop-vol-data.service', heldData },
    ]);
  });
});
