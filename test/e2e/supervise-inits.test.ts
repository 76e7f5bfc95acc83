/** The boot hooks for OpenRC and runit under the real ones, which start and stop the host's services. */
import { execa } from 'execa';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { bootSupervisedHost, type SupervisedHost } from './supervisor-on-host.ts';
import { type ExecResult, type HostRoot, hostScript } from './throwaway-host.ts';

const spec = {
  name: 'shop',
  services: {
    db: { image: 'app:test', command: ['say=db-up', 'forever'] },
    web: { image: 'app:test', command: ['say=web-up', 'forever'], depends_on: ['db'] },
    // Takes longer to stop than `sv` waits unless told to.
    slow: { image: 'app:test', command: ['ignore-term', 'forever'], stop_grace_period: '9s' },
  },
};

interface HostWithInit extends SupervisedHost {
  /** `supervise` of a dockunit whose path has to be quoted wherever it stands. */
  hook(...flags: readonly string[]): Promise<ExecResult>;
  untilUp(): Promise<unknown>;
  untilAnswers(): Promise<unknown>;
  /** Which runs of the two containers they are. */
  runs(): Promise<readonly string[]>;
  /** Does it, and tells whose containers died meanwhile, in that order. */
  died(act: () => Promise<unknown>): Promise<readonly string[]>;
  /** What an installation could leave behind. */
  files(): Promise<string>;
  /** Its pid, or that of the last one. */
  supervisor(): Promise<string>;
}

/** Kills the supervisor: the init starts another, which takes over the very containers. */
async function expectTakeover(on: HostWithInit): Promise<void> {
  const [runs, pid] = [await on.runs(), await on.supervisor()];
  await on.host.sh(`kill -9 ${pid}`);
  await on.host.until('another supervisor', on.supervisor, (now) => now !== pid);
  await on.untilAnswers();
  await on.untilUp();
  expect(await on.runs()).toEqual(runs);
}

/** A host without systemd, with Debian's packages of these names, and units that no one runs yet. */
async function bootWithInit(root: HostRoot, packages: RegExp): Promise<HostWithInit> {
  const supervised = await bootSupervisedHost(root);
  const { host, run } = supervised;
  const { stdout: directory } = await execa(hostScript, ['inits', root], {
    stdin: 'ignore',
    timeout: 600_000,
  });
  for (const file of (await readdir(directory)).filter((name) => packages.test(name))) {
    await host.writeFile('/tmp/package.deb', await readFile(join(directory, file)));
    // Not installed by dpkg, as systemd's init is on the disk too, and they are not to be there together.
    await host.sh('dpkg-deb --fsys-tarfile /tmp/package.deb | tar -x --keep-directory-symlink -C /');
  }
  await supervised.install(spec);
  const directoryToQuote = "/opt/it's a dockunit";
  await host.sh(`cp -a /opt/dockunit "${directoryToQuote}"`);
  const answers = (): Promise<ExecResult> => host.exec(['node', '/opt/dockunit/bin/dockunit.js', 'status']);
  return {
    ...supervised,
    hook: (...flags) => host.exec(['node', `${directoryToQuote}/bin/dockunit.js`, 'supervise', ...flags]),
    untilUp: () =>
      host.until(
        'all runs',
        () => supervised.states(),
        ({ db, web }) => db === 'active/running' && web === 'active/running',
        { deadline: 60_000 },
      ),
    untilAnswers: () =>
      host.until('the supervisor answers', answers, ({ stderr }) => !stderr.includes('No supervisor runs')),
    runs: async () => [await run('shop-db'), await run('shop-web')],
    died: async (act) => {
      const time = await host.sh('date +%s.%N');
      await act();
      const format = '{{.Actor.Attributes.name}}';
      const until = '$(date +%s.%N)';
      const died = await host.sh(
        `docker events --since ${time} --until ${until} --filter event=die --format '${format}'`,
      );
      return died.split('\n');
    },
    files: () => host.sh('find /etc /usr | sort'),
    supervisor: () => host.sh("sed 's/ .*//' $(ls -v /run/dockunit/lock.* | tail -n 1)"),
  };
}

const reverse = ['shop-web', 'shop-db'];

describeEachRoot('the boot hook for OpenRC', (root) => {
  let on: HostWithInit;
  let before: string;
  beforeAll(async () => {
    on = await bootWithInit(root, /^(?!runit)/);
    // As in a container: what belongs to the kernel is the machine's.
    await on.host.sh('echo rc_sys=docker >>/etc/rc.conf; rc-update add docker default');
    await on.host.writeFile('/etc/rc.local', '#!/bin/sh\nopenrc default\n', 0o755);
    await on.host.writeFile('/etc/rc.shutdown', '#!/bin/sh\nopenrc shutdown\n', 0o755);
    before = await on.files();
  });
  afterAll(async () => {
    await on[Symbol.asyncDispose]();
  });

  const service = (verb: string): Promise<ExecResult> => on.host.exec(['rc-service', 'dockunit', verb]);
  const daemon = (): Promise<string> => on.host.sh('cat /run/supervise-dockunit.pid');

  it('is found to be the one, and starts the supervisor as the host boots', async () => {
    expect(await on.hook('--install')).toMatchObject({
      exitCode: 0,
      stdout: 'created    /etc/init.d/dockunit\nran        rc-update add dockunit default\n',
      stderr: expect.stringContaining('Next: rc-service dockunit start\n') as string,
    });
    await on.host.sh('sync');
    await on.host.reboot();
    expect(await service('status')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('started') as string,
    });
    await on.verb('enable', '--now', 'web');
    await on.untilUp();
  });

  it('starts a supervisor that was killed, which takes over what runs', async () => {
    await expectTakeover(on);
    expect((await service('status')).exitCode).toBe(0);
  });

  it('reload has units read again', async () => {
    await on.host.sh('truncate -s 0 /var/log/dockunit.log');
    expect((await service('reload')).exitCode).toBe(0);
    await on.host.until(
      'read again',
      () => on.host.readFile('/var/log/dockunit.log'),
      (log) => log.includes('the supervisor has read the unit files again'),
    );
  });

  it('stop ends everything in reverse order, and start comes back when the supervisor answers', async () => {
    expect(await on.died(() => service('stop'))).toEqual(reverse);
    expect((await service('status')).exitCode).toBe(3);
    expect((await service('start')).exitCode).toBe(0);
    await on.untilUp();
  });

  it('stop does so as well where OpenRC’s own daemon was killed, and start takes over what runs', async () => {
    const runs = await on.runs();
    const orphan = await on.supervisor();
    await on.host.sh(`kill -9 ${await daemon()}`);
    expect((await service('status')).exitCode).not.toBe(0);
    // Or OpenRC says that it has been started already.
    await service('zap');
    expect((await service('start')).exitCode).toBe(0);
    expect(await on.supervisor()).not.toBe(orphan);
    await on.untilUp();
    expect(await on.runs()).toEqual(runs);
    await on.host.sh(`kill -9 ${await daemon()}`);
    expect(await on.died(() => service('stop'))).toEqual(reverse);
    expect((await service('status')).exitCode).toBe(3);
    expect((await service('start')).exitCode).toBe(0);
    await on.untilUp();
  });

  it('stops everything before docker as the host goes down, and starts it at the next boot', async () => {
    const [, web] = await on.runs();
    await on.host.sh('truncate -s 0 /var/log/dockunit.log; sync');
    await on.host.reboot();
    await on.untilUp();
    expect(await on.host.readFile('/var/log/dockunit.log')).toContain('everything has stopped');
    expect((await on.runs())[1]).not.toBe(web);
  });

  it('--uninstall takes it away, and nothing else', async () => {
    await service('stop');
    expect(await on.hook('--uninstall')).toMatchObject({
      exitCode: 0,
      stdout: 'removed    /etc/init.d/dockunit\nran        rc-update delete dockunit default\n',
    });
    expect(await on.files()).toBe(before);
  });
});

describeEachRoot('the boot hook for runit', (root) => {
  let on: HostWithInit;
  let before: string;
  beforeAll(async () => {
    on = await bootWithInit(root, /^runit/);
    const { host } = on;
    // What Debian's stages ask of the init that started them, and what its package leaves to the installation.
    await host.sh('ln -sfn default /etc/runit/runsvdir/current; touch /etc/runit/no.emulate.sysv');
    await host.sh('rm -f /etc/runit/runsvdir/default/* /etc/rc0.d/* /etc/rc6.d/*');
    await host.writeFile(
      '/etc/rc.local',
      '#!/bin/sh\ntouch /run/runit.stopit /run/runit.reboot\nsetsid /etc/runit/2 >/run/stage2 2>&1 </dev/null &\n',
      0o755,
    );
    await host.writeFile('/etc/rc.shutdown', '#!/bin/sh\n/etc/runit/3\n', 0o755);
    await host.sh('sync');
    await host.reboot();
    await host.until(
      'runit looks for services',
      () => host.exec(['pidof', 'runsvdir']),
      ({ exitCode }) => exitCode === 0,
    );
    before = await on.files();
  });
  afterAll(async () => {
    await on[Symbol.asyncDispose]();
  });

  const sv = (...words: readonly string[]): Promise<ExecResult> => on.host.exec(['sv', ...words, 'dockunit']);
  const logged = (): Promise<string> => on.host.readFile('/var/log/dockunit/supervisor/current');

  it('is found to be the one, and starts the supervisor, with its log, by itself', async () => {
    const { exitCode, stdout, stderr } = await on.hook('--install', '--now');
    expect([exitCode, stderr]).toEqual([0, 'The supervisor runs. Next: dockunit enable --now\n']);
    expect(stdout.split('\n').sort()).toEqual([
      '',
      'created    /etc/service/dockunit → /etc/sv/dockunit',
      'created    /etc/sv/dockunit/log/run',
      'created    /etc/sv/dockunit/run',
    ]);
    expect((await sv('status')).stdout).toMatch(/^run: dockunit: .*; run: log: /);
    expect(await logged()).toMatch(/dockunit \S+ supervises/);
    await on.verb('enable', '--now', 'web');
    await on.untilUp();
  });

  it('starts a supervisor that was killed, which takes over what runs', async () => {
    await expectTakeover(on);
    expect(await logged()).toContain('takes over what runs');
  });

  it('hup has units read again', async () => {
    expect((await sv('hup')).exitCode).toBe(0);
    await on.host.until('read again', logged, (log) =>
      log.includes('the supervisor has read the unit files again'),
    );
  });

  it('stop ends everything in reverse order, and continues when sv waits no longer', async () => {
    await on.verb('start', 'slow');
    const died = await on.died(async () => {
      expect((await sv('stop')).stdout).toMatch(/^timeout: run: dockunit: .* want down, got TERM/);
      await on.host.until(
        'down',
        () => sv('status'),
        ({ stdout }) => stdout.startsWith('down: dockunit:'),
      );
    });
    expect(died).toEqual([...reverse, 'shop-slow']);
    expect((await sv('start')).exitCode).toBe(0);
    await on.untilAnswers();
    await on.untilUp();
    expect(await on.died(() => sv('-w', '60', 'stop'))).toEqual(reverse);
    await sv('start');
    await on.untilAnswers();
    await on.untilUp();
  });

  it('starts it at the next boot', async () => {
    const [, web] = await on.runs();
    await on.host.sh('sync');
    await on.host.reboot();
    await on.untilAnswers();
    await on.untilUp();
    expect((await on.runs())[1]).not.toBe(web);
  });

  it('waits for docker where that is a service of runit as well', async () => {
    const { host } = on;
    await sv('-w', '60', 'stop');
    await host.sh('/etc/init.d/docker stop');
    await host.writeFile('/etc/sv/docker/run', '#!/bin/sh\nexec dockerd >/run/dockerd.log 2>&1\n', 0o755);
    await host.sh('touch /etc/sv/docker/down; ln -s /etc/sv/docker /etc/service/docker');
    await host.until(
      'runit knows docker',
      () => host.exec(['sv', 'status', 'docker']),
      ({ stdout }) => stdout.startsWith('down: docker:'),
    );
    await sv('start');
    await on.untilAnswers();
    await on.untilUp();
    expect(await host.sh('sv status docker')).toMatch(/^run: docker:/);
    await sv('-w', '60', 'stop');
    await host.sh('sv -w 60 stop docker; rm -r /etc/service/docker /etc/sv/docker; /etc/init.d/docker start');
    await sv('start');
    await on.untilAnswers();
    await on.untilUp();
  });

  it('--uninstall takes it away, and nothing else; runit then stops it', async () => {
    expect(await on.hook('--uninstall')).toMatchObject({
      exitCode: 0,
      stdout:
        'removed    /etc/service/dockunit\nremoved    /etc/sv/dockunit/run\nremoved    /etc/sv/dockunit/log/run\n',
      stderr: 'runit now stops the supervisor, if it runs, and all its units in reverse order.\n',
    });
    expect(await on.files()).toBe(before);
    await on.host.until('the supervisor has ended', logged, (log) =>
      log.trimEnd().endsWith('everything has stopped'),
    );
  });
});
