/** What `remove` takes and leaves, by labels; and that it changes nothing where it cannot take all. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { makeImages } from './images.ts';
import { dockunit, succeed } from './shop-on-host.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

const units = '/etc/systemd/system';
const web = { image: 'app:test', command: ['forever'], stop_grace_period: '0s', volumes: ['data:/data'] };
const spec = { name: 'shop', services: { web, job: web }, volumes: { data: {} } };

describeHost('remove', () => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root: 'trixie', init: 'systemd', bind: projectDirectory });
    await makeImages(host, 'app');
    await host.writeFile('/srv/shop/compose.yaml', JSON.stringify(spec));
  });
  afterAll(() => host.down());

  const running = (): Promise<string> => host.sh(`docker ps --format '{{.Names}}' | sort | xargs`);

  it('stops nothing where unit files are read-only', async () => {
    await host.sh('docker volume create --label dockunit.project=shop shop_data');
    await succeed(host, 'apply');
    await host.sh(`mount --bind ${units} ${units} && mount -o remount,bind,ro ${units}`);
    const { exitCode, stderr } = await dockunit(host, 'remove', '--volumes');
    await host.sh(`umount ${units}`);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('the file system is read-only')]);
    expect((await running()).trim()).toBe('shop-job shop-web');
  });

  it('takes nothing of the project of another directory by that name', async () => {
    await host.writeFile('/srv/other/compose.yaml', JSON.stringify({ ...spec, services: { web } }));
    for (const words of ['apply --prune', `generate -o ${units}`, 'remove --volumes']) {
      const refused = await host.exec([
        'sh',
        '-c',
        `cd /srv/other && node ${projectDirectory}/bin/dockunit.js ${words}`,
      ]);
      expect(refused.exitCode, words).not.toBe(0);
      expect(refused.stderr, words).toContain('/srv/shop/compose.yaml');
    }
    expect((await running()).trim()).toBe('shop-job shop-web');
  });

  it('takes the container of a masked unit, keeps a volume without labels of its owner, and reports both', async () => {
    await host.sh(`ln -sf /dev/null ${units}/shop-web.service; systemctl daemon-reload`);
    const { stdout, stderr } = await succeed(host, 'remove', '--volumes', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      containers: ['shop-job', 'shop-web'],
      networks: ['shop_default'],
      volumes: [],
      kept: { volumes: ['shop_data'], masks: [`${units}/shop-web.service`] },
    });
    expect(stderr).toContain('an older dockunit made it; to remove it: docker volume rm shop_data');
    expect(await host.sh('docker ps --all --quiet; docker network ls --quiet --filter name=shop')).toBe('');
    expect((await host.sh('docker volume ls --quiet')).trim()).toBe('shop_data');
  });
});
