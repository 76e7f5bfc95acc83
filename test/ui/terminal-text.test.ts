import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { terminalText } from '../../src/ui/terminal-text.ts';

describe('text for a terminal', () => {
  it.each([
    ['the title of the window', 'a\x1b]0;owned\x07b', 'a\\x1b]0;owned\\x07b'],
    ['an erased screen', '\x1b[2J', '\\x1b[2J'],
    ['lines up', '\x1b[3F\x1b[0J', '\\x1b[3F\\x1b[0J'],
    ['the start of the line', 'good\rbad', 'good\\x0dbad'],
    ['C1, which some terminals obey', 'a\x9b2Jb', 'a\\x9b2Jb'],
    ['right to left', 'a\u202ecba\u2069', 'a\\u{202e}cba\\u{2069}'],
    ['what is not seen', 'a\u200b\ufeff\u{e0041}', 'a\\u{200b}\\u{feff}\\u{e0041}'],
    ['other ends of lines', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
    ['hidden text', 'a\x1b[8mb \x1b[1;08mc', 'a\\x1b[8mb \\x1b[1;08mc'],
  ])('shows %s', (_what, text, shown) => {
    expect(terminalText(text)).toBe(shown);
  });

  it.each([
    'two\nlines\tand a tab',
    '\x1b[31mred\x1b[39m \x1b[1;32mgreen\x1b[0m',
    '\x1b[38;5;8mgrey\x1b[48;2;8;8;8m',
    'öäü 漢字 👩‍👩‍👧 نص',
  ])('leaves %j', (text) => {
    expect(terminalText(text)).toBe(text);
  });

  it('has no other control or format character, whatever the input', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\x1b[', '\x1b[1m', '8', ';', 'm', '\x9b', '\u202e', '\u2066', '\r', '\b', '\x1b]8;;'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        // eslint-disable-next-line no-control-regex -- it is control characters that are looked for
        const left = terminalText(pieces.join('')).replace(/\x1b\[[0-9;]*m|[\n\t\u200c\u200d]/g, '');
        expect(left).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
  });
});
