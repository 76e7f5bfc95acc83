import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Host, bootHost } from './throwaway-host.ts';
import { describeEachRoot } from './host-tier.ts';
import {
  askSql,
  buildExampleImage,
  installFromOutside,
  projectDirectory,
  show,
  untilNoJobs,
  untilRunning,
} from './units-on-host.ts';

const services = { 'sqliteserver.service': 'sqliteserver', 'sqliteproxy.service': 'sqliteproxy' };

/** Generated elsewhere, run here: the host has neither Node nor dockunit. */
describeEachRoot('examples/sqlite on a host without Node', (root) => {
  let host: Host;

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await buildExampleImage(host, 'sqlite');
    await installFromOutside(host, `${projectDirectory}/examples/sqlite/compose.yaml`);
  });

  afterAll(() => host.down());

  const answers = async (): Promise<void> => {
    await host.until(
      'SQL answers',
      () => askSql(host, 'select 6*7;'),
      (answer) => answer === '42',
    );
  };

  const backInOrder = async (): Promise<void> => {
    await untilNoJobs(host);
    await untilRunning(host, services);
    await answers();
  };

  it('has no Node', async () => {
    expect((await host.exec(['sh', '-c', 'command -v node dockunit'])).exitCode).not.toBe(0);
  });

  it('pulls up the server and docker.service with the proxy, cleanly at the first start', async () => {
    await host.sh('systemctl stop docker.socket docker.service');
    await host.sh('systemctl start sqliteproxy');
    expect((await show(host, 'docker.service', 'ActiveState')).ActiveState).toBe('active');
    await untilRunning(host, services, 1_000);
    await answers();
    for (const unit of Object.keys(services)) {
      expect(await show(host, unit, 'NRestarts', 'Result')).toEqual({ NRestarts: '0', Result: 'success' });
      expect(await host.sh(`journalctl --unit ${unit} --priority err --quiet --no-pager --output cat`)).toBe(
        '',
      );
      // Nor the id that docker create prints.
      expect(await host.journal(unit)).not.toMatch(/error|fail|cannot|could not|^[0-9a-f]{64}$/im);
    }
  });

  it('touched the very file that it serves before the start', async () => {
    expect(await host.sh('ls /tmp/sqlitedbs')).toBe('test.db');
  });

  it('starts the server before the proxy', async () => {
    const server = await show(host, 'sqliteserver', 'ActiveEnterTimestampMonotonic');
    const proxy = await show(host, 'sqliteproxy', 'ExecMainStartTimestampMonotonic');
    expect(Number(proxy.ExecMainStartTimestampMonotonic)).toBeGreaterThan(
      Number(server.ActiveEnterTimestampMonotonic),
    );
  });

  it('takes the proxy down before the server', async () => {
    await host.sh('systemctl stop sqliteserver');
    const proxy = await show(host, 'sqliteproxy', 'ActiveState', 'InactiveEnterTimestampMonotonic');
    const server = await show(host, 'sqliteserver', 'ActiveState', 'ActiveExitTimestampMonotonic');
    expect([proxy.ActiveState, server.ActiveState]).not.toContain('active');
    expect(Number(server.ActiveExitTimestampMonotonic)).toBeGreaterThanOrEqual(
      Number(proxy.InactiveEnterTimestampMonotonic),
    );
    expect(await host.sh('docker ps --all --quiet')).toBe('');
  });

  it('is back in order after a reboot', async () => {
    await host.sh('systemctl enable sqliteserver sqliteproxy');
    await host.sh('systemctl start sqliteproxy');
    await host.reboot();
    await backInOrder();
    expect((await show(host, 'sqliteproxy', 'NRestarts')).NRestarts).toBe('0');
  });

  it.each([{ powerCut: true as const }, { powerCut: 'losing-writes' as const }])(
    'is back in order after a power cut ($powerCut)',
    async ({ powerCut }) => {
      await host.sh('sync');
      await host.reboot({ powerCut });
      await backInOrder();
    },
  );

  it.each([
    ['docker is restarted', 'systemctl restart docker'],
    ['docker is stopped and started', 'systemctl stop docker; systemctl start docker'],
    ['dockerd is killed', 'kill -9 $(systemctl show --value --property MainPID docker.service)'],
    [
      'a docker client is killed',
      'kill -9 $(systemctl show --value --property MainPID sqliteserver.service)',
    ],
    [
      'the process of a container is killed',
      'kill -9 $(docker inspect --format "{{.State.Pid}}" sqliteserver)',
    ],
  ])('comes back by itself when %s', async (_what, fault) => {
    // Docker's own start limit (3 in a minute on Debian) is not what is tried here.
    await host.sh('systemctl reset-failed docker.service docker.socket');
    const before = await host.sh('docker inspect --format {{.Id}} sqliteserver');
    await host.sh(fault);
    await host.until(
      'a new container of the server',
      () => host.sh('docker inspect --format {{.Id}} sqliteserver'),
      (id) => id !== before,
      { deadline: 90_000, every: 100 },
    );
    await backInOrder();
  });

  it('leaves nothing running and nothing failed after it is stopped', async () => {
    await host.sh('systemctl stop sqliteserver sqliteproxy');
    expect(await host.sh('docker ps --quiet')).toBe('');
    expect(await host.sh("systemctl list-units --failed --no-legend 'sqlite*'")).toBe('');
  });
});
