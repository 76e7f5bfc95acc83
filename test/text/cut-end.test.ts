import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutEnd } from '../../src/text/cut-end.ts';

it('removes from the end of a text only the characters that a class matches', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '0', ' ', '\n', '.', '😀') }), (text) => {
      expect(cutEnd(text, /0/)).toBe(text.replace(/0+$/, ''));
      expect(cutEnd(text, /[.\s]/)).toBe(text.replace(/[.\s]+$/, ''));
    }),
  );
});
