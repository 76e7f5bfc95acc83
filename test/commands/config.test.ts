import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ConfigOptions, run } from '../../src/commands/config.ts';
import { writtenContext } from '../run/written-context.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function config(
  files: Readonly<Record<string, string>>,
  options: ConfigOptions = {},
): Promise<Printed> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const { context, written } = writtenContext({ workingDirectory: directory });
  return { code: await run(context, options), ...written };
}

const shop = {
  'compose.yaml': `
name: shop
include: [db.yaml]
services:
  web: { image: web, command: ["echo", "$$HOME"], networks: [default], credential_spec: { file: x } }
  tests: { image: web, profiles: [test] }
`,
  'db.yaml': 'services: { db: { image: db, network_mode: none } }',
};

const wanted = {
  name: 'shop',
  services: {
    db: { image: 'db', network_mode: 'none' },
    web: {
      command: ['echo', '$$HOME'],
      credential_spec: { file: 'x' },
      image: 'web',
      networks: { default: null },
    },
  },
  networks: { default: { name: 'shop_default' } },
};

describe('config', () => {
  it('prints the files as one, as YAML and as JSON, keys that no unit can honour included', async () => {
    const yaml = await config(shop);
    expect(yaml).toMatchObject({ code: 0, err: '' });
    expect(parse(yaml.out)).toEqual(wanted);
    const json = await config(shop, { format: 'json' });
    expect(JSON.parse(json.out)).toEqual(wanted);
  });

  it('prints the names of the active services', async () => {
    expect(await config(shop, { services: true })).toEqual({ code: 0, out: 'db\nweb\n', err: '' });
    expect(await config(shop, { services: true, profile: ['*'] })).toMatchObject({ out: 'db\ntests\nweb\n' });
  });

  it('shows a mistake in the file where it stands, once, and prints nothing', async () => {
    const files = { ...shop, 'db.yaml': 'services: { db: { image: db, ports: [nonsense] } }' };
    const { code, out, err } = await config(files);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.match(/nonsense` /g)).toHaveLength(1);
    expect(err).toContain('db.yaml:1:38');
    expect(err).toContain('services: { db: { image: db, ports: [nonsense] } }');
  });

  it('refuses a service with neither image nor build', async () => {
    const { code, err } = await config({ 'compose.yaml': 'services: { a: { command: x } }' });
    expect(code).toBe(2);
    expect(err).toContain('the service `a` has neither an image nor a build');
  });
});
