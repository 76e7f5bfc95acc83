/** Unit files that change while their units run: `status` tells of it, on systemd and on the supervisor alike. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { bootWithShop, dockunit, readStatus, succeed, supervise } from './shop-on-host.ts';
import type { Host, HostInit } from './throwaway-host.ts';

const unit = '/etc/systemd/system/shop-db.service';
const dropIn = `${unit}.d/10-mine.conf`;
const marker = 'changed on disk';

/** What changes, each after the one before has been taken in. */
const changes: Readonly<Record<string, string>> = {
  'the file is another': `sed -i 's/^Description=.*/Description=Another/' ${unit}`,
  'a drop-in is there': `printf '[Service]\\nRestartSec=7\\n' >${dropIn}`,
  'the drop-in is another': `printf '[Service]\\nRestartSec=8\\n' >${dropIn}`,
  'one for all services is there': `printf '[Unit]\\n' >/etc/systemd/system/service.d/a.conf`,
  'the drop-ins are gone': `rm -r ${unit}.d /etc/systemd/system/service.d`,
};

const inits: readonly HostInit[] = ['systemd', 'plain'];

for (const init of inits) {
  describeEachRoot(`files that change, with ${init === 'systemd' ? 'systemd' : 'the supervisor'}`, (root) => {
    let host: Host;
    beforeAll(async () => {
      host = await bootWithShop({ root, init });
      await makeImages(host, 'app');
      await succeed(host, 'generate', '-o', '/etc/systemd/system');
      // systemd 252 looks for drop-ins only in directories that were there when it read its units.
      await host.sh(`mkdir ${unit}.d /etc/systemd/system/service.d`);
      if (init === 'plain') await supervise(host);
      await succeed(host, 'reload');
      await succeed(host, 'start', 'db');
    });
    afterAll(() => host.down());

    const isStale = async (): Promise<boolean | undefined> => (await readStatus(host)).get('db')?.needsReload;

    it('nothing is said while they are as they were read', async () => {
      expect(await isStale()).toBe(false);
      expect((await dockunit(host, 'status')).stdout).not.toContain(marker);
    });

    it.each(Object.entries(changes))('%s, which is told until it is read again', async (_, change) => {
      await host.sh(change);
      expect(await isStale()).toBe(true);
      const { stdout } = await dockunit(host, 'status', 'db');
      expect(stdout).toMatch(/^! shop-db\.service: .*changed on disk.* → dockunit reload$/m);
      await succeed(host, 'reload');
      expect(await isStale()).toBe(false);
    });

    it('start reads them again by itself', async () => {
      await host.sh(`sed -i 's/^Description=.*/Description=Yet another/' ${unit}`);
      expect(await isStale()).toBe(true);
      await succeed(host, 'restart', 'db');
      expect(await isStale()).toBe(false);
    });
  });
}
