/** A service that is installed while none of its profiles is active, and one that is not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type DiffReport, run as diff } from '../../src/commands/diff.ts';
import { type GenerateOptions, run as generate } from '../../src/commands/generate.ts';
import { chooseHere } from '../../src/session/session.ts';
import { readInstalled } from '../../src/session/installed-units.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { writtenContext } from '../run/written-context.ts';

const spec = {
  name: 'shop',
  services: {
    web: { image: 'web:1', volumes: ['data:/data'] },
    seed: { image: 'seed:1', profiles: ['tools'], volumes: ['seeds:/seeds'], depends_on: ['web'] },
    debug: { image: 'debug:1', profiles: ['tools'] },
  },
  volumes: { data: {}, seeds: {} },
};

/** The file in a home, whose user has units of their own. */
function inHome() {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'compose.yaml'), JSON.stringify(spec));
  const { context, written } = writtenContext({
    workingDirectory: directory,
    environment: { HOME: directory },
    purpose: 'change',
  });
  const units = join(directory, '.config/systemd/user');
  const options = { user: true, systemdVersion: 252, dockerVersion: 20 } as const;
  const install = (more: GenerateOptions = {}) => generate(context, { ...options, output: units, ...more });
  return { context, written, options, install, installed: () => readInstalled([units]) };
}

it('an installed service of a profile stays unchanged', async () => {
  const { context, written, options, install } = inHome();
  await install({ profile: ['tools'] });
  Object.assign(written, { out: '', err: '' });
  await install();
  expect(written.out.split('\n').filter((line) => line !== '' && !line.startsWith('unchanged'))).toEqual([]);
  expect(written.err).toBe('');
  written.out = '';
  expect(await diff(context, { ...options, prune: true, json: true })).toBe(0);
  const { differs, units, plan } = JSON.parse(written.out) as DiffReport;
  expect({ differs, units, orphans: plan.orphans }).toEqual({ differs: false, units: [], orphans: [] });
});

it('is named with its profiles where it is not installed', async () => {
  const { context, options, install, installed } = inHome();
  await install();
  await expect(chooseHere(['seed'], installed(), context, options)).rejects.toMatchObject({
    message: `"seed" is a service of ${context.workingDirectory}/compose.yaml that is not installed: none of its profiles is active (tools)`,
    remedy: 'install it with its profile: dockunit apply --user --profile tools',
  });
  await expect(
    chooseHere(['seed'], installed(), context, { ...options, projectName: 'other' }),
  ).rejects.toThrow('There is no service, unit or project "seed"');
});
