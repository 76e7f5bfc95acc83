/** Faults of the supervisor, its disk, its clock and its containers: ten of them on a host without systemd. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { bootTenContainers, type TenContainers } from './ten-containers.ts';

describeHost('ten containers on a host without systemd', () => {
  let supervised: TenContainers;
  beforeAll(async () => {
    supervised = await bootTenContainers();
  });
  afterAll(async () => {
    await supervised[Symbol.asyncDispose]();
  });
  afterEach(() => supervised.untilSettled());

  it('kill -9 at random moments of random work: nothing has changed, and nothing else touched', async () => {
    const work = [
      'dockunit restart db',
      'dockunit stop cache; dockunit start api cache',
      'docker kill shop-web shop-cache',
      'dockunit restart shop-cache.service',
      'docker rm -f shop-db',
      'dockunit restart web & dockunit restart cache',
    ];
    await supervised.expectUntouched(['db', 'web', 'proxy', 'cache', 'api'], async () => {
      for (const [index, script] of work.entries()) {
        const wait = ((index * 7919) % 20) / 10 + 0.1;
        await supervised.host.sh(`{ ${script}; } >/dev/null 2>&1 & sleep ${String(wait)}`);
        await supervised.kill('KILL');
        await supervised.supervise();
        // A stop may have been taken in before the start that was to follow was asked for.
        await supervised.verb('start', 'api', 'cache', 'proxy');
        await supervised.untilSettled();
      }
    });
  });

  it('a container killed, and one killed for lack of memory', async () => {
    const [metrics, eater] = [await supervised.runOf('metrics'), await supervised.runOf('eater')];
    await supervised.expectUntouched(['metrics', 'eater'], async () => {
      await supervised.host.sh('docker kill shop-metrics; docker exec shop-eater touch /tmp/eat');
      await supervised.untilAnotherRun('metrics', metrics);
      await supervised.untilAnotherRun('eater', eater);
    });
    expect(await supervised.log('eater')).toContain('out of memory');
  });

  it('a container paused turns unhealthy and is left alone; unpaused and unhealthy it is restarted', async () => {
    const { host } = supervised;
    const mail = await supervised.runOf('mail');
    const health = (): Promise<string> =>
      host.sh("docker inspect --format '{{.State.Health.Status}}' shop-mail");
    await supervised.expectUntouched([], async () => {
      await host.sh('docker pause shop-mail');
      await host.until('unhealthy', health, (seen) => seen === 'unhealthy', { deadline: 60_000 });
      await host.until(
        'noticed',
        () => host.readFile('/var/log/dockunit/shop-mail-watch.service.log'),
        (seen) => seen.includes('but paused: left alone'),
      );
      expect((await supervised.states())['mail']).toBe('active/running');
      expect(await supervised.runOf('mail')).toBe(mail);
      await host.sh('docker unpause shop-mail');
      // Still called unhealthy at first, which is no reason to restart it.
      await host.until('healthy', health, (seen) => seen === 'healthy', { deadline: 60_000 });
    });
    await supervised.expectUntouched(['mail'], async () => {
      await host.sh('docker exec shop-mail rm /tmp/healthy');
      await supervised.untilAnotherRun('mail', mail);
    });
  });

  it('an image removed while its service is stopped: the start says so, and works when it is back', async () => {
    const { host } = supervised;
    await supervised.expectUntouched([], async () => {
      await host.sh('docker rmi idle:test');
      await supervised.verb('start', 'idle').then(
        () => expect.unreachable('it cannot start'),
        (error: unknown) => {
          expect(String(error)).toMatch(/idle:test/);
        },
      );
      await host.sh('docker tag app:test idle:test');
      await host.until(
        'idle runs',
        () => supervised.states(),
        ({ idle }) => idle === 'active/running',
        { deadline: 60_000 },
      );
      await supervised.verb('stop', 'idle');
    });
  });

  it('no room for journal and logs: units run on, and what happened is written when there is room', async () => {
    const { host } = supervised;
    const places = ['/var/lib/dockunit', '/var/log/dockunit'];
    const runtime = '/run/dockunit';
    await supervised.expectUntouched(['metrics', 'mail'], async () => {
      await supervised.kill('KILL');
      for (const place of [...places, runtime])
        await host.sh(
          `cp -a ${place} /run/kept; mount -t tmpfs -o size=2m none ${place}; cp -a /run/kept/. ${place}; rm -r /run/kept`,
        );
      await supervised.supervise();
      await supervised.untilSettled();
      const fill = (place: string): Promise<string> =>
        host.sh(`dd if=/dev/zero of=${place}/filler bs=4k >/dev/null 2>&1 || true`);
      for (const place of places) await fill(place);
      for (const verb of ['start', 'stop']) {
        const before = await supervised.runOf('metrics');
        await host.sh('docker kill shop-metrics');
        await supervised.untilAnotherRun('metrics', before);
        await supervised.verb(verb, 'idle');
      }
      await host.until('told', supervised.reports, (text) =>
        text.includes('the disk does not take the journal'),
      );
      // What must not be lost is refused rather than forgotten.
      await supervised.verb('enable', 'metrics').then(
        () => expect.unreachable('it cannot be recorded'),
        (error: unknown) => {
          expect(String(error)).toMatch(/journal/);
        },
      );
      // One that begins with no room takes over what runs, leaves down what was stopped by hand, and says it too.
      await supervised.verb('stop', 'mail');
      await supervised.kill('KILL');
      const told = (await supervised.reports()).length;
      await supervised.supervise();
      expect((await supervised.states())['mail']).toBe('inactive/dead');
      await supervised.verb('start', 'mail');
      await supervised.untilSettled();
      await host.until('told again', supervised.reports, (text) =>
        text.slice(told).includes('the disk does not take the journal'),
      );
      // With no room anywhere a stop would be forgotten: it is told.
      await fill(runtime);
      let refusal = '';
      // The page it has begun takes a few records more.
      for (let round = 0; round < 10 && refusal === ''; round += 1) {
        await supervised.verb('start', 'idle');
        refusal = await supervised.verb('stop', 'idle').then(() => '', String);
      }
      expect(refusal).toContain('no disk takes the journal');
      for (const place of [...places, runtime]) await host.sh(`rm ${place}/filler`);
      await host.until('written', supervised.reports, (text) =>
        text.includes('the journal is written again'),
      );
      await host.sh('docker exec shop-db true; docker kill shop-metrics');
      await host.until(
        'logged',
        () => supervised.log('metrics'),
        (text) => text.includes('lines are lost'),
        {
          deadline: 60_000,
        },
      );
      await supervised.untilSettled();
      await supervised.kill('KILL');
      await supervised.supervise();
    });
    expect(await supervised.reports()).not.toContain('the journal is damaged');
  });

  it('ten thousand malformed messages while things run', async () => {
    const { host } = supervised;
    const script = `
      const net = require('node:net');
      const bad = ['{', 'null', '[]', '{"id":1}', '{"id":1,"method":"run","verb":"explode","units":[7]}', '\\0\\0', 'x'.repeat(3000),
        '{"id":{},"method":"version"}', '{"id":1,"method":"__proto__"}', '{"__proto__":{"id":1}}', '\\ufffd'];
      let sent = 0;
      const one = () => new Promise((resolve) => {
        const socket = net.connect('/run/dockunit/control.sock', () => {
          for (let i = 0; i < 50; i += 1, sent += 1) socket.write(bad[sent % bad.length] + '\\n');
        });
        socket.on('error', () => undefined).on('close', resolve).resume();
        setTimeout(() => socket.destroy(), 500);
      });
      (async () => {
        while (sent < 10000) await Promise.all(Array.from({ length: 20 }, one));
        console.log(sent);
      })();`;
    const metrics = await supervised.runOf('metrics');
    const pid = (await host.readFile('/run/supervisor.pid')).trim();
    await supervised.expectUntouched(['metrics'], async () => {
      await host.writeFile('/tmp/malformed.cjs', script);
      const sending = host.sh('node /tmp/malformed.cjs');
      await host.sh('docker kill shop-metrics');
      await supervised.untilAnotherRun('metrics', metrics);
      expect(Number(await sending)).toBeGreaterThanOrEqual(10_000);
    });
    expect(await host.sh(`test -e /proc/${pid} && echo same`)).toBe('same');
    expect(await supervised.reports()).not.toContain('internal error');
  });

  it('many supervisors at once: one runs', async () => {
    const { host } = supervised;
    await supervised.expectUntouched([], async () => {
      await supervised.kill('KILL');
      await host.sh(
        'for i in 1 2 3 4; do setsid dockunit supervise >/run/rival.$i 2>&1 </dev/null & echo $! >/run/rival.$i.pid; done',
      );
      await host.until(
        'three have given up',
        () => host.sh('cat /run/rival.? | grep -c "A supervisor runs already" || true'),
        (count) => count === '3',
        { deadline: 60_000 },
      );
      await host.sh(
        'for i in 1 2 3 4; do grep -q "runs already" /run/rival.$i || cp /run/rival.$i.pid /run/supervisor.pid; done',
      );
      await supervised.untilSettled();
    });
  });

  it('the clock of a supervisor is not that of the one before', async () => {
    const { host } = supervised;
    const metrics = await supervised.runOf('metrics');
    await supervised.expectUntouched(['metrics'], async () => {
      for (const clock of ['1000000', '-100']) {
        await supervised.kill('KILL');
        await supervised.supervise('unshare', '--time', `--monotonic=${clock}`);
        await supervised.untilSettled();
      }
      await host.sh('docker kill shop-metrics');
      await supervised.untilAnotherRun('metrics', metrics);
      await supervised.kill('KILL');
      await supervised.supervise();
    });
  });
});
