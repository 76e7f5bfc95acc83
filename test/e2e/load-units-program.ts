/** Run by node within a host: loads the units named on standard input, one to a line, and prints what came out. */
import { readFileSync } from 'node:fs';
import { createUnitSources } from '../../src/host/units/unit-sources.ts';
import { loadUnits } from '../../src/supervisor/load/load-units.ts';

const names = readFileSync(0, 'utf8')
  .split('\n')
  .filter((name) => name !== '');
const { units, diagnostics } = loadUnits(names, createUnitSources('system', process.env));
const plain = (_key: string, value: unknown): unknown => {
  if (value instanceof Set) return [...(value as Set<unknown>)];
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  return value === Infinity ? 'infinity' : value;
};
process.stdout.write(JSON.stringify({ units: [...units.values()], diagnostics }, plain));
