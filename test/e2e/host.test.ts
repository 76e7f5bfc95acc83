import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot, describeHost } from './host-tier.ts';
import { appHealthTest, makeImages } from './images.ts';
import { startRegistry } from './registry.ts';
import { bootHost, hostScript, type Host, type HostRoot } from './throwaway-host.ts';

/** What stands on the two hosts: the versions the generated units are promised for. */
const versions = {
  bookworm: { systemd: /^systemd 252 /, docker: /^20\.10\./ },
  trixie: { systemd: /^systemd 257 /, docker: /^26\.1\./ },
} satisfies Record<HostRoot, { systemd: RegExp; docker: RegExp }>;

const listHosts = async () => (await execa(hostScript, ['list'])).stdout;

describeEachRoot('a host with systemd', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd' });
  });
  afterAll(() => host.down());

  it('is a finished boot of the right systemd and Docker', async () => {
    expect(await host.sh('systemctl --version | head -n 1')).toMatch(versions[root].systemd);
    const both = await host.sh('docker version --format "{{.Client.Version}}\n{{.Server.Version}}"');
    for (const version of both.split('\n')) expect(version).toMatch(versions[root].docker);
    expect(await host.sh('systemctl list-units --failed --no-legend')).toBe('');
    expect(await host.sh('ps -p 1 -o comm=')).toBe('systemd');
    expect(await host.sh('systemctl is-active docker.service')).toBe('active');
  });

  it('gives a command its input, environment, output and exit code', async () => {
    const script = 'cat; printf %s "$WORD" >&2; exit 7';
    const result = await host.exec(['sh', '-c', script], { input: 'a\n', env: { WORD: 'b = "c"' } });
    expect(result).toEqual({ stdout: 'a\n', stderr: 'b = "c"', exitCode: 7 });
    expect((await host.exec(['sh', '-c', 'kill -9 $$'])).exitCode).toBe(137);
    await expect(host.sh('echo seen; false')).rejects.toThrow(/exit 1[^]*seen/);
  });

  it('kills a command that outlives its timeout', async () => {
    await expect(host.exec(['sleep', '4321'], { timeout: 300 })).rejects.toThrow('longer than 300 ms');
    await host.until(
      'no sleep is left',
      () => host.exec(['pgrep', '-fx', 'sleep 4321']),
      ({ exitCode }) => exitCode === 1,
    );
  });

  it('says what it last saw when a deadline passes', async () => {
    const look = () => host.sh('echo 41');
    await expect(host.until('the answer', look, (seen) => seen === '42', { deadline: 300 })).rejects.toThrow(
      /the answer: not within 300 ms; last seen:\n41/,
    );
  });

  it('keeps its hands off the machine', async () => {
    expect((await host.exec(['sh', '-c', 'echo 1 >/proc/sys/vm/swappiness'])).exitCode).not.toBe(0);
    expect(await host.sh('hostname')).toBe(host.name);
    expect(await host.sh('ls /dev')).not.toMatch(/^(sd|vd|nvme|loop)/m);
    await host.sh('touch /etc/only-inside');
    await expect(execa('test', ['-e', '/etc/only-inside'])).rejects.toThrow();
  });

  it('runs containers that reach each other, and publishes their ports', async () => {
    await makeImages(host, 'busybox', 'app');
    await host.sh(
      'docker network create lane; docker run -d --name web --network lane -p 8080:80 app:test serve=80 forever',
    );
    const id = await host.sh('docker exec web hostname');
    const answer = async (...argv: [string, ...string[]]) => {
      const look = () => host.exec(argv);
      const { stdout } = await host.until('the web answers', look, ({ exitCode }) => exitCode === 0);
      return stdout.trim();
    };
    expect(await answer('curl', '-sf', 'http://127.0.0.1:8080/')).toBe(id);
    const besides = ['docker', 'run', '--rm', '--network', 'lane', 'busybox:test'] as const;
    expect(await answer(...besides, 'wget', '-qO-', 'http://web/')).toBe(id);
    await host.sh('docker rm -f web; docker network rm lane');
  });

  it('gives `docker exec` the files of the container, not of the machine', async () => {
    await makeImages(host, 'busybox');
    await host.sh('docker run -d --name box busybox:test sleep 1000');
    expect(await host.sh('docker exec box ls /')).toBe('bin\ndata\ndev\netc\nproc\nsys\ntmp');
    await host.sh('docker rm -f box');
  });

  it('makes an image of SQLite that answers over TCP', async () => {
    await makeImages(host, 'sqlite');
    await host.sh('docker run -d --name db -p 12345:12345 sqlite:test');
    const answer = await host.until(
      'SQL over TCP',
      () =>
        host.sh(
          'echo "create table t(n); insert into t values(42); select n from t;" | socat -t 5 - TCP:127.0.0.1:12345',
        ),
      (seen) => seen !== '',
    );
    expect(answer).toBe('42');
    await host.sh('docker rm -f db');
  });

  it('has an app that fails first, becomes healthy and ignores SIGTERM when told to', async () => {
    await makeImages(host, 'app');
    const health = appHealthTest.slice(1).join(' ');
    await host.sh('docker volume create counts');
    const start = (...steps: string[]) =>
      host.exec(['docker', 'run', '--rm', '-v', 'counts:/data', 'app:test', ...steps]);
    expect((await start('fail-first=1', 'exit=9')).exitCode).toBe(1);
    expect((await start('fail-first=1', 'exit=9')).exitCode).toBe(9);

    await host.sh(
      `docker run -d --name app --health-cmd '${health}' --health-interval 200ms app:test ignore-term sleep=1 healthy forever`,
    );
    const state = () => host.sh('docker inspect --format "{{.State.Health.Status}}" app');
    await host.until('it is starting', state, (seen) => seen === 'starting');
    await host.until('it is healthy', state, (seen) => seen === 'healthy');
    await host.sh('docker stop -t 1 app');
    expect(await host.sh('docker inspect --format "{{.State.ExitCode}}" app')).toBe('137');
    await host.sh('docker rm app; docker volume rm counts');
  });

  it('has a registry to push to and pull from, that can stall and stop', async () => {
    await makeImages(host, 'busybox');
    const registry = await startRegistry(host);
    const reference = await registry.push('busybox:test', 'tools/busybox:1');
    const pull = (timeout?: number) =>
      host.exec(['docker', 'pull', '-q', reference], timeout === undefined ? {} : { timeout });

    expect(reference).toBe('127.0.0.1:5000/tools/busybox:1');
    expect((await host.exec(['docker', 'image', 'inspect', reference])).exitCode).toBe(1);
    expect(await pull()).toMatchObject({ exitCode: 0, stdout: `${reference}\n` });
    await host.sh(`docker rmi ${reference}`);

    await registry.stall();
    await expect(pull(1500)).rejects.toThrow('longer than');
    await registry.resume();
    expect((await pull()).exitCode).toBe(0);
    await registry.stop();
    expect((await pull()).stderr).toMatch(/connection refused/);
    await registry.start();
    expect((await pull()).exitCode).toBe(0);
  });

  it('has user managers', async () => {
    const user = await host.sh('useradd --create-home walker; loginctl enable-linger walker; id -u walker');
    await host.until(
      'the user manager runs',
      () =>
        host.exec([
          'runuser',
          '-u',
          'walker',
          '--',
          'env',
          `XDG_RUNTIME_DIR=/run/user/${user}`,
          'systemctl',
          '--user',
          'is-system-running',
        ]),
      ({ stdout }) => stdout.trim() === 'running',
    );
  });
});

describeEachRoot('a reboot', (root) => {
  it.each([
    { kind: 'in order', powerCut: false },
    { kind: 'by power cut', powerCut: true },
    { kind: 'by power cut that loses writes', powerCut: 'losing-writes' },
  ] as const)('$kind keeps /etc and images, and starts what is enabled', async ({ powerCut }) => {
    await using host = await bootHost({ root, init: 'systemd' });
    await makeImages(host, 'app');
    await host.writeFile(
      '/etc/systemd/system/mark.service',
      '[Service]\nType=oneshot\nExecStart=/bin/touch /run/marked\nRemainAfterExit=yes\nExecStop=/bin/touch /var/stopped-in-order\n[Install]\nWantedBy=multi-user.target\n',
    );
    await host.sh(
      'systemctl enable --now mark.service 2>&1; docker run -d --name app app:test forever; sync',
    );
    const before = await host.sh(
      'cat /proc/sys/kernel/random/boot_id; systemctl show -p UserspaceTimestampMonotonic --value',
    );
    await host.writeFile('/var/unsynced', 'x');
    await host.reboot({ powerCut });

    expect(
      await host.sh(
        'cat /proc/sys/kernel/random/boot_id; systemctl show -p UserspaceTimestampMonotonic --value',
      ),
    ).not.toBe(before);
    expect(await host.sh('systemctl is-active mark.service; ls /run/marked')).toBe('active\n/run/marked');
    const kept = async (path: string) => (await host.exec(['test', '-s', path])).exitCode === 0;
    expect((await host.exec(['test', '-e', '/var/stopped-in-order'])).exitCode).toBe(
      powerCut === false ? 0 : 1,
    );
    expect(await kept('/var/unsynced')).toBe(powerCut !== 'losing-writes');
    expect(await host.sh('docker inspect --format "{{.State.Status}}" app')).toBe('exited');
    expect(await host.sh('docker run --rm app:test say=again')).toBe('again');
  });
});

describeEachRoot('a host without systemd', (root) => {
  it('has dockerd, runs the boot hook, and stops in order', async () => {
    await using host = await bootHost({ root, init: 'plain' });
    expect((await host.exec(['systemctl', 'is-system-running'])).stdout.trim()).toBe('offline');
    expect((await host.exec(['test', '-d', '/run/systemd/system'])).exitCode).toBe(1);
    expect(await host.sh('docker version --format "{{.Server.Version}}"')).toMatch(versions[root].docker);

    await makeImages(host, 'app');
    await host.writeFile('/etc/rc.local', '#!/bin/sh\ndocker start app && touch /run/hooked\n', 0o755);
    await host.writeFile('/etc/rc.shutdown', '#!/bin/sh\ndate >/var/stopped-in-order\n', 0o755);
    await host.sh('docker run -d --name app app:test forever');
    await host.reboot();
    expect(await host.sh('ls /run/hooked /var/stopped-in-order')).toBe('/run/hooked\n/var/stopped-in-order');
    expect(await host.sh('docker inspect --format "{{.State.Status}}" app')).toBe('running');
    await host.sh('rm /var/stopped-in-order');
    await host.reboot({ powerCut: true });
    expect(await host.sh('ls /run/hooked')).toBe('/run/hooked');
    expect((await host.exec(['test', '-e', '/var/stopped-in-order'])).exitCode).toBe(1);
  });

  it('restarts dockerd by the script Debian has for it', async () => {
    await using host = await bootHost({ root, init: 'plain' });
    const pid = await host.sh('cat /run/docker.pid');
    await host.sh('/etc/init.d/docker restart');
    await host.until(
      'a new dockerd answers',
      () => host.sh('docker info >/dev/null; cat /run/docker.pid'),
      (seen) => seen !== pid,
    );
  });
});

describeHost('hosts', () => {
  it('are apart from each other, also when up at once', async () => {
    const boots = [1, 2].map(() => bootHost({ root: 'bookworm', init: 'systemd' }));
    await Promise.all(boots);
    await using first = await (boots[0] as Promise<Host>);
    await using second = await (boots[1] as Promise<Host>);
    for (const host of [first, second]) {
      await makeImages(host, 'app');
      await host.sh('docker run -d --name web -p 8080:80 app:test serve=80 forever');
    }
    // In a tree shared by two hosts each would see the other's processes, as process 0.
    const strangers = 'find /sys/fs/cgroup -path "*/system.slice/*" -name cgroup.procs -exec grep -lx 0 {} +';
    const ids = [await first.sh('docker ps -q'), await second.sh('docker ps -q')];
    expect(new Set(ids).size).toBe(2);
    for (const host of [first, second]) expect((await host.exec(['sh', '-c', strangers])).stdout).toBe('');
    await first.reboot();
    expect(await second.sh('docker ps -q')).toBe(ids[1]);
  });

  it('can be without Node and this project', async () => {
    await using host = await bootHost({ root: 'bookworm', init: 'systemd', withoutNode: true });
    const project = process.cwd();
    expect((await host.exec(['sh', '-c', 'command -v node nodejs npm npx'])).stdout).toBe('');
    expect((await host.exec(['ls', `${project}/src`])).exitCode).not.toBe(0);
  });

  it('can see a folder of the machine, even one in /tmp, where a host has its own files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seen-inside-'));
    await writeFile(join(folder, 'from-outside'), 'a');
    await using host = await bootHost({ root: 'trixie', init: 'plain', bind: folder });
    expect(await host.readFile(join(folder, 'from-outside'))).toBe('a');
    await host.writeFile(join(folder, 'from-inside'), 'b');
    expect(await readFile(join(folder, 'from-inside'), 'utf8')).toBe('b');
    await rm(folder, { recursive: true });
  });

  it('end with the process that owns them, however it ends', async () => {
    const owner = execa('sleep', ['4322'], { reject: false });
    const name = `orphan-${process.pid}`;
    await execa(hostScript, ['up', name, '--init', 'plain', '--owner', String(owner.pid)]);
    expect(await listHosts()).toMatch(new RegExp(`^${name} .* up `, 'm'));
    owner.kill('SIGKILL');
    await owner;
    const deadline = Date.now() + 20_000;
    while ((await listHosts()).includes(name)) {
      expect(Date.now(), 'the host outlived its owner').toBeLessThan(deadline);
      await wait(100);
    }
    expect((await execa('losetup', ['-a'])).stdout).not.toContain(name);
    expect((await execa('find', ['/sys/fs/cgroup', '-name', `dockunit-${name}`])).stdout).toBe('');
  });

  it('free all they held when they go down', async () => {
    const host = await bootHost({ root: 'bookworm', init: 'systemd' });
    await makeImages(host, 'app');
    await host.sh('docker run -d app:test forever');
    await host.down();
    expect((await execa('losetup', ['-a'])).stdout).not.toContain(host.name);
    expect((await execa('find', ['/sys/fs/cgroup', '-name', `dockunit-${host.name}`])).stdout).toBe('');
    expect(await listHosts()).not.toContain(host.name);
  });
});

describeHost('a host with a paused container', () => {
  it('ends all the same, though what is frozen does not die', async () => {
    const host = await bootHost({ root: 'bookworm', init: 'systemd' });
    await makeImages(host, 'busybox');
    await host.sh('docker run --detach --name frozen busybox:test sleep 1000; docker pause frozen');
    await host.down();
    expect((await host.exec(['true'])).exitCode).not.toBe(0);
  });
});
