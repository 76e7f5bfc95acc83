/** What a request of many names costs the supervisor: counted loads, since time would depend on the machine. */
import { describe, expect, it } from 'vitest';
import { findUnits, loadUnits } from '../../../src/supervisor/load/load-units.ts';
import { KnownUnits } from '../../../src/supervisor/loop/known-units.ts';
import { quietPorts } from '../quiet-ports.ts';
import { sourcesOf } from '../load/unit-texts.ts';

const many = 40_000;
const numbered = (name: (index: number) => string): readonly string[] =>
  Array.from({ length: many }, (_, index) => name(index));
const none: ReadonlySet<string> = new Set();

/** Of a host with a unit of dockunit's and a template of another's. */
function unitsOfHost(): {
  readonly known: KnownUnits;
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
    read: (name: string) => {
      reads += 1;
      return texts.read(name);
    },
  };
  const loads: (readonly string[])[] = [];
  const { units } = quietPorts((asked, enabled) => {
    loads.push([...asked]);
    return loadUnits([...ownNames, ...asked], sources, enabled);
  });
  const known = new KnownUnits({ ...units, find: (names) => findUnits(names, sources) }, () => undefined);
  return { known, loads, reads: () => reads };
}

describe('units that a request names', () => {
  it('cost nothing where no file has the name, and are not remembered', () => {
    const { known, loads, reads } = unitsOfHost();
    expect(
      known.know(
        numbered((index) => `x${String(index)}.service`),
        none,
      ),
    ).toBe(false);
    expect({ loads, reads: reads() }).toEqual({ loads: [], reads: 0 });
  });

  it('are read once, however often a request names them', () => {
    const { known, loads, reads } = unitsOfHost();
    expect(
      known.know(
        numbered(() => 'web.service'),
        none,
      ),
    ).toBe(true);
    const before = reads();
    expect(
      known.know(
        numbered(() => 'web.service'),
        none,
      ),
    ).toBe(false);
    expect({ loads, more: reads() - before }).toEqual({ loads: [['web.service']], more: 0 });
  });

  it.each([
    ['instances of a template', (index: number) => `getty@${String(index)}.service`],
    ['slices', (index: number) => `s${String(index)}.slice`],
    ['mounts', (index: number) => `m${String(index)}.mount`],
  ])('are refused where they are too many %s', (_what, name) => {
    const { known, loads } = unitsOfHost();
    expect(() => known.know(numbered(name), none)).toThrow('40000 units that are not dockunit’s');
    expect(loads).toEqual([]);
    expect(known.know(numbered(name).slice(0, 100), none)).toBe(true);
  });
});
