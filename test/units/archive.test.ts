import { execaSync } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsArchive, writeArchive } from '../../src/units/archive.ts';

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
    ['a'.repeat(100), true],
    ['a'.repeat(101), false],
    [`${'d'.repeat(155)}/${'a'.repeat(100)}`, true],
    [`${'d'.repeat(156)}/a`, false],
    [`${'ä'.repeat(50)}/${'a'.repeat(60)}`, true],
  ])('says whether it can hold a path of such lengths', (path, fits) => {
    expect(fitsArchive(path)).toBe(fits);
    if (fits) {
      expect(tar(writeArchive([entry(path, 'x')]), '-t', '--quoting-style=literal')).toBe(`${path}\n`);
    }
  });
});
