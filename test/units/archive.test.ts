import { execaSync } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeArchive } from '../../src/units/archive.ts';

const entry = (path: string, content: string) => ({ path, content, mode: 0o640, uid: 1000, gid: 7 });

/** What tar makes of the archive: the judge is another program. */
const tar = (archive: string, ...argv: readonly string[]): string =>
  execaSync('tar', [...argv, '-f', '-'], { input: archive, stripFinalNewline: false }).stdout;

describe('an archive', () => {
  it('lists in tar with mode, owner, size and a time of 0', () => {
    const listed = tar(writeArchive([entry('run/secrets/a', 'ä\n')]), '-tv', '--numeric-owner', '--utc');
    expect(listed).toMatch(/^-rw-r----- 1000\/7 +3 1970-01-01 00:00 run\/secrets\/a\n$/);
  });

  it('keeps its contents, whatever their length', () => {
    const content = fc.string({ unit: 'grapheme', maxLength: 1100 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(content, content, (one, two) => {
        const archive = writeArchive([entry('one', one), entry('d/two', two)]);
        expect(tar(archive, '-x', '-O')).toBe(one + two);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['a'.repeat(100)],
    ['a'.repeat(101)],
    ['ä'.repeat(127)],
    [`${'d'.repeat(155)}/${'a'.repeat(100)}`],
    [`${'d'.repeat(156)}/a`],
    [`${'ä'.repeat(50)}/${'a'.repeat(60)}`],
    [Array.from({ length: 9 }, () => 'd'.repeat(111)).join('/')],
  ])('holds a path of any length, and what comes after it', (path) => {
    const archive = writeArchive([entry(path, 'x'), entry('next', 'y')]);
    expect(tar(archive, '-t', '--quoting-style=literal')).toBe(`${path}\nnext\n`);
    expect(tar(archive, '-x', '-O')).toBe('xy');
  });

  it('counts the digits of the length of a long path', () => {
    // Around the lengths at which one digit more makes the record longer.
    for (let length = 101; length < 1010; length++) {
      const archive = writeArchive([entry(`${'d/'.repeat(length >> 1)}${'a'.repeat(1 + (length & 1))}`, '')]);
      const [, count = '', record = ''] = /\0(\d+)( path=[^\n]*\n)/.exec(archive) ?? ['', '0', ''];
      if (record !== '') expect(Number(count)).toBe(count.length + record.length);
    }
  });
});
