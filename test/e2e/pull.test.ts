import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { type Registry, startRegistry } from './registry.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { installSpec, show, untilRunning } from './units-on-host.ts';

describeEachRoot('pulling from a real registry', (root) => {
  let host: Host;
  let registry: Registry;
  let image: string;

  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', withoutNode: true });
    await makeImages(host, 'app');
    registry = await startRegistry(host);
    image = await registry.push('app:test');
    await installSpec(host, {
      services: {
        pulled: { image, command: ['forever'], stop_grace_period: '1s' },
        fresh: { image, command: ['forever'], stop_grace_period: '1s', pull_policy: 'always' },
        local: { image: 'not.there/nowhere:1', command: ['forever'], pull_policy: 'never', restart: 'no' },
      },
    });
  });
  afterAll(() => host.down());

  const running = (service: string): Promise<void> => untilRunning(host, { [`${service}.service`]: service });

  it('fetches a missing image before the start, without a restart', async () => {
    expect((await host.exec(['docker', 'image', 'inspect', image])).exitCode).not.toBe(0);
    await host.sh('systemctl start pulled');
    await running('pulled');
    expect((await show(host, 'pulled', 'NRestarts')).NRestarts).toBe('0');
  });

  it('starts from the disk while the registry is out, whatever the policy', async () => {
    await registry.stop();
    await host.sh('systemctl restart pulled; systemctl start fresh');
    await running('pulled');
    await running('fresh');
    expect(await host.journal('fresh-image.service')).toContain('using the image on disk');
    await registry.start();
  });

  it('takes a newer image with the policy always', async () => {
    await host.sh(`docker commit --change 'LABEL newer=yes' fresh ${image} && docker push --quiet ${image}`);
    await host.sh(`docker tag app:test ${image}; systemctl restart fresh`);
    await running('fresh');
    expect(await host.sh('docker inspect --format "{{.Config.Labels.newer}}" fresh')).toBe('yes');
  });

  it('does not count a slow pull against the start timeout', async () => {
    await host.sh(`systemctl stop pulled fresh; docker rmi --force ${image}`);
    await host.writeFile(
      '/etc/systemd/system/pulled.service.d/timeout.conf',
      '[Service]\nTimeoutStartSec=3\n',
    );
    await host.sh('systemctl daemon-reload');
    await registry.stall();
    await host.sh('systemctl start --no-block pulled');
    const begin = Date.now();
    await host.until(
      'four seconds of pulling',
      () => Date.now() - begin,
      (waited) => waited > 4_000,
    );
    expect((await show(host, 'pulled-image', 'ActiveState')).ActiveState).toBe('activating');
    await registry.resume();
    await running('pulled');
    expect((await show(host, 'pulled', 'NRestarts')).NRestarts).toBe('0');
  });

  it('comes up by itself when the registry is back', async () => {
    await host.sh(`systemctl stop pulled; docker rmi --force ${image}`);
    await registry.stop();
    expect((await host.exec(['systemctl', 'start', 'pulled'])).exitCode).not.toBe(0);
    await registry.start();
    await running('pulled');
  });

  it('asks no registry with the policy never, and says which image is missing', async () => {
    expect((await host.exec(['systemctl', 'start', 'local'])).exitCode).not.toBe(0);
    expect(await host.journal('local.service')).toContain('No such image');
    expect((await show(host, 'local-image', 'LoadState')).LoadState).toBe('not-found');
  });
});
