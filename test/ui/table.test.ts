import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderTable } from '../../src/ui/table.ts';
import type { Column } from '../../src/ui/table.ts';
import { displayWidth, truncate } from '../../src/text/width.ts';
import { markingStyle } from './marking-style.ts';

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['', 0],
    ['名前', 4],
    ['한국어', 6],
    ['カナ', 4],
    ['ｶﾅ', 2],
    ['Ａ１', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['a\u200bb', 2],
    ['👍', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['✓…→', 3],
    ['Ελλάδα', 6],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('truncate', () => {
  it.each([
    ['service', 7, 'service'],
    ['service', 6, 'servi…'],
    ['service', 1, '…'],
    ['service', 0, ''],
    ['名前名前', 5, '名前…'],
    ['名前名前', 4, '名…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('%j to %i is %j', (text, width, expected) => {
    expect(truncate(text, width)).toBe(expected);
  });

  it('never exceeds the width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(12), (text, width) => {
        expect(displayWidth(truncate(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

interface Row {
  readonly service: string;
  readonly restarts: number;
  readonly image: string;
}
const columns: readonly Column<Row>[] = [
  { heading: 'SERVICE', cell: ({ service }) => ({ text: service, style: 'unit' }) },
  { heading: 'RESTARTS', cell: ({ restarts }) => String(restarts), align: 'right' },
  { heading: 'IMAGE', cell: ({ image }) => image, flexible: true },
];
const rows: readonly Row[] = [
  { service: 'web', restarts: 0, image: 'registry.example.com/team/web:1.2.3' },
  { service: '名前', restarts: 12, image: '' },
];

describe('renderTable', () => {
  it('aligns columns by their width on the screen, with no blanks at the end of a line', () => {
    expect(renderTable(columns, rows)).toEqual([
      'SERVICE  RESTARTS  IMAGE',
      'web             0  registry.example.com/team/web:1.2.3',
      '名前           12',
    ]);
  });

  it('cuts the flexible column to the terminal', () => {
    expect(renderTable(columns, rows, { width: 36 })[1]).toBe('web             0  registry.example…');
  });

  it('leaves a stump of the flexible column on a terminal too narrow for the rest', () => {
    expect(renderTable(columns, rows, { width: 10 })[1]).toBe('web             0  registr…');
  });

  it('paints the text and not the padding, so that colours do not shift columns', () => {
    expect(renderTable(columns, rows, { style: markingStyle })).toEqual([
      '<heading:SERVICE>  <heading:RESTARTS>  <heading:IMAGE>',
      '<unit:web>             0  registry.example.com/team/web:1.2.3',
      '<unit:名前>           12',
    ]);
  });

  it('shows control characters instead of obeying them', () => {
    const line = renderTable(columns, [{ service: 'a\nb\x1b[2J', restarts: 1, image: 'x' }])[1];
    expect(line).toBe('a\\x0ab\\x1b[2J         1  x');
  });

  it('starts each cell of a column at the same place, whatever the texts', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 8 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
        const lines = renderTable<string>(
          [
            { heading: 'A', cell: (row) => row },
            { heading: 'B', cell: () => '│' },
          ],
          texts,
        ).slice(1);
        const places = lines.map((line) => displayWidth(line.slice(0, line.lastIndexOf('│'))));
        expect(new Set(places).size).toBe(1);
      }),
    );
  });

  it('never ends a line with a blank of its own', () => {
    const cell = fc.constantFrom('', 'a', 'bb', '名');
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 4 }), (table) => {
        const lines = renderTable<readonly string[]>(
          [
            { heading: 'A', cell: (row) => row[0] ?? '' },
            { heading: 'B', cell: (row) => row[1] ?? '', align: 'right' },
            { heading: 'C', cell: (row) => row[2] ?? '' },
          ],
          table,
        );
        for (const line of lines) expect(line).not.toMatch(/ $/);
      }),
    );
  });
});
