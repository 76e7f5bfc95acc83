import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutEnd } from '../../src/text/cut-end.ts';

it('cuts off the end of a text what a class matches, and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '0', ' ', '\n', '.', '😀') }), (text) => {
      expect(cutEnd(text, /0/)).toBe(text.replace(/0+$/, ''));
      expect(cutEnd(text, /[.\s]/)).toBe(text.replace(/[.\s]+$/, ''));
    }),
  );
});
