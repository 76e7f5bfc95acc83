import { describe, expect, test } from 'vitest';
import type { ContainerState, UnitState } from '../../src/model/ports.ts';
import type { Facts, ServiceStatus } from '../../src/status/status.ts';
import { portWords, stateWords, statusOf } from '../../src/status/status.ts';
import type { InstalledUnit } from '../../src/session/installed-units.ts';
import { activeStateOf } from '../../src/supervisor/engine/state.ts';
import { byName, state, statesOf } from '../commands/shop.ts';

const now = Date.UTC(2025, 0, 31, 9);

function container(unit: string, facts: Partial<ContainerState> = {}): ContainerState {
  return {
    id: 'f00d',
    name: byName.get(unit)?.container ?? '',
    image: 'nginx:1',
    status: 'running',
    exitCode: 0,
    startedAt: 1,
    oomKilled: false,
    ports: [],
    labels: new Map([['dockunit.unit', unit]]),
    ...facts,
  };
}

interface Given {
  readonly states?: readonly UnitState[];
  readonly jobs?: Record<string, string>;
  readonly containers?: readonly ContainerState[] | undefined;
  readonly gone?: Facts['goneResources'];
}

function status(name: string, given: Given): ServiceStatus {
  const containers = 'containers' in given ? given.containers : [];
  const facts: Facts = {
    unitsByName: byName,
    states: statesOf(...(given.states ?? [])),
    jobs: new Map(Object.entries(given.jobs ?? {})),
    containers: containers && new Map(containers.map((one) => [one.name, one])),
    goneResources: given.gone ?? [],
  };
  return statusOf(byName.get(name) as InstalledUnit, facts);
}

const words = (name: string, given: Given): string => stateWords(status(name, given), now).text;

const web = 'shop-web.service';
const inactive = { activeState: 'inactive', subState: 'dead' } as const;
const failed = { activeState: 'failed', subState: 'failed', result: 'exit-code', exitStatus: 1 } as const;

describe('the words for a state', () => {
  test.each<[string, string, Given]>([
    ['running', web, { states: [state(web)], containers: [container(web)] }],
    ['failed (exit 1)', web, { states: [state(web, failed)] }],
    [
      'failed (killed by signal 9)',
      web,
      { states: [state(web, { ...failed, result: 'signal', exitStatus: 9 })] },
    ],
    ['failed (restarted too often)', web, { states: [state(web, { ...failed, result: 'start-limit-hit' })] }],
    ['failed (a command of its start failed)', web, { states: [state(web, { ...failed, exitStatus: 0 })] }],
    ['stopped', web, { states: [state(web, inactive)] }],
    ['starting', web, { states: [state(web, { activeState: 'activating', subState: 'start-pre' })] }],
    ['stopping', web, { states: [state(web, { activeState: 'deactivating', subState: 'stop' })] }],
    ['masked', web, { states: [state(web, { ...inactive, loadState: 'masked' })] }],
    ['not loaded', web, { states: [state(web, { ...inactive, loadState: 'not-found' })] }],
    ['not loaded', web, {}],
    [
      'restarting in 2 s (exit 1)',
      web,
      {
        states: [
          state(web, {
            ...failed,
            activeState: 'activating',
            subState: 'auto-restart',
            restartAt: now + 1500,
          }),
        ],
      },
    ],
    [
      'completed (exit 0)',
      'shop-migrate.service',
      { states: [state('shop-migrate.service', { subState: 'exited', exitStatus: 0 })] },
    ],
    [
      'completed (exit 0)',
      'shop-migrate.service',
      { states: [state('shop-migrate.service', { ...inactive, exitStatus: 0 })] },
    ],
    // With Restart=always only a stop by hand leaves a service inactive, whatever it exited with.
    ['stopped', web, { states: [state(web, { ...inactive, exitStatus: 0 })] }],
    ['paused', web, { states: [state(web)], containers: [container(web, { status: 'paused' })] }],
    [
      'healthy',
      'shop-db-healthy.service',
      { states: [state('shop-db-healthy.service', { subState: 'exited' })] },
    ],
    [
      'created',
      'shop-net-default.service',
      { states: [state('shop-net-default.service', { subState: 'exited' })] },
    ],
  ])('%s', (expected, name, given) => {
    expect(words(name, given)).toBe(expected);
  });

  test('every sub-state of a service, whether a job stops it or it has ended by itself', () => {
    const seen = (jobs: Record<string, string>, unit: string, facts: Partial<UnitState>): readonly string[] =>
      Object.entries(activeStateOf).map(([subState, activeState]) => {
        const one = state(unit, { ...facts, activeState, subState });
        return `${subState}: ${words(unit, { states: [one], jobs, containers: undefined })}`;
      });
    const died = { result: 'exit-code', exitStatus: 1 };
    const migrate = 'shop-migrate.service';
    const up = [
      'condition: starting',
      'start-pre: starting',
      'start: starting',
      'start-post: starting',
      'running: running',
    ];
    const taken = ['stop: stopping', 'stop-sigterm: stopping', 'stop-sigkill: stopping'];
    const again = [
      'dead-before-auto-restart: restarting (exit 1)',
      'failed-before-auto-restart: restarting (exit 1)',
      'auto-restart: restarting (exit 1)',
      'auto-restart-queued: restarting (exit 1)',
    ];
    const plain = ['active: running', 'waiting: starting'];
    expect(seen({ [web]: 'stop' }, web, {}).filter((line) => /^(stop|final)/.test(line))).toEqual([
      ...taken,
      'stop-post: stopping',
      'final-sigterm: stopping',
      'final-sigkill: stopping',
    ]);
    // Restart=always
    expect(seen({}, web, died)).toEqual([
      'dead: stopped',
      ...up,
      'exited: completed (exit 1)',
      ...taken,
      'stop-post: restarting (exit 1)',
      'final-sigterm: restarting (exit 1)',
      'final-sigkill: restarting (exit 1)',
      'failed: failed (exit 1)',
      ...again,
      ...plain,
    ]);
    // Restart=no
    const ending = (facts: Partial<UnitState>): readonly string[] =>
      seen({}, migrate, facts).filter((line) => /^(stop-post|final)/.test(line));
    expect(ending(died)).toEqual(
      ['stop-post', 'final-sigterm', 'final-sigkill'].map((name) => `${name}: failed (exit 1)`),
    );
    expect(ending({ result: 'success', exitStatus: 0 })[0]).toBe('stop-post: completed (exit 0)');
  });

  test('the unit it waits for is named by its service', () => {
    const jobs = {
      [web]: 'start',
      'shop-db-healthy.service': 'start',
      'shop-migrate-completed.service': 'start',
    };
    expect(words(web, { states: [state(web, inactive)], jobs })).toBe('waiting for db, migrate');
  });

  test('pulling its image comes before all other waits', () => {
    const image = state('shop-web-image.service', { activeState: 'activating', subState: 'start' });
    const jobs = { [web]: 'start', 'shop-web-image.service': 'start', 'shop-db-healthy.service': 'start' };
    expect(words(web, { states: [state(web, inactive), image], jobs })).toBe('pulling');
  });
});

describe('a contradiction between manager and Docker', () => {
  test.each<[string, Given]>([
    ['the unit is active, but there is no container shop-web', { states: [state(web)] }],
    [
      'the unit is active, but its container is exited',
      { states: [state(web)], containers: [container(web, { status: 'exited' })] },
    ],
    [
      'the unit is active, but container shop-web is not its own',
      { states: [state(web)], containers: [container(web, { labels: new Map() })] },
    ],
    [
      'the unit is inactive, but its container is running',
      { states: [state(web, inactive)], containers: [container(web)] },
    ],
  ])('%s', (mismatch, given) => {
    expect(status(web, given).mismatch).toBe(mismatch);
    expect(words(web, given)).toMatch(/ !$/);
  });

  test.each<[string, Given]>([
    ['Docker cannot be asked', { states: [state(web)], containers: undefined }],
    [
      'it is just being started',
      {
        states: [state(web, { activeState: 'activating', subState: 'start-post' })],
        containers: [container(web)],
      },
    ],
    [
      'a stranger has its container’s name while it is stopped',
      { states: [state(web, inactive)], containers: [container(web, { labels: new Map() })] },
    ],
  ])('none where %s', (_why, given) => {
    expect(status(web, given).mismatch).toBeNull();
  });
});

test('a network that is gone is reported for the services that need it, and for its own unit', () => {
  const unit = 'shop-net-default.service';
  const gone = [{ what: 'network', name: 'shop_default', unit, heldData: false }] as const;
  expect(status(web, { gone }).gone).toEqual(gone);
  expect(status(unit, { states: [state(unit)], gone })).toMatchObject({
    gone: [],
    mismatch: 'the unit is active, but network shop_default is gone',
  });
});

describe('at boot', () => {
  const target = (unitFileState: string): UnitState => state('shop.target', { unitFileState });

  test('a service starts by itself, or with its project', () => {
    expect(status(web, { states: [state(web, { unitFileState: 'enabled' })] }).enabled).toBe(true);
    expect(status(web, { states: [state(web), target('enabled')] }).enabled).toBe(true);
    expect(status(web, { states: [state(web), target('disabled')] }).enabled).toBe(false);
  });
});

test('all facts of a container and of the unit’s dependencies', () => {
  const ports = [{ hostIp: '0.0.0.0', hostPort: 8000, containerPort: 80, protocol: 'tcp' }];
  const given = {
    states: [state(web, { restarts: 3, dropIns: ['/etc/x.conf'] }), state('docker.service')],
    containers: [container(web, { health: 'healthy', ports })],
  };
  expect(status(web, given)).toMatchObject({
    project: 'shop',
    service: 'web',
    unit: web,
    container: 'shop-web',
    containerId: 'f00d',
    containerStatus: 'running',
    image: 'nginx:1',
    health: 'healthy',
    restarts: 3,
    since: '2025-01-31T08:00:00.000Z',
    unitFile: '/etc/systemd/system/shop-web.service',
    dropIns: ['/etc/x.conf'],
    ports,
  });
  expect(status(web, given).dependencies).toContainEqual({
    unit: 'docker.service',
    required: true,
    activeState: 'active',
    subState: 'running',
  });
});

test('the pin of an image is shown beside its name', () => {
  const pin = `nginx@sha256:${'0'.repeat(64)}`;
  const facts: Facts = {
    unitsByName: byName,
    states: statesOf(),
    jobs: new Map(),
    containers: new Map(),
    goneResources: [],
  };
  const pinned = { ...(byName.get(web) as InstalledUnit), pin };
  expect(statusOf(pinned, facts)).toMatchObject({ image: 'nginx:1', pin });
  expect(status(web, {}).pin).toBeNull();
});

test('ports open to all addresses are shown once, for IPv4 and IPv6', () => {
  const port = { hostPort: 8000, containerPort: 80, protocol: 'tcp' };
  const ports = [
    { ...port, hostIp: '0.0.0.0' },
    { ...port, hostIp: '::' },
    { ...port, hostIp: '127.0.0.1', hostPort: 53, protocol: 'udp' },
    { ...port, hostIp: '::1' },
  ];
  expect(portWords(ports)).toEqual(['8000→80/tcp', '127.0.0.1:53→80/udp', '[::1]:8000→80/tcp']);
});
