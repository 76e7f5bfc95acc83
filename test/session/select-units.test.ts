import { describe, expect, test } from 'vitest';
import { type ServiceOfFile, chooseUnits } from '../../src/session/select-units.ts';
import { UsageError } from '../../src/run/context.ts';
import { installedUnits } from '../../src/session/installed-units.ts';
import type { LookupScope } from '../../src/session/default-project.ts';
import { bothUnits, shopFiles, shopUnits, todoFiles } from '../commands/shop.ts';

const elsewhere: LookupScope = {
  scope: 'system',
  purpose: 'read',
  files: [],
  isExplicit: false,
  directory: '/root',
  real: (path) => path,
};
const inShop: LookupScope = { ...elsewhere, files: ['/srv/shop/compose.yaml'], directory: '/srv/shop' };
const ofFile: Readonly<Record<string, ServiceOfFile>> = {
  seed: { file: '/srv/shop/compose.yaml', inactiveProfiles: ['tools', 'dev'] },
  api: { file: '/srv/shop/compose.yaml', inactiveProfiles: [] },
};
const foreign = new Set(['nginx.service', 'ssh.service']);

async function choose(
  names: readonly string[],
  place = elsewhere,
  units = bothUnits,
): Promise<readonly string[]> {
  const chosen = await chooseUnits(names, units, place, {
    isForeign: (unit) => Promise.resolve(foreign.has(unit)),
    serviceOfFile: (name) => Promise.resolve(ofFile[name]),
  });
  return chosen.map(({ name }) => name);
}

async function refused(...given: Parameters<typeof choose>): Promise<string> {
  const error: unknown = await choose(...given).catch((reason: unknown) => reason);
  if (!(error instanceof UsageError)) throw new Error(`no UsageError but ${String(error)}`);
  return `${error.message} → ${error.remedy}`;
}

describe('the meaning of a name', () => {
  test.each([
    ['a full unit name', 'shop-web.service', 'shop-web.service'],
    ['the stem of a container unit', 'shop-web', 'shop-web.service'],
    ['a service only one project has', 'db', 'shop-db.service'],
    ['a project', 'shop', 'shop.target'],
    ['a target by its name', 'shop.target', 'shop.target'],
    ['a service rather than the project of the same name', 'todo', 'todo.service'],
    ['a gate by its stem', 'shop-db-healthy', 'shop-db-healthy.service'],
  ])('%s', async (_what, name, unit) => {
    expect(await choose([name])).toEqual([unit]);
  });

  test('a service of several projects is the one of the default project', async () => {
    expect(await choose(['web'], inShop)).toEqual(['shop-web.service']);
    expect(await choose(['web'], { ...elsewhere, project: 'todo' })).toEqual(['web.service']);
    expect(
      await choose(['web'], { ...elsewhere, isExplicit: true, files: ['/srv/shop/compose.yaml'] }),
    ).toEqual(['shop-web.service']);
  });

  test('a name of several services lists them all', async () => {
    expect(await refused(['web'])).toBe(
      '"web" could be a service of shop or of todo → say which: shop-web.service or web.service',
    );
  });

  test('a project of several containers of a service is named once', async () => {
    const [web] = shopUnits.filter(({ name }) => name === 'shop-web.service');
    const [todo] = bothUnits.filter(({ name }) => name === 'web.service');
    if (web === undefined || todo === undefined) throw new Error('no web');
    const several = [1, 2].map((number) => ({ ...web, name: `shop-web@${String(number)}.service` }));
    expect(await refused(['web'], elsewhere, [...several, todo])).toBe(
      '"web" could be a service of shop or of todo → say which: shop-web@1.service or shop-web@2.service or web.service',
    );
  });

  test('the proposed names for an ambiguous one are not ambiguous', async () => {
    expect(await choose(['shop-web.service', 'web.service'])).toEqual(['shop-web.service', 'web.service']);
  });

  test('a typing error is corrected, and the services are listed', async () => {
    expect(await refused(['migrat'], inShop, shopUnits)).toBe(
      'There is no service, unit or project "migrat" → did you mean migrate? the services are db, migrate, web',
    );
  });

  test('a name like no other is not corrected', async () => {
    expect(await refused(['zookeeper'], inShop, shopUnits)).toBe(
      'There is no service, unit or project "zookeeper" → choose another name: the services are db, migrate, web',
    );
  });

  test('a service of the file that is not installed: why, and how to install it', async () => {
    expect(await refused(['seed'], inShop)).toBe(
      '"seed" is a service of /srv/shop/compose.yaml that is not installed: none of its profiles is active (tools, dev) → install it with its profile: dockunit apply --profile tools',
    );
    expect(await refused(['api'], inShop, [])).toBe(
      '"api" is a service of /srv/shop/compose.yaml that is not installed → install it first: dockunit apply',
    );
  });

  test.each(['nginx', 'ssh.service'])('%s, a unit that is not dockunit’s, is left alone', async (name) => {
    expect(await refused([name])).toMatch(/is not a unit of dockunit → use systemctl for it$/);
  });

  test('each unit is chosen once, in the order of the names', async () => {
    expect(await choose(['migrate', 'db', 'shop-migrate.service'])).toEqual([
      'shop-migrate.service',
      'shop-db.service',
    ]);
  });
});

describe('without names', () => {
  test('the project whose file is here, or in the nearest directory above', async () => {
    expect(await choose([], inShop)).toEqual(['shop.target']);
    expect(await choose([], { ...elsewhere, directory: '/srv/todo/src/deep' })).toEqual(['todo.target']);
  });

  test('the only project installed, whatever the working directory', async () => {
    expect(await choose([], elsewhere, shopUnits)).toEqual(['shop.target']);
  });

  test('several projects elsewhere: they are listed', async () => {
    expect(await refused([])).toBe(
      'Several projects are installed: shop, todo → name a project or services, such as shop',
    );
  });

  test('two projects of one directory are not confused', async () => {
    const twice = installedUnits([
      ...shopFiles,
      ...todoFiles.map((file) => ({ ...file, text: file.text.replace('/srv/todo/', '/srv/shop/') })),
    ]);
    expect(await refused([], inShop, twice)).toMatch(/^Several projects are installed from here: shop, todo/);
    expect(await choose([], { ...inShop, project: 'todo' }, twice)).toEqual(['todo.target']);
  });

  test('a project that is not installed', async () => {
    expect(await refused([], { ...elsewhere, project: 'blog' })).toBe(
      'No project blog is installed → name one that is: shop, todo',
    );
  });

  test('nothing installed: how to begin, with and without names', async () => {
    for (const names of [[], ['web']]) {
      expect(await refused(names, elsewhere, [])).toMatch(
        /^No unit of dockunit is installed → .*dockunit apply$/,
      );
    }
    expect(await refused([], { ...elsewhere, scope: 'user' }, [])).toMatch(/dockunit apply --user$/);
  });
});

test('units without [X-Dockunit] are not dockunit’s, whatever their names', () => {
  const foreignFile = { name: 'shop-web.service', path: '/x', text: '[Service]\nExecStart=/bin/true\n' };
  expect(installedUnits([foreignFile])).toEqual([]);
});
