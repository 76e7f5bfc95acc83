import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DriveReport } from '../../src/jobs/run-jobs.ts';
import type { ResetReport } from '../../src/commands/reset-failed.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { bootWithShop, dockunit, program, readStatus, succeed } from './shop-on-host.ts';
import type { ExecResult, Host } from './throwaway-host.ts';

describeEachRoot('the verbs where there is no systemd', (root) => {
  let host: Host;

  beforeAll(async () => {
    host = await bootWithShop({ root, init: 'plain' });
    await makeImages(host, 'app');
    await succeed(host, 'generate', '-o', '/etc/systemd/system');
  });
  afterAll(() => host.down());

  const containerOf = (service: string): Promise<string> =>
    host.sh(`docker inspect --format '{{.Id}} {{.State.StartedAt}}' shop-${service}`);
  const answers = (): Promise<ExecResult> => dockunit(host, 'status', 'web');
  const service = (verb: string): Promise<ExecResult> => host.exec(['/etc/init.d/dockunit', verb]);
  const supervisor = (): Promise<string> => host.sh('cat /proc/$(cat /run/dockunit.pid)/task/*/children');

  it('say how to start a supervisor where none runs', async () => {
    const { exitCode, stderr } = await dockunit(host, 'start', 'web');
    expect([exitCode, stderr]).toEqual([
      1,
      'error: No supervisor runs on this host\n' +
        '→ Start one: dockunit supervise, or with every boot: dockunit supervise --install\n',
    ]);
  });

  it('supervise --install makes the script that starts it', async () => {
    // As OpenSSH's package has it, wherever it is installed: no sign of runit.
    await host.sh('mkdir -p /etc/runit/runsvdir/default /etc/sv/ssh');
    const { stdout, stderr } = await succeed(host, 'supervise', '--install');
    expect(stdout).toMatch(/^created +\/etc\/init\.d\/dockunit$/m);
    expect(stderr).toBe('Next: /etc/init.d/dockunit start\n');
    expect((await service('status')).exitCode).toBe(3);
    expect(await service('start')).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await service('status')).stdout).toMatch(/^dockunit runs \(process \d+\)$/m);
    expect((await service('start')).stdout).toContain('runs already');
    expect(await host.sh('stat -c "%a %n" /run/dockunit /run/dockunit/control.sock')).toBe(
      '700 /run/dockunit\n600 /run/dockunit/control.sock',
    );
    const second = await dockunit(host, 'supervise');
    expect(second).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('runs already') as string });
  });

  it('enable --now starts a service after what it depends on, and tells of it', async () => {
    const { stderr } = await succeed(host, 'enable', '--now', 'web');
    const steps = ['db.service: started', 'db-healthy.service', 'web.service: started'].map((step) =>
      stderr.indexOf(`shop-${step}`),
    );
    expect(steps).not.toContain(-1);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    const states = await readStatus(host);
    expect(states.get('web')).toMatchObject({ state: 'running', enabled: true, mismatch: null });
    expect(states.get('db')).toMatchObject({ state: 'running', health: 'healthy', enabled: false });
    expect(states.get('migrate')).toMatchObject({ state: 'completed' });
    expect((await succeed(host, 'status', 'web')).stdout).toContain('hello from web');
  });

  it('logs are those of files', async () => {
    const { stdout } = await succeed(host, 'logs', 'db');
    expect(stdout).toContain('hello from db');
    const [record] = (await succeed(host, 'logs', '--json', '-n', '1', 'db')).stdout.split('\n');
    expect(JSON.parse(record ?? '')).toMatchObject({
      unit: expect.stringMatching(/^shop-db/) as string,
      service: 'db',
    });
  });

  it('start says what failed, why, and what to do', async () => {
    const { exitCode, stdout, stderr } = await dockunit(host, 'start', '--json', 'needsbad');
    expect(exitCode).toBe(1);
    const report = JSON.parse(stdout) as DriveReport;
    expect(report.failures).toMatchObject([{ service: 'bad', reason: 'exit 3' }]);
    expect(stderr).toContain('no such table');
    const reset = JSON.parse(
      (await succeed(host, 'reset-failed', '--json', 'needsbad')).stdout,
    ) as ResetReport;
    expect(reset.units).toContain('shop-bad.service');
    expect((await readStatus(host)).get('bad')).toMatchObject({ state: 'stopped', activeState: 'inactive' });
  });

  it('restart makes a new container, and stop takes down what requires it', async () => {
    const before = await containerOf('web');
    await succeed(host, 'restart', 'web');
    expect(await containerOf('web')).not.toBe(before);
    await succeed(host, 'stop', 'db');
    const states = await readStatus(host);
    for (const name of ['db', 'web']) expect(states.get(name)).toMatchObject({ state: 'stopped' });
    await succeed(host, 'start', 'web');
  });

  it('reload takes in what changed, and touches nothing that runs', async () => {
    const before = await containerOf('web');
    await host.sh('sed -i "s/^Description=.*/Description=changed/" /etc/systemd/system/shop-web.service');
    expect((await succeed(host, 'reload')).stderr).toBe('The manager has read the unit files again.\n');
    expect((await service('reload')).exitCode).toBe(0);
    expect(await containerOf('web')).toBe(before);
  });

  it('another user is refused', async () => {
    const { exitCode, stderr } = await host.exec([
      'runuser',
      '-u',
      'nobody',
      '--',
      'node',
      program,
      'status',
    ]);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining('permission denied\n→ Run dockunit as root'),
    ]);
  });

  it('a supervisor that is killed is started again, and takes over what runs', async () => {
    const [web, db] = [await containerOf('web'), await containerOf('db')];
    const killed = await supervisor();
    await host.sh(`kill -KILL ${killed}`);
    await host.until('another answers', answers, ({ exitCode }) => exitCode === 0);
    expect(await supervisor()).not.toBe(killed);
    expect([await containerOf('web'), await containerOf('db')]).toEqual([web, db]);
    expect((await readStatus(host)).get('web')).toMatchObject({ state: 'running', enabled: true });
  });

  it('SIGTERM stops everything in reverse order', async () => {
    const since = await host.sh('date +%s');
    expect(await service('stop')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await host.sh('docker ps --quiet')).toBe('');
    const died = await host.sh(
      `docker events --since ${since} --until "$(($(date +%s) + 1))" --filter event=die --format '{{.Actor.Attributes.name}}'`,
    );
    expect(died.split('\n')).toEqual(['shop-web', 'shop-db']);
    expect(await host.sh('cat /var/log/dockunit.log')).toMatch(/everything has stopped$/);
    expect((await answers()).stderr).toContain('No supervisor runs');
  });

  it('logs are read while no supervisor runs', async () => {
    expect((await succeed(host, 'logs', 'db')).stdout).toMatch(/^shop-db\.service: ended$/m);
    const { exitCode, stderr } = await dockunit(host, 'logs', 'nobody');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('nobody')]);
  });

  it('supervise --uninstall takes the script away', async () => {
    expect((await succeed(host, 'supervise', '--uninstall')).stdout).toMatch(
      /^removed +\/etc\/init\.d\/dockunit$/m,
    );
    expect((await host.exec(['test', '-e', '/etc/init.d/dockunit'])).exitCode).toBe(1);
    expect((await succeed(host, 'supervise', '--uninstall')).stderr).toBe(
      'There is no boot hook of dockunit.\n',
    );
  });

  it('supervise --install --now has it begin with what is enabled, and so does rc.local at a boot', async () => {
    const installed = await succeed(host, 'supervise', '--install', '--now', '--init', 'rc.local');
    expect(installed.stderr).toBe('The supervisor runs. Next: dockunit enable --now\n');
    await host.until('web runs', answers, ({ exitCode }) => exitCode === 0);
    const again = await succeed(host, 'supervise', '--install', '--now', '--init', 'rc.local');
    expect(again.stdout).toMatch(/^unchanged/);
    // A stop by hand is for this boot; the kernel, and its boot id, is the same for the next one here.
    await succeed(host, 'stop', 'web');
    await host.sh('sync');
    await host.reboot();
    await host.until('web runs', answers, ({ exitCode }) => exitCode === 0);
    expect((await readStatus(host)).get('web')).toMatchObject({ state: 'running', enabled: true });
    await succeed(host, 'disable', '--now', 'web');
    expect((await readStatus(host)).get('web')).toMatchObject({ state: 'stopped', enabled: false });
  });

  it('supervise --user runs the units of a user, beside those of the system', async () => {
    const id = await host.sh('useradd --create-home --groups docker ann; id -u ann');
    await host.sh(`install -d -m 700 -o ann /run/user/${id}; install -d -o ann /home/ann/notes`);
    const notes = {
      name: 'notes',
      services: { web: { image: 'app:test', command: ['forever'], stop_grace_period: '0s' } },
    };
    await host.writeFile('/home/ann/notes/compose.yaml', JSON.stringify(notes));
    const asAnn = (line: string): Promise<string> =>
      host.sh(
        `runuser -u ann -- sh -c 'cd ~ann/notes; export HOME=/home/ann XDG_RUNTIME_DIR=/run/user/${id}; ${line}'`,
      );
    await asAnn(`node ${program} generate --user -o ~/.config/systemd/user`);
    await asAnn(`setsid node ${program} supervise --user >/tmp/ann.log 2>&1 </dev/null & `);
    await host.until(
      'her supervisor answers',
      () => host.exec(['sh', '-c', `test -S /run/user/${id}/dockunit/control.sock`]),
      ({ exitCode }) => exitCode === 0,
    );
    await asAnn(`node ${program} enable --user --now web`);
    expect(await asAnn(`node ${program} status --user --json web`)).toContain('"state": "running"');
    expect(await asAnn(`node ${program} logs --user web`)).toContain('started');
    expect(
      await host.sh('docker inspect --format \'{{index .Config.Labels "dockunit.user"}}\' notes-web'),
    ).toBe(id);
    expect((await readStatus(host)).has('web')).toBe(true);
    await asAnn(`kill $(grep -oE "^[0-9]+" /run/user/${id}/dockunit/lock.1)`);
    await host.until(
      'all has stopped',
      () => host.sh('docker ps --quiet --filter label=dockunit.user'),
      (left) => left === '',
    );
  });
});
