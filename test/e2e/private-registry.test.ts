/** A registry that wants a login: units, `update --dry-run` and `doctor` have the one that root's shell has. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UpdateReport } from '../../src/rollout/update-report.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { describeHost } from './host-tier.ts';
import { makeImages } from './images.ts';
import { offer } from './offered-images.ts';
import { type Registry, registryLogin, startRegistry } from './registry.ts';
import { dockunit, program, succeed, supervise, writeShop } from './shop-on-host.ts';
import { type Host, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

/** Keeps what it knows under $HOME, as pass(1) does. */
const helper = '#!/bin/sh\nread -r server || :\n[ "$1" = get ] && cat "${HOME:?}/.store"\n';

for (const [root, init] of [
  ['bookworm', 'systemd'],
  ['trixie', 'systemd'],
  ['trixie', 'plain'],
] as const) {
  describeHost(`a registry with a login on ${root} under ${init}`, () => {
    let host: Host;
    let registry: Registry;

    beforeAll(async () => {
      host = await bootHost({ root, init, bind: projectDirectory });
      await makeImages(host, 'app');
      registry = await startRegistry(host, { login: true });
      await host.sh(
        `docker login --username ${registryLogin.user} --password-stdin ${registry.address} 2>/dev/null`,
        { input: registryLogin.password },
      );
      for (const name of ['plain', 'helped']) await offer(host, registry, name, 1);
      await writeShop(host, {
        name: 'reg',
        services: Object.fromEntries(
          ['plain', 'helped'].map((name) => [
            name,
            { image: `${registry.address}/${name}:1`, command: ['forever'] },
          ]),
        ),
      });
      if (init === 'plain') await supervise(host);
      await succeed(host, 'generate', '-o', '/etc/systemd/system');
      await succeed(host, 'reload');
      await succeed(host, 'enable');
    });
    afterAll(() => host.down());

    const version = (name: string): Promise<string> =>
      host.sh(`docker inspect --format '{{.State.Status}} {{.Config.Labels.version}}' reg-${name}`);
    const foresee = async (name: string): Promise<UpdateReport['services'][number] | undefined> =>
      (JSON.parse((await succeed(host, 'update', '--dry-run', '--json', name)).stdout) as UpdateReport)
        .services[0];
    /** What doctor says of images, from a shell with more programs than units have. */
    const examine = async (): Promise<readonly string[]> => {
      const { stdout } = await host.exec([
        'sh',
        '-c',
        `PATH=/root/bin:$PATH exec node ${program} doctor --json`,
      ]);
      return (JSON.parse(stdout) as { findings: readonly Diagnostic[] }).findings
        .filter(({ code }) => code === 'images')
        .map(({ path, severity, message, remedy }) => `${severity} ${String(path)}: ${message} → ${remedy}`);
    };
    /** Has docker ask a credential helper, in place of what `docker login` wrote. */
    const useHelper = async (path: string): Promise<void> => {
      const { user: Username, password: Secret } = registryLogin;
      const store = { ServerURL: registry.address, Username, Secret };
      await host.writeFile('/root/.store', JSON.stringify(store), 0o600);
      await host.writeFile('/root/.docker/config.json', '{"credsStore":"homey"}', 0o600);
      await host.writeFile(path, helper, 0o755);
    };

    it('is asked by update --dry-run with the login that docker login wrote', async () => {
      expect(await examine()).toEqual([]);
      await succeed(host, 'start', 'plain');
      expect(await foresee('plain')).toMatchObject({ change: 'same' });
      await offer(host, registry, 'plain', 2);
      const foreseen = await foresee('plain');
      expect(foreseen).toMatchObject({ change: 'new' });
      const updated = JSON.parse((await succeed(host, 'update', 'plain', '--json')).stdout) as UpdateReport;
      expect(updated.services).toEqual([foreseen]);
      expect(await version('plain')).toBe('running 2');
      await offer(host, registry, 'helped', 1);
    });

    it('tries a credential helper as the unit does, which has not the $PATH of a shell', async () => {
      await useHelper('/root/bin/docker-credential-homey');
      expect(await examine()).toEqual([
        expect.stringMatching(
          /^error reg-helped\.service: .* refuses it .*; docker-credential-homey: there is no such program on \$PATH \(\/usr\/local\/sbin:.* → .*docker --config \/root\/\.docker login 127\.0\.0\.1:5000$/,
        ),
      ]);
      expect((await dockunit(host, 'start', 'helped')).exitCode).toBe(1);
      await succeed(host, 'stop', 'helped');
    });

    it('gives its image to a unit whose credential helper keeps its store under $HOME', async () => {
      await useHelper('/usr/local/bin/docker-credential-homey');
      expect(await examine()).toEqual([]);
      // Its last try may still be on its way to failing.
      await host.until(
        'it is pulled and starts',
        () => dockunit(host, 'start', 'helped'),
        ({ exitCode }) => exitCode === 0,
      );
      expect(await version('helped')).toBe('running 1');
      expect(await foresee('helped')).toMatchObject({ change: 'same' });
    });

    it('is not known to those without a login, who say why', async () => {
      await host.sh('echo "{}" >/root/.store');
      expect(await foresee('helped')).toMatchObject({
        change: 'unknown',
        said: expect.stringMatching(/unauthorized|no basic auth|denied/) as unknown,
      });
    });
  });
}
