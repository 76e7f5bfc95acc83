/** Three services of one tag: one that runs and is updated, one stopped by hand, one never started. */
import { expect } from 'vitest';
import { offer } from './offered-images.ts';
import type { Registry } from './registry.ts';
import { dockunit, succeed, writeShop } from './shop-on-host.ts';
import type { ExecResult, Host } from './throwaway-host.ts';

const units = '/etc/systemd/system';

/** On a host with image `app:test` and no units called so. */
export async function playSharedTag(host: Host, registry: Registry): Promise<void> {
  const update = (): Promise<ExecResult> => dockunit(host, 'update', 'runs');
  const tag = { image: `${registry.address}/tag:1`, command: ['forever'] };
  const shared = { name: 'shared', services: { runs: tag, stopped: tag, never: tag } };
  const versions = (): Promise<string> =>
    host.sh(
      `for name in runs stopped never; do docker inspect --format '{{.Config.Labels.version}}' shared-$name; done`,
    );
  await host.sh('rm -f /srv/shop/dockunit.lock');
  await offer(host, registry, 'tag', 1);
  await writeShop(host, shared);
  await succeed(host, 'generate', '-p', 'shared', '-o', units);
  await succeed(host, 'reload');
  await succeed(host, 'start', 'runs', 'stopped');
  await succeed(host, 'stop', 'stopped');
  await offer(host, registry, 'tag', 'crashes');
  expect(await update()).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('nothing of shared is updated'),
  });
  await succeed(host, 'start', 'stopped', 'never');
  expect(await versions()).toBe('1\n1\n1');
  await succeed(host, 'stop', 'stopped', 'never');
  // A good one of one service: the lock has all three, and what is gone back to as well.
  await offer(host, registry, 'tag', 2);
  expect((await update()).exitCode).toBe(0);
  await succeed(host, 'start', 'stopped', 'never');
  expect(await versions()).toBe('2\n1\n1');
  const { services } = JSON.parse(await host.readFile('/srv/shop/dockunit.lock')) as {
    services: Record<string, { digest: string }>;
  };
  expect(Object.keys(services)).toEqual(['never', 'runs', 'stopped']);
  expect(services.never?.digest).toBe(services.stopped?.digest);
  expect(services.never?.digest).not.toBe(services.runs?.digest);
  await succeed(host, 'stop', 'stopped', 'never');
  await succeed(host, 'rollback', '-p', 'shared');
  await succeed(host, 'start', 'stopped', 'never');
  expect(await versions()).toBe('1\n1\n1');
  // Units written again keep their pins, and those of the file are there again with --unpin.
  expect((await succeed(host, 'generate', '-p', 'shared', '-o', units)).stderr).toContain(
    'runs stays pinned to',
  );
  await succeed(host, 'reload');
  await succeed(host, 'restart', '-p', 'shared');
  expect(await versions()).toBe('1\n1\n1');
  await succeed(host, 'generate', '-p', 'shared', '-o', units, '--unpin');
  expect(await host.readFile(`${units}/shared-runs.service`)).not.toContain('Pin=');
}
