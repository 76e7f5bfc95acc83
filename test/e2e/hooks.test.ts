/** post_start and pre_stop: that they run when and as whom the specification says, and what a failed one does. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { containerTimes, installSpec, show, untilRunning } from './units-on-host.ts';

const pem = 'first line\nsecond "line" \\ $x';
/** `$$` is Compose's way of writing a `$`. */
const shell = (script: string): readonly string[] => ['sh', '-c', script.replaceAll('$', '$$$$')];
const basic = {
  image: 'app:test',
  command: ['forever'],
  stop_grace_period: '5s',
  volumes: ['/srv/log:/log'],
};

const spec = {
  name: 'hooks',
  services: {
    web: {
      ...basic,
      user: '1000:1000',
      post_start: [
        {
          command: shell('sleep 0.5; echo "$WHO $(id -u)" >>/log/web'),
          user: 'root',
          environment: { WHO: 'started: hush' },
        },
        {
          command: shell('printf %s "$PEM" >/log/pem; id -u >>/log/web'),
          environment: { PEM: pem.replaceAll('$', '$$$$') },
        },
      ],
      pre_stop: [
        { command: shell('echo "stopping $(id -u) in $(pwd)" >>/log/web'), working_dir: '/data' },
        { command: shell('echo "$WHO" >>/log/web'), environment: ['WHO=second: hush'] },
      ],
    },
    strong: {
      ...basic,
      user: '1000:1000',
      post_start: [true, false].map((privileged) => ({
        command: shell('grep CapEff /proc/self/status >>/log/strong'),
        user: 'root',
        privileged,
      })),
    },
    after: { ...basic, depends_on: ['web'] },
    late: {
      ...basic,
      post_start: [{ command: shell('cat /log/late || { echo no such luck; exit 7; }') }],
    },
    behind: { ...basic, depends_on: ['late'] },
    clumsy: {
      ...basic,
      pre_stop: [
        { command: shell('echo "cannot say goodbye" >&2; exit 5') },
        { command: ['touch', '/log/next'] },
      ],
    },
  },
};

describeEachRoot('hooks', (root) => {
  let host: Host;
  const log = async (): Promise<readonly string[]> => (await host.sh('cat /srv/log/web')).split('\n');
  const clear = (): Promise<string> => host.sh(': >/srv/log/web');
  const running = { 'hooks-web.service': 'hooks-web' };

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await makeImages(host, 'app');
    await host.sh('mkdir -m 1777 /srv/log && touch /srv/log/web && chmod 666 /srv/log/web');
    await installSpec(host, spec);
  });
  afterAll(() => host.down());

  const started = ['started: hush 0', '1000'];

  it('of the start run in order, each as its user, before what depends on the service', async () => {
    await host.sh('systemctl start hooks-after');
    expect(await log()).toEqual(started);
    expect(await host.readFile('/srv/log/pem')).toBe(pem);
    const hooked = Number(await host.sh('stat -c %.3Y /srv/log/web')) * 1000;
    expect((await containerTimes(host, 'hooks-web')).started).toBeLessThan(hooked);
    expect((await containerTimes(host, 'hooks-after')).started).toBeGreaterThan(hooked);
  });

  it('of the stop run before it, as the user and in the directory they name', async () => {
    await clear();
    await host.sh('systemctl stop hooks-web');
    expect(await log()).toEqual(['stopping 1000 in /data', 'second: hush']);
    expect(await show(host, 'hooks-web', 'ActiveState', 'Result')).toEqual({
      ActiveState: 'inactive',
      Result: 'success',
    });
    expect(await host.sh('docker ps --all --quiet --filter name=hooks-web')).toBe('');
  });

  it('of the stop do not run where the container ended by itself, those of the start do again', async () => {
    await host.sh('systemctl start hooks-web');
    for (const end of ['docker stop', 'docker kill']) {
      const first = await host.sh('docker inspect --format {{.Id}} hooks-web');
      await clear();
      await host.sh(`${end} hooks-web`);
      await host.until('hooks of another start', log, ({ length }) => length === 2);
      expect(await log(), end).toEqual(started);
      await untilRunning(host, running);
      expect(await host.sh('docker inspect --format {{.Id}} hooks-web')).not.toBe(first);
    }
    expect(await host.journal('hooks-web')).not.toContain('pre_stop hook');
  });

  it('of the stop do not run in a paused container, which is stopped all the same', async () => {
    await clear();
    await host.sh('docker pause hooks-web && systemctl stop hooks-web');
    expect(await log()).toEqual(['']);
    expect(await host.sh('docker ps --all --quiet --filter name=hooks-web')).toBe('');
  });

  // Docker 20.10 gives it every capability the kernel knows, and fails where the machine itself lacks one.
  const onTrixie = root === 'trixie' ? it : undefined;
  onTrixie?.('have all capabilities where they are privileged', async () => {
    await host.sh('systemctl start hooks-strong');
    const [privileged, plain] = (await host.readFile('/srv/log/strong')).split('\n');
    expect(privileged).toBe(await host.sh('grep CapEff /proc/1/status'));
    expect(plain).not.toBe(privileged);
  });

  it('leave no value in a unit, an argument or a file that others can read', async () => {
    const files = await host.sh('stat -c "%a %n" /etc/systemd/system/hooks-web.*.env');
    expect(files.split('\n')).toHaveLength(3);
    for (const file of files.split('\n')) expect(file).toMatch(/^600 /);
    const told = await host.sh('systemctl cat hooks-web; systemctl show hooks-web; journalctl -b --no-pager');
    expect(told).not.toMatch(/hush|second "line"/);
  });

  it('that fail fail the start, until they succeed', async () => {
    const { exitCode } = await host.exec(['systemctl', 'start', 'hooks-behind']);
    expect(exitCode).not.toBe(0);
    expect((await show(host, 'hooks-behind', 'ActiveState')).ActiveState).toBe('inactive');
    const journal = await host.journal('hooks-late');
    expect(journal).toContain('no such luck');
    expect(journal).toMatch(/Control process exited, code=exited, status=7/);
    await host.sh('touch /srv/log/late');
    await untilRunning(host, { 'hooks-late.service': 'hooks-late' });
    expect(Number((await show(host, 'hooks-late', 'NRestarts')).NRestarts)).toBeGreaterThan(0);
  });

  it('that fail before a stop are told, and keep neither the next nor the stop', async () => {
    await host.sh('systemctl start hooks-clumsy && systemctl stop hooks-clumsy');
    const journal = await host.journal('hooks-clumsy');
    expect(journal).toContain('cannot say goodbye');
    expect(journal).toContain('a pre_stop hook of hooks-clumsy failed with exit code 5');
    // The program's own word when asked to stop.
    expect(journal).toContain('stopping');
    expect(await host.sh('ls /srv/log/next')).toBe('/srv/log/next');
    expect((await show(host, 'hooks-clumsy', 'ActiveState')).ActiveState).toBe('inactive');
  });

  it('run at a shutdown and at the boot after it', async () => {
    await host.sh('systemctl enable --now hooks-web');
    await clear();
    await host.sh('sync');
    await host.reboot();
    await untilRunning(host, running);
    expect(await log()).toEqual(['stopping 1000 in /data', 'second: hush', ...started]);
  });
});
