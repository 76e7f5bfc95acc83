/**
 * Reading YAML against another library: of texts it writes itself, in every style it has. It writes YAML 1.2; within
 * brackets Compose's reader takes `?` and a `:` before a word for indicators, and U+2028 and U+2029 end lines, so it
 * writes none of them here.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, visit } from 'yaml';
import { outlinesOf, outlinesOfSecondReader } from './second-reader.ts';

/** Words that a reader could stumble on, among any others. */
const word = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '- a',
    'a: b',
    'a #b',
    '#',
    '~',
    '1',
    'true',
    '@x',
    '%x',
    '*x',
    '&x',
    '!x',
    '|',
    '>',
    "'",
    '"',
  ),
  fc.constantFrom(
    '---',
    '...',
    '? a',
    '{a',
    'b]',
    'a\nb',
    'a\n',
    '\na',
    ' a\n  b\n',
    'a\n\nb\n\n',
    'ä€𝄞',
    'a\tb',
    'a\\nb',
  ),
  fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((text) => !/[^\P{C}\n]|[\p{Zl}\p{Zp}]|^:|[?]/u.test(text)),
);
const key = fc
  .stringMatching(/^[a-z][a-z0-9_ .-]{0,8}[a-z]$/)
  .filter((text) => !/^(?:null|true|false)$/.test(text));
const value = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(key, tie('node'), { maxKeys: 4 }),
  ),
})).node;
const styles = fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_FOLDED', 'BLOCK_LITERAL');
const layout = fc.record({
  indent: fc.integer({ min: 1, max: 5 }),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 20, 80),
  flowCollectionPadding: fc.boolean(),
});

describe('a second reader of YAML', () => {
  it('finds the same nodes in the same places of its own output', () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { minKeys: 1, maxKeys: 5 }),
        layout,
        fc.array(fc.tuple(styles, fc.boolean()), { minLength: 1, maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        (data, options, choices, lineBreak) => {
          const document = new Document(data);
          let next = 0;
          visit(document, {
            Scalar(role, scalar) {
              if (role !== 'key') scalar.type = choices[next++ % choices.length]?.[0] ?? 'PLAIN';
            },
            Collection(_key, collection) {
              collection.flow = (choices[next++ % choices.length] ?? [])[1] === true;
            },
          });
          const text = document.toString(options).replaceAll('\n', lineBreak);
          // The other library breaks lines within a character of two surrogates, which no file can hold.
          fc.pre(!/\p{Surrogate}/u.test(text));
          // It reads YAML 1.2, where these end no line, as they do in 1.1.
          fc.pre(!/[\u0085\u2028\u2029]/.test(text));
          expect(outlinesOf(text)).toEqual(outlinesOfSecondReader(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
