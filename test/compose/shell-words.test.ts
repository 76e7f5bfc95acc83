import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitShellWords } from '../../src/compose/shell-words.ts';

const words = fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 });

describe('splitting a command as a shell would', () => {
  it('keeps any words in single quotes', () => {
    fc.assert(
      fc.property(words, (argv) => {
        const line = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
        expect(splitShellWords(line)).toEqual({ ok: true, words: argv });
      }),
    );
  });

  it('keeps any words in double quotes', () => {
    fc.assert(
      fc.property(words, (argv) => {
        const line = argv.map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`).join('\t');
        expect(splitShellWords(line)).toEqual({ ok: true, words: argv });
      }),
    );
  });

  it.each([' ', '\n', '\t'])('reads 2 MiB of %j as the space between two words', (space) => {
    expect(splitShellWords(`a${space.repeat(2 * 1024 * 1024)}b`)).toEqual({ ok: true, words: ['a', 'b'] });
  });

  it.each(['$()', '``', '#', 'a'])('reads 2 MiB of %j as one word', (piece) => {
    const word = piece.repeat((2 * 1024 * 1024) / piece.length);
    expect(splitShellWords(word)).toEqual({ ok: true, words: [word] });
  });

  it('halves 2 MiB of backslashes, but not in single quotes', () => {
    const half = '\\'.repeat(1024 * 1024);
    const line = `${half}${half} "${half}${half}" '${half}'`;
    expect(splitShellWords(line)).toEqual({ ok: true, words: [half, half, half] });
  });

  it.each<readonly [string, readonly string[]]>([
    ['', []],
    ['  a  b\n c ', ['a', 'b', 'c']],
    [`a'b'"c"d`, ['abcd']],
    [`a '' ""`, ['a', '', '']],
    ['a\\ b \\"c', ['a b', '"c']],
    [`"a\\nb" 'a\\nb' "\\x"`, ['a\nb', 'a\\nb', 'x']],
    [`sh -c 'echo "a b" && true'`, ['sh', '-c', 'echo "a b" && true']],
    ['echo $(date +%s) `x y`', ['echo', '$(date +%s)', '`x y`']],
  ])('%j is %j', (line, expected) => {
    expect(splitShellWords(line)).toEqual({ ok: true, words: expected });
  });

  it.each<readonly [string, readonly string[], string]>([
    ['a && b', ['a'], '&& b'],
    ['a; b', ['a'], '; b'],
    ['a 2> /dev/null', ['a'], '> /dev/null'],
    ['a|b', ['a'], '|b'],
  ])('%j ends at %j before %j', (line, expected, cut) => {
    expect(splitShellWords(line)).toEqual({ ok: true, words: expected, cut });
  });

  it.each([`a 'b`, 'a "b', 'a \\', 'a `b', 'a $(b', '(a)', 'a)'])('refuses %j', (line) => {
    expect(splitShellWords(line)).toMatchObject({ ok: false });
  });
});
