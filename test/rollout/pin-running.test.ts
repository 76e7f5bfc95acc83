import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { applyLock, readLock } from '../../src/images/image-lock.ts';
import { pinImages } from '../../src/images/pin-images.ts';
import { compileInput } from '../../src/session/compile-project.ts';
import { writeLockOf } from '../../src/rollout/pin-running.ts';
import { install } from './installed.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { writtenContext } from '../run/written-context.ts';

const pin = (service: string): [string, string] => [service, `${service}:1@sha256:${'1'.repeat(64)}`];
const spec = {
  name: 'shop',
  services: { web: { image: 'web:1' }, api: { image: 'api:1' }, made: { build: '.' } },
};

/** The lock of the units, some of whose services are pinned, in a directory of its own. */
async function lockWith(pins: readonly string[], before?: string) {
  const directory = temporaryDirectory();
  const [path, lock] = [join(directory, 'compose.yaml'), join(directory, 'dockunit.lock')];
  writeFileSync(path, JSON.stringify(spec));
  if (before !== undefined) writeFileSync(lock, before);
  const { context, written } = writtenContext({ workingDirectory: directory });
  const { set } = await compileInput(context, { file: [path], systemdVersion: 252, dockerVersion: 20 });
  if (set === undefined) throw new Error('not compiled');
  const installed = install(pinImages(set, new Map(pins.map(pin))));
  const wrote = writeLockOf('shop', installed, 'system', { ...context, who: 'ann' });
  const text = existsSync(lock) ? readFileSync(lock, 'utf8') : undefined;
  return { err: written.err.replaceAll(directory, ''), wrote: wrote?.replace(directory, ''), text, set };
}

it('a lock covers every service, so that --locked accepts it', async () => {
  const { err, wrote, text, set } = await lockWith(['web', 'api']);
  expect([err, wrote]).toEqual(['Wrote /dockunit.lock\n', '/dockunit.lock']);
  expect(applyLock(set, readLock(text ?? '')).gaps).toEqual([]);
});

it.each([undefined, '{"version":1,"services":{}}'])(
  'a lock that would lack a service is not written, over %s either, and dockunit reports which and the remedy',
  async (before) => {
    const { err, wrote, text } = await lockWith(['web'], before);
    expect([wrote, text]).toEqual([undefined, before]);
    expect(err).toBe(
      'warning: /dockunit.lock is not written: the image of api is not on this host\n' +
        '→ Have it pulled and pinned: dockunit update api; load it first where no registry has it\n',
    );
  },
);
