/**
 * What a host does to `generate -o`: the places it may not or cannot write. The units of before stay
 * whole, and the user is told what to do.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { program } from './shop-on-host.ts';
import { bootHost, type ExecResult, type Host } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

const place = '/srv/place';
const project = '/srv/project';
const compose = (value: string): string =>
  JSON.stringify({
    name: 'shop',
    services: {
      web: { image: 'busybox:test', environment: { VALUE: value } },
      db: { image: 'busybox:test', environment: { VALUE: value } },
    },
  });

describeHost('generate -o on a host', () => {
  let host: Host;
  let before: string;
  beforeAll(async () => {
    host = await bootHost({ root: 'bookworm', init: 'plain', bind: projectDirectory });
  });
  afterAll(() => host.down());

  /** An earlier version of the units, on a small disk of their own. */
  beforeEach(async () => {
    await host.sh(
      `! mountpoint -q ${place} || umount ${place}; mkdir -p ${place} ${project}; chmod 755 ${project}; mount -t tmpfs -o size=256k,mode=755 none ${place}`,
    );
    await host.writeFile(`${project}/compose.yaml`, compose('old'));
    expect(await generate()).toMatchObject({ exitCode: 0 });
    before = await digest();
    expect(before).toMatch(/shop-web\.service[^]*shop-web\.env/);
    await host.writeFile(`${project}/compose.yaml`, compose('new'));
  });

  const digest = (): Promise<string> =>
    host.sh(`cd ${place}; find . -type f -printf '%m %u ' -exec sha256sum {} + | sort -k4; find . | sort`);

  const generate = (...prefix: readonly string[]): Promise<ExecResult> =>
    host.exec([
      ...(['sh', '-c', `cd ${project} && exec "$@"`, 'sh'] as const),
      ...prefix,
      ...['node', program, 'generate', '-o', place],
    ]);
  const unprivileged = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;

  async function expectFailure(result: ExecResult, says: RegExp): Promise<void> {
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(says);
    expect(result.stderr).toMatch(/^ *→ \S/m);
    expect(result.stderr).not.toMatch(/^\s+at |internal error/m);
    expect(await digest()).toBe(before);
  }

  it('says that the disk is full, and leaves the old units whole', async () => {
    // One block is left: the first file that changed still fits, the second does not.
    await host.sh(
      `dd if=/dev/zero of=${place}/ballast bs=4k 2>/dev/null || true; truncate -s -4k ${place}/ballast`,
    );
    before = await digest();
    await expectFailure(await generate(), /disk is full/);
    await host.sh(`rm ${place}/ballast`);
    expect(await generate()).toMatchObject({ exitCode: 0 });
    expect(await host.sh(`cat ${place}/shop-web.env`)).toContain('VALUE=new');
  });

  it('says that the file system is read-only', async () => {
    await host.sh(`mount -o remount,ro ${place}`);
    await expectFailure(await generate(), /read-only/);
  });

  it('says to an unprivileged user that the directory is not theirs', async () => {
    await expectFailure(await generate(...unprivileged), /permission denied[^]*sudo/);
  });

  it('says to an unprivileged user that the Compose file is not theirs to read', async () => {
    await host.sh(`chmod 600 ${project}/compose.yaml`);
    const result = await generate(...unprivileged);
    await expectFailure(result, /compose\.yaml cannot be read/);
  });

  it('does not follow a link that stands in the place of a unit', async () => {
    await host.sh(`rm ${place}/shop-web.service; ln -s /etc/passwd ${place}/shop-web.service`);
    before = await digest();
    const passwords = await host.sh('sha256sum /etc/passwd');
    await expectFailure(await generate(), /shop-web\.service/);
    expect(await host.sh('sha256sum /etc/passwd')).toBe(passwords);
  });
});
