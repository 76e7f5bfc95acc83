import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DriveReport } from '../../src/jobs/run-jobs.ts';
import { describeEachRoot, describeHost } from './host-tier.ts';
import { makeImages } from './images.ts';
import { bootWithShop, dockunit, program, readStatus, succeed } from './shop-on-host.ts';
import type { ExecResult, Host } from './throwaway-host.ts';
import { show } from './units-on-host.ts';

describeEachRoot('enable, disable, start, stop and restart', (root) => {
  let host: Host;

  beforeAll(async () => {
    host = await bootWithShop({ root, init: 'systemd' });
    await makeImages(host, 'app');
  });

  afterAll(() => host.down());

  const status = (...names: readonly string[]): ReturnType<typeof readStatus> => readStatus(host, ...names);
  const activeState = async (unit: string): Promise<string> =>
    (await show(host, unit, 'ActiveState')).ActiveState;

  it('say how to begin where nothing is installed', async () => {
    const nothing = await dockunit(host, 'status');
    expect(nothing).toMatchObject({ exitCode: 0, stdout: '' });
    expect(nothing.stderr).toContain('install units first, where the Compose file is: dockunit apply');
    const start = await dockunit(host, 'start', 'web');
    expect(start.exitCode).toBe(2);
    expect(start.stderr).toContain('install it first: dockunit apply');
    await succeed(host, 'generate', '-o', '/etc/systemd/system');
  });

  it('enable makes the links it shows, and disable removes them', async () => {
    const links = ['multi-user.target.wants', 'docker.service.wants'].map(
      (folder) => `/etc/systemd/system/${folder}/shop-web.service`,
    );
    const { stderr } = await succeed(host, 'enable', 'web');
    for (const link of links) {
      expect(stderr).toContain(`created ${link} → /etc/systemd/system/shop-web.service\n`);
      expect(await host.sh(`readlink ${link}`)).toBe('/etc/systemd/system/shop-web.service');
    }
    expect(await host.sh('systemctl is-enabled shop-web')).toBe('enabled');
    expect((await succeed(host, 'enable', 'web')).stderr).toBe('shop-web.service is enabled already\n');
    const removed = (await succeed(host, 'disable', 'web')).stderr;
    for (const link of links) expect(removed).toContain(`removed ${link}\n`);
    expect((await host.exec(['systemctl', 'is-enabled', 'shop-web'])).stdout).toBe('disabled\n');
  });

  it('a project is enabled by its target, and status tells it of the services', async () => {
    await succeed(host, 'enable');
    expect(await host.sh('systemctl is-enabled shop.target')).toBe('enabled');
    expect((await status()).get('web')).toMatchObject({ enabled: true, unitFileState: 'disabled' });
    await succeed(host, 'disable');
    expect((await status()).get('web')).toMatchObject({ enabled: false });
  });

  it('a gate is not enabled: its service is named instead', async () => {
    const { exitCode, stderr } = await dockunit(host, 'enable', 'shop-db-healthy');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('dockunit enable db');
  });

  it('start pulls up what the service needs, and tells of each', async () => {
    const { stderr } = await succeed(host, 'start', 'web');
    for (const unit of ['shop-web', 'shop-db', 'shop-db-healthy', 'shop-migrate-completed']) {
      expect(await activeState(`${unit}.service`)).toBe('active');
    }
    expect(stderr).toMatch(
      /shop-db\.service: started .*\n(.*\n)*.*db is healthy .*\n(.*\n)*shop-web\.service: started /,
    );
    expect(await host.sh('curl --silent http://127.0.0.1:8000/')).toBe(
      await host.sh("docker inspect --format '{{.Config.Hostname}}' shop-web"),
    );
  });

  it('a failing service: why, its last lines, what to do, exit 1', async () => {
    const { exitCode, stderr } = await dockunit(host, 'start', 'bad');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error: shop-bad.service failed: exit 3\n');
    expect(stderr).toContain('│ no such table\n');
    expect(stderr).toContain('dockunit logs bad');
  });

  it('a dependency that failed is named, not what waited for it', async () => {
    const { exitCode, stdout } = await dockunit(host, 'start', '--json', 'needsbad');
    expect(exitCode).toBe(1);
    const report = JSON.parse(stdout) as DriveReport;
    expect(report.ok).toBe(false);
    expect(report.jobs).toContainEqual(
      expect.objectContaining({ unit: 'shop-needsbad.service', result: 'dependency' }),
    );
    expect(report.failures).toHaveLength(1);
    expect(report.failures[0]?.keepsDown).toContain('shop-needsbad.service');
    expect(report.failures[0]?.service).toBe('bad');
    expect(report.failures[0]?.log).toContain('no such table');
  });

  it('a service that systemd restarts again and again has not started', async () => {
    const { exitCode, stderr } = await dockunit(host, 'start', 'loops');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error: shop-loops\.service failed.*; it is being restarted\n/);
    expect(stderr).toContain('│ cannot bind\n');
    await succeed(host, 'stop', 'loops');
    expect(await activeState('shop-loops.service')).toBe('inactive');
  });

  it('starts by hand do not use up the start limit', async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const from = await host.sh('date +%s.%N');
      expect((await dockunit(host, 'start', 'limited')).exitCode).toBe(1);
      expect(
        (await host.exec(['journalctl', `--since=@${from}`, '-u', 'shop-limited', '-o', 'cat'])).stdout,
      ).toContain('Main process exited');
    }
    await succeed(host, 'stop', 'limited');
  });

  it('a service that shares the network of another project’s container is restarted with it', async () => {
    const tunnel = { image: 'app:test', container_name: 'tunnel', command: ['forever'] };
    const user = { image: 'app:test', network_mode: 'container:tunnel', command: ['forever'] };
    for (const [name, services] of Object.entries({ vpn: { tunnel }, side: { user } })) {
      await host.writeFile(`/srv/${name}/compose.yaml`, JSON.stringify({ name, services }));
      await host.sh(`cd /srv/${name} && node ${program} apply`);
    }
    const look = (format: string): Promise<string> =>
      host.sh(`docker inspect --format '${format}' tunnel side-user`);
    const before = await look('{{.Id}}');
    await host.sh(`kill -9 $(docker inspect --format '{{.State.Pid}}' tunnel)`);
    await host.until(
      'both are other containers, in one network namespace',
      async () => ({
        ids: await look('{{.Id}}'),
        namespaces: await host.sh(
          `for pid in $(docker inspect --format '{{.State.Pid}}' tunnel side-user); do readlink /proc/$pid/ns/net; done | sort -u`,
        ),
      }),
      ({ ids, namespaces }) =>
        ids.split('\n').every((id) => !before.includes(id)) && /^net:\S+$/.test(namespaces),
    );
    for (const name of ['side', 'vpn']) await host.sh(`cd /srv/${name} && node ${program} remove`);
  });

  it('start reads unit files that have changed', async () => {
    await host.sh('sed -i "s/^Description=.*/Description=changed/" /etc/systemd/system/shop-logger.service');
    await host.writeFile('/etc/systemd/system/shop-logger.service.d/nice.conf', '[Service]\nNice=5\n');
    await succeed(host, 'start', 'logger');
    expect(await show(host, 'shop-logger.service', 'Description', 'Nice', 'NeedDaemonReload')).toEqual({
      Description: 'changed',
      Nice: '5',
      NeedDaemonReload: 'no',
    });
    expect((await status('logger')).get('logger')?.dropIns).toEqual([
      '/etc/systemd/system/shop-logger.service.d/nice.conf',
    ]);
  });

  it('stop of a dependency stops what needs it first', async () => {
    const { stderr } = await succeed(host, 'stop', 'db');
    expect(stderr).toMatch(/shop-web\.service: stopped .*\n(.*\n)*shop-db\.service: stopped/);
    const entered = 'InactiveEnterTimestampMonotonic';
    const [web, db] = [
      await show(host, 'shop-web.service', entered),
      await show(host, 'shop-db.service', entered),
    ];
    expect(Number(web[entered])).toBeLessThan(Number(db[entered]));
    expect(await host.sh('docker ps --all --quiet --filter name=shop-web --filter name=shop-db')).toBe('');
    expect((await succeed(host, 'stop', 'db')).stderr).toBe('shop-db.service: was not running\n');
  });

  it('restart of a dependency ends when what needs it is back', async () => {
    await succeed(host, 'start', 'web');
    const before = await host.sh("docker inspect --format '{{.Id}}' shop-web shop-db");
    await succeed(host, 'restart', 'db');
    const after = await host.sh("docker inspect --format '{{.Id}}' shop-web shop-db");
    expect(after.split('\n')).toHaveLength(2);
    expect(after.split('\n').filter((id) => before.includes(id))).toEqual([]);
    expect((await status('web')).get('web')).toMatchObject({ state: 'running', mismatch: null });
  });

  it('a container that outlasts its grace is stopped, not failed', async () => {
    await succeed(host, 'start', 'deaf');
    await succeed(host, 'stop', 'deaf');
    expect((await status('deaf')).get('deaf')).toMatchObject({ state: 'stopped' });
  });

  it('stop of the project ends when all of it is down', async () => {
    await succeed(host, 'stop');
    expect(await host.sh('docker ps --quiet')).toBe('');
    expect(await host.sh('systemctl list-jobs --no-legend')).not.toContain('shop-');
  });

  it('a network that is gone is reported, and start creates it again, also for what is in a restart loop', async () => {
    await succeed(host, 'start', 'logger');
    await host.sh('docker network disconnect --force shop_default shop-logger');
    await host.sh('docker network rm shop_default && docker kill shop-logger');
    await host.until(
      'the service cannot start for lack of its network',
      () => host.journal('shop-logger.service'),
      (words) => words.includes('network shop_default not found'),
    );
    expect((await dockunit(host, 'status', 'logger')).stdout).toContain(
      '! network shop_default is gone → dockunit start logger creates it again\n',
    );
    const diff = await dockunit(host, 'diff', '--exit-code');
    expect(diff.exitCode).toBe(1);
    expect(diff.stdout).toContain('network shop_default is gone; apply creates it again\n');
    expect((await dockunit(host, 'doctor')).stdout).toContain('error: The network shop_default is gone;');
    const { stderr } = await succeed(host, 'start', 'logger');
    expect(stderr).toContain(
      'note: network shop_default is gone: shop-net-default.service creates it again\n',
    );
    const attached = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}';
    expect(await host.sh(`docker inspect --format '${attached}' shop-logger`)).toBe('shop_default');
    const id = await host.sh("docker inspect --format '{{.Id}}' shop-logger");
    expect((await succeed(host, 'start', 'logger')).stderr).not.toContain('gone');
    expect(await host.sh("docker inspect --format '{{.Id}}' shop-logger")).toBe(id);
    await succeed(host, 'stop');
  });

  it('start --no-block queues and returns; status tells what is waited for', async () => {
    const { stderr } = await succeed(host, 'start', '--no-block', 'web');
    expect(stderr).toBe('shop-web.service: start queued\n');
    const seen = (await status()).get('web');
    expect(['waiting', 'pulling', 'starting']).toContain(seen?.state);
    await host.until(
      'web is running',
      async () => (await status()).get('web')?.state,
      (state) => state === 'running',
    );
  });

  it('SIGINT ends the waiting, and the jobs continue', async () => {
    await succeed(host, 'stop');
    const interrupted = `cd /srv/shop; node ${program} start web & pid=$!
      until systemctl list-jobs --no-legend | grep -q 'shop-web.service'; do sleep 0.02; done
      kill -INT $pid
      wait $pid`;
    const { exitCode, stderr } = await host.exec(['timeout', '60', 'sh', '-c', interrupted]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the jobs continue in the background');
    await host.until(
      'web is active',
      () => activeState('shop-web.service'),
      (state) => state === 'active',
    );
  });

  it('a name nothing goes by: exit 2, and the one that was meant', async () => {
    const { exitCode, stderr } = await dockunit(host, 'start', 'wbe');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean web?');
  });

  it('a unit that is not ours is left alone', async () => {
    const { exitCode, stderr } = await dockunit(host, 'stop', 'docker');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('use systemctl for it');
    expect(await activeState('docker.service')).toBe('active');
  });

  it('a user’s services: their own units, and a warning where the user does not linger', async () => {
    await host.sh('useradd --create-home joe');
    const asJoe = (command: string): Promise<ExecResult> =>
      host.exec(['su', '--login', 'joe', '-c', `cd /srv/shop && ${command}`]);
    const units = '~/.config/systemd/user';
    const generated = await asJoe(`mkdir -p ${units} && node ${program} generate --user -o ${units}`);
    expect(generated).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await asJoe(`node ${program} enable --user web`);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).toContain('created /home/joe/.config/systemd/user/default.target.wants/shop-web.service');
    expect(stderr).toContain('sudo loginctl enable-linger joe');
    const refused = await asJoe(`node ${program} start web`);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/→ run dockunit as root/i);
  });
});

describeHost('the driving verbs without systemd', () => {
  let host: Host;
  beforeAll(async () => {
    host = await bootWithShop({ root: 'bookworm', init: 'plain' });
  });
  afterAll(() => host.down());

  it.each(['enable', 'disable', 'start', 'stop', 'restart', 'status'])(
    '%s says that there is none and what to do',
    async (verb) => {
      const { exitCode, stdout, stderr } = await dockunit(host, verb);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^error: No supervisor runs on this host\n→ Start one: dockunit supervise.*\n$/);
    },
  );
});
