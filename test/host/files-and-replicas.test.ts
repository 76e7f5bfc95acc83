import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { installSpec, untilRunning } from './units-on-host.ts';

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
