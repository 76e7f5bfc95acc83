/** A host that boots with Compose files in /etc/dockunit, and with no unit of dockunit installed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { program } from './shop-on-host.ts';
import { type ExecResult, type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

const forever = { image: 'app:test', command: ['say=hello', 'forever'] };
const shop = {
  services: { web: { ...forever, depends_on: ['db'], environment: { TOKEN: 'secret' } }, db: forever },
};
const blog = { name: 'diary', services: { page: forever } };
const broken = 'services:\n  web:\n    image: app:test\n    prots: ["80:80"]\n';
const kept = '/run/dockunit/generator';

describeEachRoot('the generator', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd', bind: projectDirectory });
    await makeImages(host, 'app');
    await succeed('install-generator');
    await host.writeFile('/etc/dockunit/shop.yaml', JSON.stringify(shop));
    await host.writeFile('/etc/dockunit/blog.yml', JSON.stringify(blog));
    await host.writeFile('/etc/dockunit/bad.yaml', broken);
    await host.writeFile('/etc/systemd/system/shop-web.service.d/mine.conf', '[Unit]\nDescription=mine\n');
    await host.reboot();
  });
  afterAll(() => host.down());

  const dockunit = (...args: readonly string[]): Promise<ExecResult> => host.exec(['node', program, ...args]);
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await dockunit(...args);
    expect([args, exitCode, stderr]).toEqual([args, 0, stderr]);
    return stdout;
  };
  const run = (...containers: readonly string[]): Promise<string> =>
    host.until(
      `${containers.join(', ')} run`,
      () => host.sh(`docker inspect --format '{{.State.Status}}' ${containers.join(' ')}`),
      (states) => states === containers.map(() => 'running').join('\n'),
    );
  const journal = (): Promise<string> => host.sh('journalctl -b -t dockunit-generator -o cat --no-pager');
  const show = (unit: string, property: string): Promise<string> =>
    host.sh(`systemctl show --value -p ${property} ${unit}`);

  it('boots what they say', async () => {
    await run('shop-web', 'shop-db', 'diary-page');
    expect(
      await host.sh(
        'find /etc/systemd/system -name "shop*.service" -o -name "diary*" -o -name "*.target" -type f',
      ),
    ).toBe('');
    expect(await show('shop-web.service', 'FragmentPath')).toBe('/run/systemd/generator/shop-web.service');
    expect(await host.sh('systemctl is-failed "*" || true')).not.toContain('failed');
  });

  it('tells the journal of the broken one', async () => {
    expect(await journal()).toContain(
      '/etc/dockunit/bad.yaml:4:5 services.web.prots: error: unknown key `prots` -> Write `ports`',
    );
    expect(await show('bad-web.service', 'LoadState')).toBe('not-found');
  });

  it('leaves drop-ins in force, and values to root', async () => {
    expect(await show('shop-web.service', 'Description')).toBe('mine');
    expect(await host.sh('stat -c %a /run/systemd/generator/shop-web.env')).toBe('600');
    const { exitCode } = await host.exec(['setpriv', '--reuid=65534', '--clear-groups', 'ls', kept]);
    expect(exitCode).not.toBe(0);
  });

  it('compiles nothing at a reload where nothing changed, and loses nothing that runs', async () => {
    const compiled = `stat -c %i ${kept}/check`;
    const before = [await host.sh(compiled), await show('shop-web.service', 'MainPID')];
    await host.sh('systemctl daemon-reload');
    expect([await host.sh(compiled), await show('shop-web.service', 'MainPID')]).toEqual(before);
    await run('shop-web', 'shop-db', 'diary-page');
  });

  it('takes in what was edited', async () => {
    await host.writeFile('/etc/dockunit/bad.yaml', broken.replace('prots', 'ports'));
    const services = { ...blog.services, letters: forever };
    await host.writeFile('/etc/dockunit/blog.yml', JSON.stringify({ ...blog, services }));
    await succeed('reload');
    await succeed('start', '-p', 'diary');
    await run('diary-page', 'diary-letters');
    expect(await show('bad-web.service', 'LoadState')).toBe('loaded');
  });

  it('makes units that the other verbs know', async () => {
    expect(await succeed('status')).toMatch(/shop +web +running +- +0 +\S+ s? *enabled/);
    await succeed('restart', 'letters');
    await succeed('stop', 'letters');
    expect(await succeed('logs', 'page')).toContain('hello');
    const { stdout } = await dockunit('doctor', '--json');
    expect(stdout).not.toMatch(/"about": "(shop|diary)/);
  });

  it.each([
    ['enable', ['enable', '-p', 'shop'], 'dockunit start -p shop'],
    ['disable', ['disable', 'page'], 'mv /etc/dockunit/blog.yml /etc/dockunit/blog.yml.off'],
    ['remove', ['remove', '-p', 'shop'], 'rm /etc/dockunit/shop.yaml && dockunit reload'],
    [
      'apply',
      ['apply', '-f', '/etc/dockunit/shop.yaml'],
      'Edit /etc/dockunit/shop.yaml, then: dockunit reload',
    ],
    [
      'diff',
      ['diff', '-f', '/etc/dockunit/shop.yaml'],
      'Edit /etc/dockunit/shop.yaml, then: dockunit reload',
    ],
    [
      'generate -o',
      ['generate', '-f', '/etc/dockunit/shop.yaml', '-o', '/etc/systemd/system'],
      'Edit /etc/dockunit/shop.yaml, then: dockunit reload',
    ],
  ])('has %s say what to do instead', async (_verb, args, remedy) => {
    const before = await host.sh('ls -R /etc/systemd/system /run/systemd/generator');
    const { exitCode, stderr } = await dockunit(...args);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(remedy)]);
    expect(await host.sh('ls -R /etc/systemd/system /run/systemd/generator')).toBe(before);
  });

  it('tells the kernel log where there is one', async () => {
    await host.writeFile('/etc/dockunit/bad.yaml', broken);
    // Not the machine's own, which all hosts would share. A pipe, as generators see all files read-only.
    const told =
      'mkfifo /dev/kmsg; exec 3<>/dev/kmsg; systemctl daemon-reload; dd bs=64k count=1 status=none <&3';
    expect(await host.sh(`${told}; rm /dev/kmsg`)).toMatch(
      /^<3>dockunit-generator\[\d+\]: \/etc\/dockunit\/bad.yaml:4:5 /m,
    );
  });

  it('tells who reloads, and doctor', async () => {
    const { exitCode, stderr } = await dockunit('reload');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('/etc/dockunit/bad.yaml:4:5')]);
    expect((await dockunit('doctor')).stdout).toContain('/etc/dockunit/bad.yaml:4:5 services.web.prots');
  });

  it('boots the next time from what it kept as the host shut down', async () => {
    await host.reboot();
    await run('shop-web', 'shop-db', 'diary-page', 'diary-letters');
    expect((await host.exec(['test', '-e', kept])).exitCode).toBe(1);
    expect(await journal()).toContain('bad.yaml:4:5');
  });

  describe('taken away', () => {
    it('leaves the files, and no units', async () => {
      await succeed('stop', '-p', 'shop');
      await succeed('install-generator', '--uninstall');
      await succeed('reload');
      expect(await show('shop-web.service', 'LoadState')).toBe('not-found');
      expect(await host.sh('ls /etc/dockunit; ls /var/cache/dockunit')).toBe('bad.yaml\nblog.yml\nshop.yaml');
    });
  });
});
