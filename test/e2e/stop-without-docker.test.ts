/**
 * A supervisor told to stop everything while Docker is away: it ends as soon as systemd would be
 * done with the same units, says what may run on, and the next one leaves nothing of it.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { bootSupervisedHost, type SupervisedHost } from './supervisor-on-host.ts';

const image = 'app:test';
/** A frozen engine takes up three of them a unit: ExecStop=, SIGTERM and ExecStopPost=. */
const stopSeconds = 3;
/** Two units one after the other; 5 s each for a kill that is not answered, and for the list at the end; and some more. */
const frozenSeconds = 2 * (3 * stopSeconds + 5) + 5 + 5;
const soon = {
  'x-systemd': { Service: { TimeoutStopSec: `${String(stopSeconds)}s` } },
  stop_grace_period: '1s',
};

const spec = {
  name: 'shop',
  services: {
    db: { image, ...soon },
    // Its stop takes as long as it may.
    web: { image, ...soon, command: ['ignore-term', 'forever'], depends_on: ['db'] },
    // Started by hand, and not enabled.
    extra: { image, ...soon },
  },
};

const freeze = 'kill -STOP $(pidof dockerd)';
const thaw = 'kill -CONT $(pidof dockerd)';
const kill = 'kill -9 $(pidof dockerd)';
const stop = 'service docker stop >/dev/null 2>&1';

describeHost('a supervisor that stops everything while Docker is away', () => {
  let supervised: SupervisedHost;
  beforeAll(async () => {
    supervised = await bootSupervisedHost('trixie');
    await supervised.host.sh('docker run -d --name mine app:test');
    await supervised.install(spec);
    await supervised.supervise();
    await supervised.verb('enable', 'web', 'db');
  });
  afterAll(async () => {
    await supervised[Symbol.asyncDispose]();
  });

  const untilStates = (wanted: Readonly<Record<string, string>>): Promise<unknown> =>
    supervised.host.until(
      JSON.stringify(wanted),
      () => supervised.states(),
      (seen) => Object.entries(wanted).every(([service, state]) => seen[service] === state),
      { deadline: 90_000 },
    );
  const containers = async (): Promise<readonly string[]> =>
    (await supervised.host.sh("docker ps --filter label=dockunit.unit --format '{{.Names}}'"))
      .split('\n')
      .sort();
  const startDocker = async (): Promise<void> => {
    const { host } = supervised;
    await host.sh('service docker start >/dev/null 2>&1 || /etc/init.d/docker restart >/dev/null 2>&1');
    await host.until(
      'docker is back',
      () => host.exec(['docker', 'version']),
      ({ exitCode }) => exitCode === 0,
    );
  };
  /** All three run, `extra` by hand. */
  const allUp = async (): Promise<void> => {
    await supervised.verb('start', 'web', 'db', 'extra');
    await untilStates({ db: 'active/running', web: 'active/running', extra: 'active/running' });
  };
  /** The last line of web's log ends so. */
  const untilLogged = (ending: string): Promise<unknown> =>
    supervised.host.until(
      ending,
      () => supervised.host.readFile('/var/log/dockunit/shop-web.service.log'),
      (text) => text.trimEnd().endsWith(ending),
    );
  /** What the supervisor said since the call, its exit code, and in how many seconds it ended. */
  const terminate = async (
    meanwhile?: () => Promise<unknown>,
  ): Promise<{ said: string; seconds: number }> => {
    const { host } = supervised;
    const before = (await host.readFile('/var/log/supervisor')).length;
    const begin = performance.now();
    await supervised.kill('TERM', meanwhile);
    const seconds = (performance.now() - begin) / 1000;
    return { said: (await host.readFile('/var/log/supervisor')).slice(before), seconds };
  };
  /** The enabled ones run again, the other one does not, and nothing is there twice. */
  const untilOnlyEnabledRun = async (): Promise<void> => {
    await supervised.supervise();
    await untilStates({ db: 'active/running', web: 'active/running' });
    await supervised.host.until(
      'extra is gone',
      containers,
      (seen) => seen.join(' ') === 'shop-db shop-web',
      { deadline: 60_000 },
    );
    expect((await supervised.states())['extra']).not.toMatch(/^(active|activating)/);
  };

  const allMayRunOn = /may still run: shop-db shop-extra shop-web$/m;

  it.each([
    ['killed', kill],
    ['stopped', stop],
  ])('%s: it ends at once', async (_how, fault) => {
    await allUp();
    await supervised.host.sh(fault);
    const { said, seconds } = await terminate();
    expect(seconds).toBeLessThan(10);
    if (fault === kill) {
      expect(said).toMatch(allMayRunOn);
      expect(said).toContain('docker rm --force shop-db shop-extra shop-web');
    }
    await startDocker();
    await untilOnlyEnabledRun();
  });

  it('killed in the middle of a stop: it ends at once', async () => {
    const { host } = supervised;
    await allUp();
    const { said, seconds } = await terminate(async () => {
      await untilLogged('stopping');
      await host.sh(kill);
    });
    expect(seconds).toBeLessThan(10);
    expect(said).toMatch(/may still run: .*shop-web/);
    await startDocker();
    await untilOnlyEnabledRun();
  });

  it('frozen: it ends by the timeouts of its units, and the next one stops what ran on', async () => {
    const { host } = supervised;
    await allUp();
    await host.sh(freeze);
    const { said, seconds } = await terminate();
    expect(seconds).toBeLessThan(frozenSeconds);
    expect(said).toMatch(allMayRunOn);
    await host.sh(thaw);
    await untilOnlyEnabledRun();
  });

  it('frozen for a while: what is left is removed when it is back', async () => {
    const { host } = supervised;
    await allUp();
    await host.sh(freeze);
    const { said } = await terminate(async () => {
      await untilLogged('failed: timeout');
      await host.sh(thaw);
    });
    expect(said).toContain('everything has stopped');
    expect(await containers()).toEqual(['']);
    await untilOnlyEnabledRun();
  });

  it('frozen before it began: it does not wait for Docker first', async () => {
    const { host } = supervised;
    await allUp();
    await host.sh(freeze);
    await supervised.kill('KILL');
    const told = (await host.readFile('/var/log/supervisor')).length;
    await supervised.launch();
    // It says nothing before it knows whether Docker answers, but its lock is there.
    await host.until(
      'it has the lock',
      () => host.exec(['sh', '-c', 'grep -qs "^$(cat /run/supervisor.pid) " /run/dockunit/lock.*']),
      ({ exitCode }) => exitCode === 0,
    );
    const { seconds } = await terminate();
    expect(seconds).toBeLessThan(frozenSeconds);
    expect((await host.readFile('/var/log/supervisor')).slice(told)).toMatch(allMayRunOn);
    await host.sh(thaw);
    await untilOnlyEnabledRun();
  });

  it('frozen, and told twice: it ends at once, and the next one continues where it was', async () => {
    const { host } = supervised;
    await allUp();
    await host.sh(freeze);
    const { seconds } = await terminate(() => supervised.kill('TERM'));
    expect(seconds).toBeLessThan(10);
    await host.sh(thaw);
    await untilOnlyEnabledRun();
  });

  it('killed while containers live on (live-restore): the next one stops what is not enabled', async () => {
    const { host } = supervised;
    await host.sh(
      `cd /etc/docker; node -e 'let o = {}; try { o = JSON.parse(require("fs").readFileSync("daemon.json")) } catch {}; ` +
        `console.log(JSON.stringify({ ...o, "live-restore": true }))' >new; mv new daemon.json; kill -HUP $(pidof dockerd)`,
    );
    await host.until(
      'live-restore',
      () => host.sh("docker info --format '{{.LiveRestoreEnabled}}'"),
      (seen) => seen === 'true',
    );
    await host.sh('docker start mine');
    await allUp();
    const [web, mine] = [await supervised.run('shop-web'), await supervised.run('mine')];
    await host.sh(kill);
    const { said, seconds } = await terminate();
    expect(seconds).toBeLessThan(10);
    expect(said).toMatch(allMayRunOn);
    await startDocker();
    expect(await supervised.run('shop-web')).toBe(web);
    await untilOnlyEnabledRun();
    expect(await supervised.run('mine')).toBe(mine);
  });

  it.each([
    ['the same supervisor', () => Promise.resolve()],
    [
      'the next one',
      async () => {
        await supervised.kill('KILL');
        await startDocker();
        await supervised.supervise();
      },
    ],
  ])('killed, and one unit stopped by hand: %s removes its container', async (_who, meanwhile) => {
    await allUp();
    await supervised.host.sh(kill);
    const begin = performance.now();
    await expect(supervised.verb('stop', 'extra')).rejects.toThrow('docker did not stop shop-extra');
    expect((performance.now() - begin) / 1000).toBeLessThan(10);
    expect((await supervised.states())['extra']).toBe('failed/failed');
    await meanwhile();
    await startDocker();
    await supervised.host.until(
      'extra is gone',
      containers,
      (seen) => seen.join(' ') === 'shop-db shop-web',
      { deadline: 60_000 },
    );
  });
});
