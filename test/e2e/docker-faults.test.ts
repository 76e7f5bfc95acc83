/** Faults of Docker under a supervisor with ten containers, on a host without systemd. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { bootTenContainers, type TenContainers } from './ten-containers.ts';

describeHost('ten containers on a host without systemd, and their Docker', () => {
  let supervised: TenContainers;
  beforeAll(async () => {
    supervised = await bootTenContainers();
  });
  afterAll(async () => {
    await supervised[Symbol.asyncDispose]();
  });
  afterEach(() => supervised.untilSettled());

  it('the event stream cut, also while something ends unheard', async () => {
    const { host } = supervised;
    const proxy =
      'socat UNIX-LISTEN:/run/proxy.sock,fork,unlink-early,backlog=128 UNIX-CONNECT:/var/run/docker.sock';
    const open = (): Promise<string> =>
      host.sh(`setsid ${proxy} >/dev/null 2>&1 </dev/null & echo $! >/run/proxy.pid`);
    const cut = (): Promise<string> => host.sh('kill -9 -$(cat /run/proxy.pid)');
    await supervised.expectUntouched(['metrics'], async () => {
      await open();
      await supervised.kill('KILL');
      await supervised.supervise('env', 'DOCKER_HOST=unix:///run/proxy.sock');
      await supervised.untilSettled();
      for (const kill of ['true', 'docker kill shop-metrics', 'docker rm -f shop-metrics']) {
        const before = await supervised.runOf('metrics');
        await cut();
        await host.until('told', supervised.reports, (text) =>
          /does not answer: waiting for it$/m.test(text),
        );
        await host.sh(kill);
        expect((await supervised.states())['metrics']).toBe('active/running');
        await open();
        if (kill !== 'true') await supervised.untilAnotherRun('metrics', before);
        await supervised.untilSettled();
      }
      await supervised.kill('KILL');
      await cut();
      await supervised.supervise();
    });
  });

  const stop = 'service docker stop >/dev/null 2>&1';
  const answers = (does: boolean): Promise<unknown> =>
    supervised.host.until(
      does ? 'docker is back' : 'docker is away',
      () => supervised.host.exec(['docker', 'version']),
      ({ exitCode }) => (exitCode === 0) === does,
      { deadline: 60_000 },
    );
  const start = async (): Promise<void> => {
    await supervised.host.sh(
      'service docker start >/dev/null 2>&1 || /etc/init.d/docker restart >/dev/null 2>&1',
    );
    await answers(true);
    await supervised.host.sh('docker start mine');
  };

  it('dockerd restarted: all that died with it runs again', async () => {
    await supervised.host.sh(stop);
    await start();
    await supervised.untilSettled();
  });

  it('dockerd stopped for a while, with verbs in the meantime', async () => {
    const { host } = supervised;
    await host.sh(stop);
    await answers(false);
    for (const verb of ['stop metrics', 'start metrics']) await host.sh(`timeout 6 dockunit ${verb} || true`);
    await start();
    await supervised.untilSettled();
    expect(await supervised.reports()).not.toContain('internal error');
  });

  it('with live-restore nothing is touched by a dockerd restarted, killed, or stopped for a while', async () => {
    const { host } = supervised;
    const merge =
      'const c = f => JSON.parse(require("fs").readFileSync(f)); let o = {}; try { o = c(process.argv[1]) } catch {}; console.log(JSON.stringify({ ...o, "live-restore": true }))';
    await host.sh(
      `cd /etc/docker; node -e '${merge}' daemon.json >new; mv new daemon.json; kill -HUP $(pidof dockerd)`,
    );
    await host.until(
      'live-restore',
      () => host.sh("docker info --format '{{.LiveRestoreEnabled}}'"),
      (seen) => seen === 'true',
    );
    await supervised.untilSettled();
    for (const fault of [stop, 'kill -9 $(pidof dockerd)'])
      await supervised.expectUntouched([], async () => {
        await host.sh(fault);
        await answers(false);
        expect((await supervised.states())['web']).toBe('active/running');
        await start();
      });
    // One that ends while the daemon is away is started again when it is back.
    const metrics = await supervised.runOf('metrics');
    const pid = await host.sh("docker inspect --format '{{.State.Pid}}' shop-metrics");
    await supervised.expectUntouched(['metrics'], async () => {
      await host.sh(stop);
      await answers(false);
      await host.sh(`kill -9 ${pid}`);
      await start();
      await supervised.untilAnotherRun('metrics', metrics);
    });
  });
});
