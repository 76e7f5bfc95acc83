import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LogRecord } from '../../src/status/log-lines.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { bootWithShop, dockunit, program, readStatus, shop, succeed } from './shop-on-host.ts';
import type { Host } from './throwaway-host.ts';
import { show } from './units-on-host.ts';

describeEachRoot('status and logs', (root) => {
  let host: Host;

  beforeAll(async () => {
    host = await bootWithShop({ root, init: 'systemd' });
    await makeImages(host, 'app');
    await succeed(host, 'generate', '-o', '/etc/systemd/system');
    await succeed(host, 'start', 'web', 'logger');
    await host.sh('systemctl stop shop-logger');
  });

  afterAll(() => host.down());

  const status = (...names: readonly string[]): ReturnType<typeof readStatus> => readStatus(host, ...names);

  it('status --json equals what systemctl show and docker inspect say', async () => {
    const services = await status();
    expect([...services.keys()].sort()).toEqual(Object.keys(shop.services).sort());
    for (const service of services.values()) {
      const shown = await show(
        host,
        service.unit,
        ...(['ActiveState', 'SubState', 'Result', 'NRestarts', 'UnitFileState', 'FragmentPath'] as const),
      );
      expect({
        ActiveState: service.activeState,
        SubState: service.subState,
        Result: service.result,
        NRestarts: String(service.restarts),
        UnitFileState: service.unitFileState,
        FragmentPath: service.unitFile,
      }).toEqual(shown);
      expect(service.mismatch).toBeNull();
    }
    for (const name of ['web', 'db'] as const) {
      const format =
        '{{.ID}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}null{{end}}';
      const { containerId, containerStatus, health } = services.get(name) ?? {};
      expect(`${String(containerId)} ${String(containerStatus)} ${String(health)}`).toBe(
        await host.sh(`docker inspect --format '${format}' shop-${name}`),
      );
    }
    expect(services.get('web')?.ports).toEqual([
      { hostIp: '127.0.0.1', hostPort: 8000, containerPort: 8000, protocol: 'tcp' },
    ]);
    expect(services.get('migrate')).toMatchObject({ state: 'completed', exitStatus: 0 });
    expect(services.get('logger')).toMatchObject({ state: 'stopped', containerId: null });
  });

  it('status of a service not active is exit 1, where it was asked for by name', async () => {
    expect((await dockunit(host, 'status', 'web')).exitCode).toBe(0);
    expect((await dockunit(host, 'status', 'logger')).exitCode).toBe(1);
    expect((await dockunit(host, 'status')).exitCode).toBe(0);
  });

  it('status of one service shows its file, what it needs and its last lines', async () => {
    const { stdout } = await dockunit(host, 'status', 'web');
    expect(stdout).toContain('/etc/systemd/system/shop-web.service');
    expect(stdout).toMatch(/shop-db-healthy\.service +wanted +active \(exited\)/);
    expect(stdout).toContain('│ hello from web\n');
  });

  it('logs -n gives the last lines, of several services with their names', async () => {
    expect((await succeed(host, 'logs', '-n', '2', 'web')).stdout.trimEnd().split('\n')).toHaveLength(2);
    const both = (await succeed(host, 'logs', 'web', 'db')).stdout;
    expect(both).toContain('web | hello from web\n');
    expect(both).toContain('db  | hello from db\n');
    const records = (await succeed(host, 'logs', '--json', 'web')).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogRecord);
    expect(records).toContainEqual(
      expect.objectContaining({
        unit: 'shop-web.service',
        service: 'web',
        message: 'hello from web',
        priority: 6,
      }),
    );
  });

  it('logs has what Docker wrote to the journal itself, once', async () => {
    await host.until(
      'Docker’s line in the log',
      async () => (await succeed(host, 'logs', 'logger')).stdout,
      (log) => log.split('by Docker\n').length === 2,
    );
  });

  it('logs --since something that is no time says how to write one', async () => {
    const { exitCode, stderr } = await dockunit(host, 'logs', '--since', 'nonsense');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/systemd\.time\(7\)/);
  });

  it('logs -f continues until SIGINT, which is no failure', async () => {
    await succeed(host, 'start', 'logger');
    const follow = `cd /srv/shop; node ${program} logs -f -n 0 logger >/tmp/followed & pid=$!
      trap 'kill -INT $pid' USR1
      until pgrep -f 'journalctl.*--follow' >/dev/null; do sleep 0.05; done
      docker restart shop-logger >/dev/null
      until grep -q 'by Docker' /tmp/followed; do sleep 0.05; done
      kill -INT $pid
      wait $pid`;
    expect(await host.exec(['timeout', '60', 'sh', '-c', follow])).toMatchObject({ exitCode: 0 });
  });

  it('a reader that goes away ends logs without a word', async () => {
    const { stdout, stderr } = await host.exec([
      'bash',
      '-c',
      `cd /srv/shop; node ${program} logs | head -n 1; echo "${'$'}{PIPESTATUS[0]}"`,
    ]);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0');
    expect(stderr).toBe('');
  });

  it('a container that runs although its unit is down is shown as a contradiction', async () => {
    await host.sh(
      'systemctl stop shop-logger; docker run --detach --name shop-logger --label dockunit.unit=shop-logger.service app:test',
    );
    const { stdout } = await dockunit(host, 'status');
    expect(stdout).toMatch(/^logger +stopped ! /m);
    expect(stdout).toContain('shop-logger.service: the unit is inactive, but its container is running');
    await succeed(host, 'restart', 'logger');
    expect((await status()).get('logger')).toMatchObject({ state: 'running', mismatch: null });
  });

  it('status works while Docker is down, and says so', async () => {
    await host.sh('systemctl stop docker.socket docker.service');
    const { exitCode, stdout, stderr } = await dockunit(host, 'status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^web +stopped/m);
    expect(stderr).toMatch(/nothing is known of the containers: .*\n→ start it/i);
    await succeed(host, 'start', 'web');
  });
});
