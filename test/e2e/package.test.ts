/** The package as npm installs it, into an empty prefix and without a network: one package, and its verbs work. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { describeHost } from './host-tier.ts';
import { makeImages } from './images.ts';
import { bootHost } from './throwaway-host.ts';
import { projectDirectory, untilRunning } from './units-on-host.ts';

describeHost('the package on trixie', () => {
  it('installs by itself, and drives units over D-Bus', async () => {
    const directory = temporaryDirectory();
    // Built already; a second build at the same time would take the program away from other tests.
    const { stdout } = await execa(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', directory],
      {
        cwd: projectDirectory,
      },
    );
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    const prefix = join(directory, 'prefix');
    await execa('npm', ['install', '--global', '--offline', '--prefix', prefix, join(directory, filename)]);
    expect(await readdir(join(prefix, 'lib/node_modules'))).toEqual(['dockunit']);
    const { stdout: installed } = await execa('tar', ['-c', '-C', prefix, '.'], { encoding: 'buffer' });
    await using host = await bootHost({ root: 'trixie', init: 'systemd' });
    await host.sh('mkdir /opt/prefix');
    await host.exec(['tar', '-x', '-C', '/opt/prefix'], { input: installed });
    expect(await host.sh('find /opt/prefix/lib/node_modules/dockunit -name node_modules')).toBe('');
    await makeImages(host, 'app');
    await host.writeFile(
      '/srv/shop/compose.yaml',
      JSON.stringify({ name: 'shop', services: { web: { image: 'app:test', command: ['forever'] } } }),
    );
    const run = (words: string): Promise<string> =>
      host.sh(`cd /srv/shop; /opt/prefix/bin/dockunit ${words} 2>&1`);
    await run('apply');
    await untilRunning(host, { 'shop-web': 'shop-web' });
    expect(JSON.parse(await run('status --json'))).toMatchObject({
      services: [{ service: 'web', activeState: 'active' }],
    });
    await run('restart web');
    await run('remove');
    expect(await host.sh('docker ps --all --quiet')).toBe('');
  });
});
