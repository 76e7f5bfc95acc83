import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { appHealthTest, makeImages } from './images.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { containerTimes, installSpec, show, untilRunning } from './units-on-host.ts';

const image = 'app:test';

describeEachRoot('configs and secrets', (root) => {
  let host: Host;

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await makeImages(host, 'app');
    await host.writeFile('/etc/site.conf', 'from the host\n', 0o640);
    await installSpec(host, {
      name: 'files',
      services: {
        web: {
          image,
          command: ['forever'],
          user: '1000',
          configs: [
            'motd',
            { source: 'site', target: 'etc/site.conf' },
            { source: 'motd', target: '/deep/in it/ä', uid: '1000', gid: '1001', mode: 0o640 },
          ],
          secrets: ['token', { source: 'token', target: 'mine', uid: '1000', mode: 0o400 }],
        },
      },
      configs: { site: { file: '/etc/site.conf' }, motd: { content: 'two\nlines ✓ $$HOME\n' } },
      secrets: { token: { content: 'hush' } },
    });
    await host.sh('systemctl start files-web');
  });
  afterAll(() => host.down());

  const inside = (script: string): Promise<string> => host.sh(`docker exec -u 0 files-web ${script}`);

  it('hold what the specification says', async () => {
    expect(await inside('cat /motd "/deep/in it/ä" /etc/site.conf')).toBe(
      'two\nlines ✓ $HOME\ntwo\nlines ✓ $HOME\nfrom the host',
    );
    expect(await inside('cat /run/secrets/token /run/secrets/mine')).toBe('hushhush');
  });

  it('have the mode and owner it says, or those of docker compose', async () => {
    const paths = ['/motd', '"/deep/in it/ä"', '/etc/site.conf', '/run/secrets/token', '/run/secrets/mine'];
    expect((await inside(`stat -c '%a %u:%g' ${paths.join(' ')}`)).split('\n')).toEqual([
      '444 0:0',
      '640 1000:1001',
      '640 0:0',
      '444 0:0',
      '400 1000:0',
    ]);
  });

  it('cannot be written through the mount', async () => {
    const { exitCode } = await host.exec([
      'docker',
      'exec',
      '-u',
      '0',
      'files-web',
      'touch',
      '/etc/site.conf',
    ]);
    expect(exitCode).not.toBe(0);
  });

  it('are there again after a crash and after a reboot', async () => {
    const first = await host.sh('docker inspect --format {{.Id}} files-web');
    await host.sh('docker kill files-web');
    await host.until(
      'another container',
      () => host.sh('docker inspect --format {{.Id}} files-web'),
      (id) => id !== first,
    );
    await untilRunning(host, { 'files-web.service': 'files-web' });
    expect(await inside('cat /run/secrets/token')).toBe('hush');
    await host.sh('systemctl enable files-web && sync');
    await host.reboot();
    await untilRunning(host, { 'files-web.service': 'files-web' });
    expect(await inside('cat /run/secrets/token')).toBe('hush');
  });

  it('are readable by root alone, and in no argument or unit', async () => {
    expect(await host.sh('stat -c %a /etc/systemd/system/files-web.files.tar')).toBe('600');
    expect(await host.sh('systemctl cat files-web; systemctl show files-web')).not.toContain('hush');
  });
});

describeEachRoot('a service of two containers', (root) => {
  let host: Host;
  const both = { 'many-web@1.service': 'many-web-1', 'many-web@2.service': 'many-web-2' };

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await makeImages(host, 'app');
    await installSpec(host, {
      name: 'many',
      services: {
        web: {
          image,
          command: ['sleep=1', 'healthy', 'serve=80', 'forever'],
          ports: ['8000-8001:80'],
          healthcheck: { test: appHealthTest, interval: '500ms', retries: 100 },
          stop_grace_period: '1s',
          deploy: {
            replicas: 2,
            resources: { limits: { cpus: '0.5', memory: '32M', pids: 20 } },
            restart_policy: { condition: 'any', delay: '200ms' },
          },
        },
        app: { image, command: ['forever'], depends_on: { web: { condition: 'service_healthy' } } },
      },
    });
    await host.sh('systemctl enable many.target && systemctl start many.target');
  });
  afterAll(() => host.down());

  const answers = async (): Promise<readonly string[]> =>
    (await host.sh('for port in 8000 8001; do curl -sf http://127.0.0.1:$port/; done')).split('\n').sort();

  it('runs both, each with a port of the range, found under one name', async () => {
    await untilRunning(host, { ...both, 'many-app.service': 'many-app' });
    await host.until('two servers', answers, ([one, two]) => two !== undefined && one !== two);
    const addresses = await host.sh(
      'docker exec many-app nslookup web 2>/dev/null | grep -c "^Address.*172\\." || true',
    );
    expect(Number(addresses)).toBeGreaterThanOrEqual(2);
  });

  it('is waited for until all are healthy', async () => {
    const app = await containerTimes(host, 'many-app');
    for (const container of Object.values(both)) {
      expect((await containerTimes(host, container)).healthy).toBeLessThanOrEqual(app.started);
    }
  });

  it('has the limits of deploy', async () => {
    const format = '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}';
    expect(await host.sh(`docker inspect --format '${format}' many-web-2`)).toBe('500000000 33554432 20');
  });

  it('stops and crashes one by one', async () => {
    await host.sh('systemctl stop many-web@1');
    expect(await host.sh('docker ps --all --format "{{.Names}}" --filter name=many-web')).toBe('many-web-2');
    await host.sh('systemctl start many-web@1 many-app && docker kill many-web-2');
    await host.until(
      'the second recreated',
      () => show(host, 'many-web@2', 'NRestarts'),
      ({ NRestarts }) => Number(NRestarts) > 0,
    );
    await untilRunning(host, both);
  });

  it('takes a drop-in for all, and globs', async () => {
    await host.writeFile('/etc/systemd/system/many-web@.service.d/nice.conf', '[Service]\nNice=5\n');
    await host.sh('systemctl daemon-reload');
    for (const unit of Object.keys(both)) expect((await show(host, unit, 'Nice')).Nice).toBe('5');
    await host.sh('systemctl restart "many-web@*"');
    await untilRunning(host, both);
  });

  it('runs once as a job, and who waits for it waits for both', async () => {
    await installSpec(host, {
      name: 'jobs',
      services: {
        once: {
          image,
          command: ['sleep=0.5', 'exit=0'],
          deploy: { mode: 'replicated-job', replicas: 2 },
        },
        app: {
          image,
          command: ['forever'],
          depends_on: { once: { condition: 'service_completed_successfully' } },
          stop_grace_period: '1s',
        },
      },
    });
    await host.sh('systemctl start jobs-app');
    await untilRunning(host, { 'jobs-app.service': 'jobs-app' });
    const { started } = await containerTimes(host, 'jobs-app');
    for (const number of ['1', '2']) {
      expect((await containerTimes(host, `jobs-once-${number}`)).finished).toBeLessThan(started);
      const unit = await show(host, `jobs-once@${number}`, 'ActiveState', 'SubState', 'NRestarts', 'Restart');
      expect(unit).toEqual({ ActiveState: 'active', SubState: 'exited', NRestarts: '0', Restart: 'no' });
    }
    await host.sh('systemctl stop jobs-app jobs-once@1 jobs-once@2');
  });

  it('is there again after a reboot', async () => {
    await host.sh('sync');
    await host.reboot();
    await untilRunning(host, { ...both, 'many-app.service': 'many-app' });
    await host.until('two servers', answers, ([one, two]) => two !== undefined && one !== two);
  });
});
