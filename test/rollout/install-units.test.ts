/** `generate -o` into a directory that a manager reads: what it says of the services. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../src/commands/generate.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { writtenContext } from '../run/written-context.ts';

const targets = { user: true, systemdVersion: 252, dockerVersion: 20 } as const;

/** Writes the units into the calling user's directory; what is said on standard error, each time. */
async function generate(
  compose: readonly object[],
  options: { readonly profile?: readonly string[] } = {},
): Promise<readonly string[]> {
  const home = temporaryDirectory();
  const output = join(home, '.config/systemd/user');
  mkdirSync(output, { recursive: true });
  const said: string[] = [];
  for (const one of compose) {
    writeFileSync(join(home, 'compose.yaml'), JSON.stringify(one));
    const { context, written } = writtenContext({ workingDirectory: home, environment: { HOME: home } });
    expect(await run(context, { ...targets, ...options, output })).toBe(0);
    said.push(written.err);
  }
  return said;
}

test('a service of several containers is named once', async () => {
  const shop = (image: string): object => ({
    name: 'shop',
    services: { db: { image: 'db:1' }, worker: { image, scale: 3 } },
  });
  expect(await generate([shop('worker:1'), shop('worker:2')])).toEqual([
    'Next: dockunit enable --now --user db worker\n',
    'Next: dockunit restart --user worker\n',
  ]);
});
