import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../src/supervisor/control/lines.ts';
import type { Line } from '../../../src/supervisor/control/lines.ts';

function split(limit: number, pieces: readonly Uint8Array[]): readonly Line[] {
  const splitter = new LineSplitter(limit);
  return pieces.flatMap((piece) => [...splitter.push(piece)]);
}

/** The bytes in pieces of these sizes, over and over. */
function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let begin = 0, index = 0; begin < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(bytes.subarray(begin, begin + size));
    begin += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
const lineText = fc.string({ unit: 'grapheme', maxLength: 600 }).map((text) => text.replaceAll('\n', ' '));

describe('lines', () => {
  it('stay unchanged, however the bytes are chunked', () => {
    fc.assert(
      fc.property(fc.array(lineText), sizes, (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        expect(split(100_000, cut(bytes, cuts))).toEqual(lines.map((text) => ({ text })));
      }),
    );
  });

  it('are never longer than the limit, and end with the first that is', () => {
    fc.assert(
      fc.property(fc.array(lineText), sizes, fc.integer({ min: 0, max: 300 }), (lines, cuts, limit) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const long = lines.findIndex((line) => Buffer.byteLength(line) > limit);
        const whole = (long < 0 ? lines : lines.slice(0, long)).map((text) => ({ text }));
        const expected = long < 0 ? whole : [...whole, { fault: 'too-long' }];
        expect(split(limit, cut(bytes, cuts))).toEqual(expected);
      }),
    );
  });

  it('are errors where they are not UTF-8, and the next line is read again', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0x0a, 0xe2, 0x82]), Buffer.from('\nfine\n')]);
    expect(split(100, [bytes])).toEqual([{ fault: 'not-utf-8' }, { fault: 'not-utf-8' }, { text: 'fine' }]);
  });

  it('without an end are kept and not returned', () => {
    expect(split(100, [Buffer.from('a\nb')])).toEqual([{ text: 'a' }]);
  });
});
