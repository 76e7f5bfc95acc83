/** Whatever the compiler makes loads without a word, and says what it said. */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadUnits } from '../../../src/supervisor/load/load-units.ts';
import { sourcesOf } from './unit-texts.ts';

const fixtures = new URL('../../fixtures/units/', import.meta.url);

it.each(readdirSync(fixtures))('loads the units of %s without diagnostics', (fixture) => {
  const text = readFileSync(new URL(fixture, fixtures), 'utf8');
  const files = Object.fromEntries(
    [...text.matchAll(/^# (\S+\.(?:service|target|slice))\n((?:(?!^# \S+\.).*\n?)*)/gm)].map(
      ([, name, unit]) => [name ?? '', unit ?? ''],
    ),
  );
  const names = Object.keys(files);
  expect(names.length).toBeGreaterThan(3);
  const { units, diagnostics } = loadUnits(names, sourcesOf({ files }), new Set(names));
  expect(diagnostics).toEqual([]);
  for (const [name, { config }] of units) expect(`${name} ${config.loadState}`).toBe(`${name} loaded`);
});
