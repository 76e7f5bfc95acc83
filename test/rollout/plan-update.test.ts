import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Installation } from '../../src/rollout/compare-units.ts';
import { keepTag, planTags } from '../../src/host/docker/keep-tags.ts';
import { pinsOf } from '../../src/images/pin-images.ts';
import type { ManagedState } from '../../src/rollout/plan-apply.ts';
import type { UpdatePlan } from '../../src/rollout/plan-update.ts';
import { pinInstallation, planUpdate, updatableServices } from '../../src/rollout/plan-update.ts';
import { summarise } from '../../src/rollout/summarise-changes.ts';
import type { DockerResources } from '../../src/model/ports.ts';
import { dockunitField } from '../../src/units/unit-set.ts';
import { allUp, compileSpec, install } from './installed.ts';

const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;
const set = compileSpec({
  name: 'shop',
  services: {
    db: { image: 'db:1' },
    api: { image: 'api:1', depends_on: ['db'], platform: 'linux/arm64' },
    web: { image: 'web:1', depends_on: ['api'] },
    jobs: { image: 'jobs:1', pull_policy: 'never' },
    made: { build: '.' },
    fixed: { image: `fixed@${hash('f')}` },
  },
});
const units = set.units;
const services = updatableServices(units, units);
const idOf = (service: string, version: number): string =>
  hash(((['api', 'db', 'jobs', 'made', 'web'].indexOf(service) * 3 + version) % 16).toString(16));
const pinOf = (service: string, version: number): string => `${service}:1@${idOf(service, version)}`;
const all = ['api', 'db', 'jobs', 'web'] as const;
/** All pinned to version 0. */
const before = pinInstallation(
  'shop',
  install(set),
  new Map(all.map((service) => [service, pinOf(service, 0)])),
);

/** What runs: version 0, except of the services told. */
function docker(others: Readonly<Record<string, number>> = {}): DockerResources {
  const containers = units.filter(({ kind }) => kind === 'container');
  return {
    containers: new Map(
      containers.map((unit) => {
        const service = dockunitField(unit, 'Service') ?? '';
        const imageId = idOf(service, others[service] ?? 0);
        const labels = new Map([['dockunit.unit', unit.name]]);
        return [dockunitField(unit, 'Container') ?? '', { imageId, status: 'running', startedAt: 1, labels }];
      }),
    ),
    images: new Map(all.map((service) => [pinOf(service, 0), idOf(service, 0)])),
    networks: new Map(),
    volumes: new Set(),
  };
}

function plan(
  versions: Readonly<Record<string, number>>,
  {
    states = allUp(set),
    facts = docker(),
    of = before,
  }: {
    readonly states?: ReadonlyMap<string, ManagedState>;
    readonly facts?: DockerResources;
    readonly of?: Installation;
  } = {},
): UpdatePlan {
  const images = new Map(
    all.map((service) => {
      const id = idOf(service, versions[service] ?? 0);
      return [service, { id, digests: [`${service}@${id}`] }];
    }),
  );
  const chosen = services.filter(({ service }) => service !== 'made');
  return planUpdate({ project: 'shop', before: of, services: chosen, images, docker: facts, states });
}
const restarted = ({ restart }: UpdatePlan): readonly string[] =>
  restart.map(({ unit, follows }) => [unit, ...follows].map((name) => name.slice(5, -8)).join(' > '));

describe('updatableServices', () => {
  it('asks registries for pulled images, the disk for others, and skips images that the file fixes', () => {
    expect(services).toEqual([
      { service: 'api', reference: 'api:1', pull: ['--platform', 'linux/arm64'] },
      { service: 'db', reference: 'db:1', pull: [] },
      { service: 'jobs', reference: 'jobs:1', pull: undefined },
      { service: 'made', reference: 'shop-made', pull: undefined },
      { service: 'web', reference: 'web:1', pull: [] },
    ]);
  });
});

describe('planUpdate', () => {
  it('has nothing to do where nothing changed', () => {
    const { changes, restart, after } = plan({});
    expect([changes, restart]).toEqual([[], []]);
    expect(after.units.every((entry, index) => entry === before.units[index])).toBe(true);
  });

  it('restarts units with a newer image, in the order of dependencies, without those that restart along', () => {
    expect(restarted(plan({ jobs: 1, db: 1, web: 1 }))).toEqual(['db > api > web', 'jobs']);
    expect(restarted(plan({ web: 1, jobs: 1, api: 1 }))).toEqual(['jobs', 'api > web']);
    expect(summarise(plan({ web: 1 }).changes)).toEqual([
      `web: image web:1@${idOf('web', 0).slice(0, 19)} → web:1@${idOf('web', 1).slice(0, 19)}`,
    ]);
  });

  it('pins a stopped service without starting it; restarts a failed one', () => {
    const states = allUp(set, {
      'shop-jobs.service': { activeState: 'inactive', isEnabled: false },
      'shop-web.service': { activeState: 'failed', isEnabled: false },
    });
    const stopped = plan({ jobs: 1, web: 1 }, { states });
    expect(restarted(stopped)).toEqual(['web']);
    expect(pinsOf(stopped.after.units.map(({ unit }) => unit)).get('jobs')).toBe(pinOf('jobs', 1));
  });

  it('restarts a service that runs another image than its unit names, as after a killed update', () => {
    expect(restarted(plan({}, { facts: docker({ jobs: 2 }) }))).toEqual(['jobs']);
  });

  it('changes only the units whose image changes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...all), fc.constantFrom(0, 1, 2)), (versions) => {
        const { after, changes } = plan(versions);
        const touched = new Set(
          after.units.flatMap(({ unit, text }, index) =>
            text === before.units[index]?.text ? [] : [dockunitField(unit, 'Service')],
          ),
        );
        const moved = all.filter((service) => (versions[service] ?? 0) > 0);
        expect([...touched].sort()).toEqual(moved);
        expect(changes.every(({ service }) => moved.some((name) => name === service))).toBe(true);
        // And back again, to the byte.
        const back = new Map(all.map((service) => [service, pinOf(service, 0)]));
        expect(pinInstallation('shop', after, back)).toEqual(before);
      }),
    );
  });
});

describe('planTags', () => {
  it('tags the images to keep, once, and releases the rest', () => {
    const [one, two, three] = [hash('1'), hash('2'), hash('3')];
    const kept = new Map([one, two].map((id) => [keepTag('shop', id), id]));
    expect(planTags('shop', kept, new Set([two, three]))).toEqual({
      add: [{ id: three, tag: 'dockunit-keep:shop.3333333333333333' }],
      remove: ['dockunit-keep:shop.1111111111111111'],
    });
    expect(planTags('shop', kept, new Set([one, two]))).toEqual({ add: [], remove: [] });
  });
});

describe('summarise', () => {
  it('describes the change of each service in a few words', () => {
    expect(
      summarise([
        { unit: 'shop-web.service', kind: 'container', service: 'web', change: 'added' },
        { unit: 'shop-web-image.service', kind: 'image', service: 'web', change: 'added' },
        { unit: 'shop-old.service', kind: 'container', service: 'old', change: 'removed', orphan: true },
        { unit: 'shop-vol-data.service', kind: 'volume', change: 'added' },
        { unit: 'shop-db.service', kind: 'container', service: 'db', change: 'same' },
        {
          unit: 'shop-api.service',
          kind: 'container',
          service: 'api',
          change: 'changed',
          details: [
            { kind: 'setting', name: 'image', removed: ['api:1'], added: ['api:2'], need: 'restart' },
            {
              kind: 'variables',
              file: 'shop-api.env',
              removed: [],
              added: ['A'],
              changed: [],
              need: 'restart',
            },
            { kind: 'setting', name: 'publish', removed: [], added: ['80:80'], need: 'restart' },
          ],
        },
      ]),
    ).toEqual([
      'api: image api:1 → api:2, environment, publish',
      'old removed',
      'shop-vol-data.service added',
      'web added',
    ]);
  });
});
