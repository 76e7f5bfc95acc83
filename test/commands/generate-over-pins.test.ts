/** `generate -o` over units that `update` pinned. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pinImages } from '../../src/images/pin-images.ts';
import { compileInput } from '../../src/session/compile-project.ts';
import { type GenerateOptions, run } from '../../src/commands/generate.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { writtenContext } from '../run/written-context.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const webPin = `nginx:1.27@${digest('1')}`;
const spec = {
  name: 'shop',
  services: { web: { image: 'nginx:1.27' }, api: { image: 'api:1' }, jobs: { image: 'jobs:1' } },
};

/** The units of `spec` in a directory, web and api pinned, and `generate -o` of a file over them. */
async function overPinned(file: object, options: GenerateOptions = {}) {
  const directory = temporaryDirectory();
  const path = join(directory, 'compose.yaml');
  const common = { file: [path], systemdVersion: 252, dockerVersion: 20 };
  const { context, written } = writtenContext({ workingDirectory: directory });
  writeFileSync(path, JSON.stringify(spec));
  const { set } = await compileInput(context, common, { directory });
  if (set === undefined) throw new Error('not compiled');
  const pins = new Map([
    ['web', webPin],
    ['api', digest('2')],
  ]);
  for (const unit of pinImages(set, pins).units)
    writeFileSync(join(directory, unit.name), serialiseUnit(unit));
  for (const { name, mode, content } of set.files) writeFileSync(join(directory, name), content, { mode });
  writeFileSync(path, JSON.stringify(file));
  expect(await run(context, { ...common, output: directory, ...options })).toBe(0);
  return { ...written, unit: (name: string) => readFileSync(join(directory, name), 'utf8') };
}

it('keeps the pins, and says so', async () => {
  const { out, err, unit } = await overPinned(spec);
  expect(out.split('\n').filter((line) => /^(created|changed)/.test(line))).toEqual([]);
  expect(unit('shop-web.service')).toContain(` ${webPin}\n`);
  expect(err).toBe(
    `note: api stays pinned to sha256:222222222222 (dockunit generate --unpin drops that)\n` +
      `note: web stays pinned to nginx:1.27@sha256:111111111111 (dockunit generate --unpin drops that)\n`,
  );
});

it('keeps the pin of a service whose units get other names, as with replicas', async () => {
  const { unit } = await overPinned({
    ...spec,
    services: { ...spec.services, web: { image: 'nginx:1.27', scale: 2 } },
  });
  for (const name of ['shop-web@1.service', 'shop-web@2.service']) expect(unit(name)).toContain(webPin);
});

it('drops them with --unpin, or where the file names another image, and says so', async () => {
  const dropped = await overPinned(spec, { unpin: true, json: true });
  expect(dropped.unit('shop-web.service')).not.toContain('@sha256');
  expect(JSON.parse(dropped.out)).toMatchObject({
    pins: [
      { service: 'api', pin: digest('2'), fate: 'dropped' },
      { service: 'web', pin: webPin, fate: 'dropped' },
    ],
  });
  const other = await overPinned({ ...spec, services: { ...spec.services, web: { image: 'nginx:1.28' } } });
  expect(other.unit('shop-web.service')).toContain(' nginx:1.28\n');
  expect(other.err).toContain(
    'note: web is no longer pinned to nginx:1.27@sha256:111111111111: the file names another image\n',
  );
  expect(other.unit('shop-api.service')).toContain(digest('2'));
});
