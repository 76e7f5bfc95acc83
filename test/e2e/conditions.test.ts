import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { appHealthTest, makeImages } from './images.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { containerTimes, installSpec, show, untilNoJobs, untilRunning } from './units-on-host.ts';

const image = 'app:test';
const health = { test: appHealthTest, interval: '1s', timeout: '1s', retries: 2 };
const healthy = { condition: 'service_healthy' };
const completed = { condition: 'service_completed_successfully' };

/** A migration, a database that is slow to become healthy, an app that waits for both, a proxy before it. */
const shop = {
  name: 'shop',
  services: {
    migrate: { image, command: ['say=migrating', 'sleep=1', 'exit=0'] },
    db: { image, command: ['sleep=2', 'healthy', 'forever'], healthcheck: health, stop_grace_period: '2s' },
    app: {
      image,
      command: ['healthy', 'forever'],
      healthcheck: health,
      stop_grace_period: '2s',
      depends_on: {
        migrate: completed,
        db: healthy,
        cache: { condition: 'service_started', required: false },
      },
    },
    proxy: {
      image,
      command: ['forever'],
      stop_grace_period: '2s',
      depends_on: { app: { ...healthy, restart: true } },
    },
  },
};

const running = {
  'shop-db.service': 'shop-db',
  'shop-app.service': 'shop-app',
  'shop-proxy.service': 'shop-proxy',
};

describeEachRoot('the conditions of depends_on', (root) => {
  let host: Host;

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await makeImages(host, 'app');
  });
  afterAll(() => host.down());
  beforeEach(() => host.sh('systemctl reset-failed'));

  const restartedFrom = (container: string): Promise<string> =>
    host.sh(`docker inspect --format {{.Id}} ${container}`);

  const expectOrder = async (): Promise<void> => {
    const [migrate, db, app, proxy] = await Promise.all(
      ['shop-migrate', 'shop-db', 'shop-app', 'shop-proxy'].map((name) => containerTimes(host, name)),
    );
    expect(app?.started).toBeGreaterThan(migrate?.finished ?? Infinity);
    expect(app?.started).toBeGreaterThan(db?.healthy ?? Infinity);
    expect(proxy?.started).toBeGreaterThan(app?.healthy ?? Infinity);
  };

  describe('of a shop', () => {
    beforeAll(() => installSpec(host, shop));

    it('hold at the first start, with nothing restarted', async () => {
      await host.sh('systemctl start shop-proxy');
      await untilRunning(host, running, 1_000);
      await expectOrder();
      for (const unit of [...Object.keys(running), 'shop-migrate.service']) {
        expect(await show(host, unit, 'NRestarts', 'Result')).toEqual({ NRestarts: '0', Result: 'success' });
        expect(await host.journal(unit)).not.toMatch(/error|fail|cannot/i);
      }
      expect(await show(host, 'shop-migrate', 'ActiveState', 'SubState')).toEqual({
        ActiveState: 'active',
        SubState: 'exited',
      });
    });

    it('hold after the database crashed, and only then does the app come back', async () => {
      const before = await restartedFrom('shop-app');
      await host.sh('kill -9 $(docker inspect --format {{.State.Pid}} shop-db)');
      await host.until(
        'a new app',
        () => restartedFrom('shop-app'),
        (id) => id !== before,
      );
      await untilNoJobs(host);
      await untilRunning(host, running);
      await expectOrder();
    });

    it('restart the proxy when the app crashed', async () => {
      const before = await restartedFrom('shop-proxy');
      await host.sh('kill -9 $(docker inspect --format {{.State.Pid}} shop-app)');
      await host.until(
        'a new proxy',
        () => restartedFrom('shop-proxy'),
        (id) => id !== before,
      );
      await untilNoJobs(host);
      await untilRunning(host, running);
      await expectOrder();
    });

    it('let the proxy crash alone', async () => {
      const app = await restartedFrom('shop-app');
      const proxy = await restartedFrom('shop-proxy');
      await host.sh('kill -9 $(docker inspect --format {{.State.Pid}} shop-proxy)');
      await host.until(
        'a new proxy',
        () => restartedFrom('shop-proxy'),
        (id) => id !== proxy,
      );
      await untilRunning(host, running);
      expect(await restartedFrom('shop-app')).toBe(app);
    });

    it('do not run the migration again when the app restarts', async () => {
      const before = await restartedFrom('shop-migrate');
      await host.sh('systemctl restart shop-app');
      await untilRunning(host, running);
      expect(await restartedFrom('shop-migrate')).toBe(before);
    });

    it('hold after a reboot', async () => {
      await host.sh('systemctl enable shop.target && sync');
      await host.reboot();
      await untilNoJobs(host);
      await untilRunning(host, running);
      await expectOrder();
    });

    it('hold after a restart of docker', async () => {
      const before = await restartedFrom('shop-proxy');
      await host.sh('systemctl restart docker');
      await host.until(
        'a new proxy',
        () => restartedFrom('shop-proxy'),
        (id) => id !== before,
        { deadline: 60_000 },
      );
      await untilNoJobs(host);
      await untilRunning(host, running);
      await expectOrder();
    });

    it('stop everything with the target, the proxy first', async () => {
      // systemctl waits for the job it was asked for alone, and the target itself stops first of all.
      await host.sh('systemctl disable shop.target && systemctl stop shop.target');
      await untilNoJobs(host);
      expect(await host.sh('docker ps --quiet')).toBe('');
      const proxy = await show(host, 'shop-proxy', 'InactiveEnterTimestampMonotonic');
      const db = await show(host, 'shop-db', 'ActiveExitTimestampMonotonic');
      expect(Number(db.ActiveExitTimestampMonotonic)).toBeGreaterThanOrEqual(
        Number(proxy.InactiveEnterTimestampMonotonic),
      );
    });
  });

  it('keep the app down where the migration fails, which is not run twice', async () => {
    await installSpec(host, {
      name: 'broken',
      services: {
        migrate: { image, command: ['sleep=0.2', 'exit=3'] },
        app: { image, command: ['forever'], depends_on: { migrate: completed } },
      },
    });
    expect((await host.exec(['systemctl', 'start', 'broken-app'])).exitCode).not.toBe(0);
    await untilNoJobs(host);
    expect((await show(host, 'broken-app', 'ActiveState')).ActiveState).toBe('inactive');
    const migrate = await show(host, 'broken-migrate', 'ActiveState', 'NRestarts', 'ExecMainStatus');
    expect(migrate).toEqual({ ActiveState: 'failed', NRestarts: '0', ExecMainStatus: '3' });
  });

  it('let a migration that may be retried complete at a later try', async () => {
    await installSpec(host, {
      name: 'retried',
      services: {
        migrate: {
          image,
          command: ['fail-first=2', 'say=migrated'],
          restart: 'on-failure:5',
          volumes: ['state:/data'],
        },
        app: { image, command: ['forever'], depends_on: { migrate: completed }, stop_grace_period: '1s' },
      },
      volumes: { state: {} },
    });
    await host.exec(['systemctl', 'start', 'retried-app']);
    await host.exec(['systemctl', 'start', 'retried-app']);
    await untilRunning(host, { 'retried-app.service': 'retried-app' });
    expect(await host.journal('retried-migrate.service')).toContain('migrated');
  });

  it('hold back while the dependency’s container is made and not started yet, as in a restart', async () => {
    await host.sh('docker create --name made --health-cmd true app:test forever');
    const script = '/etc/systemd/system/retried-run.sh';
    const { exitCode, stderr } = await host.exec(['/bin/sh', script, 'await-healthy', 'made', '2']);
    expect({ exitCode, stderr: stderr.trim() }).toEqual({ exitCode: 1, stderr: 'made is not healthy' });
  });

  it('bring the app up by itself once a late dependency is healthy', async () => {
    await installSpec(host, {
      name: 'late',
      services: {
        db: {
          image,
          command: ['forever'],
          healthcheck: { ...health, interval: '500ms' },
          stop_grace_period: '1s',
        },
        app: { image, command: ['forever'], depends_on: { db: healthy }, stop_grace_period: '1s' },
      },
    });
    await host.sh('systemctl start --no-block late-app');
    await host.until(
      'the first attempt given up',
      () => show(host, 'late-app', 'NRestarts'),
      ({ NRestarts }) => Number(NRestarts) > 0,
      { deadline: 90_000, every: 500 },
    );
    expect((await host.exec(['docker', 'inspect', 'late-app'])).exitCode).not.toBe(0);
    await host.sh('docker exec late-db touch /tmp/healthy');
    await untilRunning(host, { 'late-app.service': 'late-app' });
  });

  it('restart a container that turns unhealthy where the service asks for it, but not a paused one', async () => {
    await installSpec(host, {
      name: 'watched',
      services: {
        app: {
          image,
          command: ['healthy', 'forever'],
          healthcheck: { ...health, interval: '500ms' },
          stop_grace_period: '1s',
          'x-dockunit': { on_unhealthy: 'restart' },
        },
      },
    });
    await host.sh('systemctl start watched-app');
    const first = await restartedFrom('watched-app');
    const healthOf = (): Promise<string> =>
      host.sh('docker inspect --format {{.State.Health.Status}} watched-app');
    await host.until('a healthy app', healthOf, (status) => status === 'healthy');
    await host.sh('docker pause watched-app');
    // Docker calls a paused container unhealthy at once, without an event; one that is looked at is left alone.
    await host.until('a paused app called unhealthy', healthOf, (status) => status === 'unhealthy');
    await host.sh('systemctl restart watched-app-watch');
    await host.until(
      'the watcher’s word',
      () => host.journal('watched-app-watch.service'),
      (journal) => journal.includes('unhealthy, but paused'),
    );
    expect(await restartedFrom('watched-app')).toBe(first);
    await host.sh('docker unpause watched-app');
    await host.until('a healthy app', healthOf, (status) => status === 'healthy');
    await host.sh('docker exec watched-app rm /tmp/healthy');
    await host.until(
      'a new app',
      () => restartedFrom('watched-app'),
      (id) => id !== first,
    );
    await untilRunning(host, { 'watched-app.service': 'watched-app' });
    expect(await host.journal('watched-app-watch.service')).toContain(
      'watched-app is unhealthy: restarting it',
    );
    await host.sh('systemctl stop watched-app');
    expect((await show(host, 'watched-app-watch', 'ActiveState')).ActiveState).toBe('inactive');
  });

  it('hold back what is on a disk that is mounted late, and start it there', async () => {
    const device = '/mnt/tank';
    await installSpec(host, {
      name: 'disk',
      services: {
        direct: { image, command: ['forever'], volumes: [`${device}:/data`], stop_grace_period: '1s' },
        volume: { image, command: ['forever'], volumes: ['bound:/data'], stop_grace_period: '1s' },
      },
      volumes: { bound: { driver_opts: { type: 'none', o: 'bind', device } } },
    });
    const gate = 'DefaultDependencies=no\nRequires=slow-disk.service\nAfter=slow-disk.service';
    const wait = 'while ! [ -e /run/disk-is-here ]; do sleep 0.1; done';
    await host.sh(`mkdir -p ${device}; cd /etc/systemd/system
      printf '[Unit]\n${gate}\n[Mount]\nWhat=tmpfs\nType=tmpfs\nWhere=${device}\n' >mnt-tank.mount
      printf "[Service]\nType=oneshot\nExecStart=/bin/sh -c '${wait}'\n" >slow-disk.service
      systemctl daemon-reload; systemctl start --no-block disk-direct disk-volume`);
    const jobs = (): Promise<string> => host.sh('systemctl list-jobs --no-legend');
    await host.until('the disk is waited for', jobs, (text) => /slow-disk.service +start running/.test(text));
    // All that does not wait for the disk has come to its end by then.
    const waiting = /^\d+ (?:disk-(?:direct|volume|vol-bound)\.service|mnt-tank\.mount) +start waiting$/;
    const held = (text: string): readonly string[] =>
      text.split('\n').filter((line) => waiting.test(line.trim().replace(/ +/g, ' ')));
    await host.until('all that is on it waits', jobs, (text) => held(text).length === 4);
    expect(await host.sh('docker ps --all --quiet --filter label=dockunit.project=disk')).toBe('');
    await host.sh('touch /run/disk-is-here');
    await untilRunning(host, { 'disk-direct.service': 'disk-direct', 'disk-volume.service': 'disk-volume' });
    for (const container of ['disk-direct', 'disk-volume']) {
      const pid = `$(docker inspect --format {{.State.Pid}} ${container})`;
      expect(await host.sh(`grep ' /data ' /proc/${pid}/mountinfo`)).toMatch(/ - tmpfs /);
    }
    await host.sh('systemctl stop disk.target');
    await untilNoJobs(host);
  });

  it('give a container that ignores SIGTERM its grace and no more, at a shutdown too', async () => {
    await installSpec(host, {
      name: 'deaf',
      services: { app: { image, command: ['ignore-term', 'forever'], stop_grace_period: '2s' } },
    });
    await host.sh('systemctl start deaf-app');
    const begin = Date.now();
    await host.sh('systemctl stop deaf-app');
    expect(Date.now() - begin).toBeGreaterThan(1_900);
    expect(Date.now() - begin).toBeLessThan(8_000);
    await host.sh('systemctl start deaf-app');
    const shutdown = Date.now();
    await host.reboot();
    // Shutdown and boot together; a shutdown that waits for TimeoutStopSec alone takes longer.
    expect(Date.now() - shutdown).toBeLessThan(20_000);
  });
});
