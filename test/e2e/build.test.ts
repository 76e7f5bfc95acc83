import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  bootToBuild,
  build,
  configOf,
  directory,
  dockunit,
  idOf,
  journalEnd,
  outputSince,
  within,
} from './build-on-host.ts';
import { describeEachRoot, describeHost } from './host-tier.ts';
import type { Host } from './throwaway-host.ts';
import { show, untilRunning } from './units-on-host.ts';

const plugin = '/usr/libexec/docker/cli-plugins/docker-buildx';

describeEachRoot('dockunit build', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootToBuild(root);
  });
  afterAll(() => host.down());

  const expectStages = async (): Promise<void> => {
    expect(await within(host, 'built-stages', '/word')).toBe("two 'words' %n");
    expect(await within(host, 'other:tag', '/hosts.txt')).toMatch(/^10\.0\.0\.9\s+db$/m);
    expect(await within(host, 'built-stages', '/net')).toBe('lo');
    expect(await host.sh('docker run --rm built-stages ls /')).not.toContain('unwanted');
    expect(await host.sh(`docker image inspect --format '{{json .Config.Labels}}' built-stages`)).toBe(
      '{"a.label":"one two"}',
    );
  };

  it('builds what the specification says', async () => {
    await build(host, 'stages');
    await expectStages();
    await build(host, 'inline');
    expect(await within(host, 'built-inline', '/inline')).toBe('1');
  });

  it('gives limits to the build by a builder that heeds them', async () => {
    await build(host, 'limits');
    expect(await within(host, 'built-limits', '/shm')).toMatch(/\s32768\s/);
    expect(await within(host, 'built-limits', '/open-files')).toBe('100');
  });

  it('hands in secrets and keys, and leaves none behind', async () => {
    await build(host, 'secret');
    expect(await within(host, 'built-secret', '/size')).toBe('8');
    expect(await host.sh('docker history --no-trunc built-secret')).not.toMatch(/hush!|xyz/);
    expect(await host.sh('ls /tmp')).not.toContain('dockunit-build');
    await build(host, 'ssh');
    expect(await within(host, 'built-ssh', '/agent')).toBe('yes');
  });

  it('takes further contexts, or says what the host lacks', async () => {
    if (root === 'trixie') {
      await build(host, 'contexts');
      expect(await within(host, 'built-contexts', '/file')).toBe('more');
    } else {
      const { exitCode, stderr } = await dockunit(host, ['build', 'contexts']);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('knows no --build-context');
      expect(stderr).toContain('Install the buildx plugin (Debian: docker-buildx)');
    }
  });

  it('builds without BuildKit all that needs none, and says what does', async () => {
    const env = { DOCKER_BUILDKIT: '0' };
    await host.sh('docker rmi built-stages other:tag built-secret');
    await build(host, 'stages', env);
    await expectStages();
    const { exitCode, stderr } = await dockunit(host, ['build', 'secret'], env);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'cannot build built-secret: docker build with DOCKER_BUILDKIT=0 knows no --secret',
    );
    expect(stderr).toContain('or unset DOCKER_BUILDKIT');
    expect((await host.exec(['docker', 'image', 'inspect', 'built-secret'])).exitCode).not.toBe(0);
  });

  it('replaces an image, and leaves it be where the build fails', async () => {
    await build(host, 'web');
    const first = await idOf(host, 'built-web');
    await host.sh(`echo 2 >${directory}/app/version`);
    await build(host, 'web');
    const second = await idOf(host, 'built-web');
    expect(second).not.toBe(first);
    expect(await host.sh('docker run --rm --entrypoint cat built-web /version')).toBe('2');
    await host.sh(`mv ${directory}/app/version ${directory}/app/away`);
    const { exitCode, stderr } = await dockunit(host, ['build', 'web']);
    await host.sh(`mv ${directory}/app/away ${directory}/app/version`);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/COPY failed|failed to .*"\/version"/);
    expect(stderr).toContain('the image built-web of web could not be built');
    expect(await idOf(host, 'built-web')).toBe(second);
  });
});

describeEachRoot('an image that its unit builds', (root) => {
  let host: Host;
  const web = { 'built-web.service': 'built-web' };
  const named = { 'built-named.service': 'built-named' };

  beforeAll(async () => {
    host = await bootToBuild(root);
    const { exitCode, stderr } = await dockunit(host, ['generate', '-o', '/etc/systemd/system']);
    expect(exitCode, stderr).toBe(0);
    await host.sh('systemctl daemon-reload');
  });
  afterAll(() => host.down());

  it('is built before the first start, without a restart', async () => {
    const cursor = await journalEnd(host);
    await host.sh('systemctl start built-web');
    await untilRunning(host, web);
    expect(await host.sh('docker exec built-web cat /version')).toBe('1');
    expect(await show(host, 'built-web', 'NRestarts')).toEqual({ NRestarts: '0' });
    expect(await outputSince(host, cursor, 'built-web-image.service')).toContain('COPY version');
  });

  it('is never built by surprise: not at a start, not at boot', async () => {
    const image = await idOf(host, 'built-web');
    const cursor = await journalEnd(host);
    await host.sh(
      `echo 2 >${directory}/app/version; systemctl enable built-web; systemctl restart built-web`,
    );
    await untilRunning(host, web);
    await host.sh('sync');
    await host.reboot();
    await untilRunning(host, web);
    expect(await idOf(host, 'built-web')).toBe(image);
    expect(await host.sh('docker exec built-web cat /version')).toBe('1');
    expect(await outputSince(host, cursor, 'built-web-image.service')).toBe('');
  });

  it('is replaced by dockunit build, and taken up at the next start', async () => {
    await build(host, 'web');
    expect(await host.sh('docker exec built-web cat /version')).toBe('1');
    expect((await dockunit(host, ['restart', 'web'])).exitCode).toBe(0);
    await untilRunning(host, web);
    expect(await host.sh('docker exec built-web cat /version')).toBe('2');
  });

  it('has secrets and keys as dockunit build has', async () => {
    await host.sh('systemctl start built-secret-image built-ssh-image');
    expect(await within(host, 'built-secret', '/size')).toBe('8');
    expect(await within(host, 'built-ssh', '/agent')).toBe('yes');
  });

  it('is built where it cannot be pulled, and the journal says why', async () => {
    await host.sh('systemctl start built-named');
    await untilRunning(host, named);
    const journal = await host.journal('built-named-image.service');
    expect(journal).toMatch(/Error response from daemon: Get "?https:\/\/not\.there\//);
    expect(journal).toContain('could not pull not.there/named:1: the next command builds it');
    expect(await show(host, 'built-named', 'NRestarts')).toEqual({ NRestarts: '0' });
  });

  it('is not talked about once it is there', async () => {
    const cursor = await journalEnd(host);
    await host.sh('systemctl restart built-named');
    await untilRunning(host, named);
    expect(await outputSince(host, cursor, 'built-named-image.service')).toBe('');
  });

  it('says in the journal why it could neither be pulled nor built', async () => {
    await host.sh(
      `systemctl stop built-named; docker rmi --force not.there/named:1; rm ${directory}/app/version`,
    );
    expect((await host.exec(['systemctl', 'start', 'built-named-image'])).exitCode).not.toBe(0);
    const journal = await host.journal('built-named-image.service');
    expect(journal.slice(journal.lastIndexOf('could not pull'))).toMatch(
      /COPY failed|failed to .*"\/version"/,
    );
  });
});

describeHost('an image built on trixie', () => {
  let host: Host;
  beforeAll(async () => {
    host = await bootToBuild('trixie');
  });
  afterAll(() => host.down());

  const compose = (service: string): Promise<string> =>
    host.sh(`cd ${directory} && docker compose build ${service}`);

  it.each(['stages', 'inline', 'limits', 'secret', 'ssh', 'contexts', 'web', 'named'])(
    'is the one docker compose builds: %s',
    async (service) => {
      const image = service === 'named' ? 'not.there/named:1' : `built-${service}`;
      await build(host, service);
      const ours = await configOf(host, image);
      await host.sh(`docker rmi --force ${image}`);
      await compose(service);
      expect(ours).toEqual(await configOf(host, image));
    },
  );

  it('says what is missing without the buildx plugin, and builds what needs none', async () => {
    await host.sh(`mv ${plugin} /root/`);
    // Where nothing can be written down, the error comes first all the same.
    await host.sh('rm -rf /var/log/dockunit; touch /var/log/dockunit; docker rmi --force built-limits');
    const { exitCode, stderr } = await dockunit(host, ['build', 'limits', 'secret']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cannot build built-secret: docker build knows no --secret here');
    expect(stderr).toMatch(/\nerror: the image built-secret[^]*\nwarning: this change is not in the audit: /);
    await host.sh('rm /var/log/dockunit; docker rmi --force built-limits');
    await build(host, 'limits');
    expect(await within(host, 'built-limits', '/shm')).toMatch(/\s32768\s/);
    expect(await within(host, 'built-limits', '/open-files')).toBe('100');
    await build(host, 'web');
    await host.sh(`mv /root/docker-buildx ${plugin}`);
  });
});
