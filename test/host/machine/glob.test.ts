import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { globPaths } from '../../../src/host/machine/glob.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const many = 'a'.repeat(250);

it.each<readonly [string, readonly string[]]>([
  ['*.env', ['a.env', 'ab.env', 'b.env']],
  ['.*', ['.c.env']],
  ['?.env', ['a.env', 'b.env']],
  ['?', ['d', 'é']],
  ['[ab].env', ['a.env', 'b.env']],
  ['[!b]*.env', ['a.env', 'ab.env']],
  ['a*b*.e*v', ['ab.env']],
  ['*/a.env', ['d/a.env']],
  ['[a-b]?', ['a[']],
  ['a[', ['a[']],
  ['[b-a]*', []],
  ['a.env', ['a.env']],
  ['none', []],
  [`${'*a'.repeat(100)}*`, [many]],
  [`${'*a'.repeat(100)}b`, []],
])('the pattern %s matches the paths %j', (pattern, names) => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'd'));
  for (const name of ['a.env', 'ab.env', 'b.env', '.c.env', 'a[', 'é', many, 'd/a.env'])
    writeFileSync(join(directory, name), '');
  expect(globPaths(join(directory, pattern))).toEqual(names.map((name) => join(directory, name)));
});
