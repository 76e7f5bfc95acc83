/** Which units are in the way of names that are about to be taken. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findObstacles } from '../../src/session/conflicts.ts';
import { parseUnit } from '../../src/units/unit-file.ts';
import type { Unit } from '../../src/units/unit-set.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const text = (project: string): string =>
  `[Install]\nAlias=front.service\n[X-Dockunit]\nProject=${project}\nKind=container\n`;

function web(): Unit {
  const unit = parseUnit('shop-web.service', text('shop'));
  if (unit === undefined) throw new Error('no unit');
  return unit;
}

const environment = {
  name: 'shop-web.env',
  mode: 0o600,
  content: 'TOKEN=new\n',
  unit: 'shop-web.service',
  outline: [],
} as const;

/** @param place lays files into the first directory of the search path, or the second. */
function obstaclesWith(place: (etc: string, usr: string) => void): readonly string[] {
  const root = temporaryDirectory();
  const [etc, usr] = [join(root, 'etc'), join(root, 'usr')];
  for (const directory of [etc, usr]) mkdirSync(directory);
  place(etc, usr);
  return findObstacles({ project: 'shop', units: [web()], files: [environment] }, etc, [etc, usr]).map(
    ({ code, path }) => `${code} ${String(path)}`,
  );
}

test('a unit of the host whose name an alias would take', () => {
  expect(obstaclesWith((_etc, usr) => writeFileSync(join(usr, 'front.service'), '[Service]\n'))).toEqual([
    'unit-foreign front.service',
  ]);
});

test('a unit of another project whose name an alias would take', () => {
  expect(obstaclesWith((etc) => writeFileSync(join(etc, 'front.service'), text('blog')))).toEqual([
    'unit-of-another-project front.service',
  ]);
});

test('the alias of the unit itself is not in the way', () => {
  expect(
    obstaclesWith((etc) => {
      writeFileSync(join(etc, 'shop-web.service'), text('shop'));
      symlinkSync('shop-web.service', join(etc, 'front.service'));
    }),
  ).toEqual([]);
});

test.each([
  ['which no unit reads', () => undefined, ['file-foreign shop-web.env']],
  [
    'beside a unit that reads no such file',
    (etc: string) => writeFileSync(join(etc, 'shop-web.service'), text('shop')),
    ['file-foreign shop-web.env'],
  ],
  [
    'that the unit reads which dockunit wrote',
    (etc: string) =>
      writeFileSync(
        join(etc, 'shop-web.service'),
        `[Service]\nEnvironmentFile=${etc}/shop-web.env\n${text('shop')}`,
      ),
    [],
  ],
  [
    'with the same content',
    (etc: string) => writeFileSync(join(etc, 'shop-web.env'), environment.content),
    [],
  ],
] as const)('a file %s, in the place of one that dockunit writes', (_which, place, found) => {
  expect(
    obstaclesWith((etc) => {
      writeFileSync(join(etc, 'shop-web.env'), 'TOKEN=theirs\n');
      place(etc);
    }),
  ).toEqual(found);
});
