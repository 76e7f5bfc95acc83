/** What a request of many names costs the supervisor: counted loads, since time would depend on the machine. */
import { describe, expect, it } from 'vitest';
import { findUnits, loadUnits } from '../../../src/supervisor/load/load-units.ts';
import { KnownUnits } from '../../../src/supervisor/loop/known-units.ts';
import { complete } from '../../../src/supervisor/steps.ts';
import { quietPorts } from '../quiet-ports.ts';
import { sourcesOf } from '../load/unit-texts.ts';

const many = 40_000;
const numbered = (name: (index: number) => string): readonly string[] =>
  Array.from({ length: many }, (_, index) => name(index));
const none: ReadonlySet<string> = new Set();

/** Of a host with a unit of dockunit's and a template of another's. */
function unitsOfHost(): {
  readonly knows: (names: readonly string[]) => boolean;
  readonly loads: (readonly string[])[];
  reads: () => number;
} {
  const ownNames = ['web.service'];
  const files = {
    'web.service': '[Service]\nExecStart=/bin/true\n',
    'getty@.service': '[Service]\nExecStart=/bin/true\n',
  };
  let reads = 0;
  const texts = sourcesOf({ files });
  const sources = {
    ...texts,
    ownNames: () => ownNames,
    reader: () => {
      const read = texts.reader();
      return (name: string) => {
        reads += 1;
        return read(name);
      };
    },
  };
  const loads: (readonly string[])[] = [];
  const { units } = quietPorts((asked, enabled) => {
    loads.push([...asked]);
    return loadUnits([...ownNames, ...asked], sources, enabled);
  });
  const known = new KnownUnits({ ...units, find: (names) => findUnits(names, sources) }, () => undefined);
  const knows = (names: readonly string[]): boolean => complete(known.know(names, none));
  return { knows, loads, reads: () => reads };
}

describe('units that a request names', () => {
  it('cost nothing where no file has the name, and are not remembered', () => {
    const { knows, loads, reads } = unitsOfHost();
    expect(knows(numbered((index) => `x${String(index)}.service`))).toBe(false);
    expect({ loads, reads: reads() }).toEqual({ loads: [], reads: 0 });
  });

  it('are read once, however often a request names them', () => {
    const { knows, loads, reads } = unitsOfHost();
    expect(knows(numbered(() => 'web.service'))).toBe(true);
    const before = reads();
    expect(knows(numbered(() => 'web.service'))).toBe(false);
    expect({ loads, more: reads() - before }).toEqual({ loads: [['web.service']], more: 0 });
  });

  it.each([
    ['instances of a template', (index: number) => `getty@${String(index)}.service`],
    ['slices', (index: number) => `s${String(index)}.slice`],
    ['mounts', (index: number) => `m${String(index)}.mount`],
  ])('are refused where they are too many %s', (_what, name) => {
    const { knows, loads } = unitsOfHost();
    expect(() => knows(numbered(name))).toThrow('40000 units that are not dockunit’s');
    expect(loads).toEqual([]);
    expect(knows(numbered(name).slice(0, 100))).toBe(true);
  });
});
