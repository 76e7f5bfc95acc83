import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOfBytes } from '../../../src/host/machine/text-of-bytes.ts';

describe('the text of a file', () => {
  it('is decoded as UTF-8 or, by its mark, UTF-16', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((one) => one.isWellFormed());
    fc.assert(
      fc.property(text, (one) => {
        const marked = Buffer.from(`\ufeff${one}`, 'utf16le');
        expect(textOfBytes(Buffer.from(one))).toBe(one);
        expect(textOfBytes(marked)).toBe(`\ufeff${one}`);
        expect(textOfBytes(Buffer.from(marked).swap16())).toBe(`\ufeff${one}`);
      }),
    );
  });

  it.each([
    { what: 'Latin-1', bytes: [0x68, 0xe9, 0x0a], text: 'h\udce9\n' },
    { what: 'a character that is cut off', bytes: [0xe2, 0x82], text: '\udce2\udc82' },
    { what: 'an overlong character', bytes: [0xc0, 0xaf], text: '\udcc0\udcaf' },
    { what: 'half a surrogate pair', bytes: [0xed, 0xa0, 0x80], text: '\udced\udca0\udc80' },
    { what: 'a character too high', bytes: [0xf4, 0x90, 0x80, 0x80], text: '\udcf4\udc90\udc80\udc80' },
    {
      what: 'a byte beside characters of each length',
      bytes: [...Buffer.from('aä€𝄞'), 0xff],
      text: 'aä€𝄞\udcff',
    },
    {
      what: 'the character that stands for lost ones',
      bytes: [...Buffer.from('\ufffd'), 0x80],
      text: '\ufffd\udc80',
    },
    { what: 'half a character of UTF-16', bytes: [0xff, 0xfe, 0x61, 0, 0x62], text: '\ufeffa\udc62' },
  ])('keeps $what as half a surrogate pair each', ({ bytes, text }) => {
    expect(textOfBytes(Buffer.from(bytes))).toBe(text);
  });
});
