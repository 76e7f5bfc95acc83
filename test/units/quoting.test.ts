import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  normaliseText,
  parseCommand,
  parseData,
  quoteCommand,
  quoteData,
  quotePath,
} from '../../src/units/quoting.ts';
import { parseSections, serialiseUnit } from '../../src/units/unit-file.ts';
import type { Unit } from '../../src/units/unit-set.ts';
import { awkwardText } from '../exactness/awkward-text.ts';

const quote = (...argv: string[]): string => quoteCommand({ ignoreFailure: false, argv });

describe('quoteCommand', () => {
  it.each([
    { argv: ['docker', 'ps'], line: 'docker ps' },
    { argv: ['docker', ''], line: 'docker ""' },
    { argv: ['docker', 'a b'], line: 'docker "a b"' },
    { argv: ['docker', '100%'], line: 'docker "100%%"' },
    { argv: ['docker', '$HOME'], line: ':docker "$HOME"' },
    { argv: ['docker', 'back\\'], line: 'docker "back\\\\"' },
    { argv: ['docker', ';'], line: 'docker ";"' },
    { argv: ['docker', 'say "hi"'], line: `docker 'say "hi"'` },
    { argv: ['docker', `it's "it"`], line: `docker "it's \\"it\\""` },
    { argv: ['docker', 'two\nlines\t\x01'], line: 'docker "two\\nlines\\t\\x01"' },
    { argv: ['docker', 'ÿ🎈'], line: 'docker "ÿ🎈"' },
  ])('writes $argv as $line', ({ argv, line }) => {
    expect(quote(...argv)).toBe(line);
  });

  it('leaves a specifier to systemd and doubles a literal percent beside it', () => {
    const argv = ['docker', '--env-file', [{ specifier: 'Y' } as const, '/100%.env']];
    expect(quoteCommand({ ignoreFailure: true, argv })).toBe('-docker --env-file "%Y/100%%.env"');
  });

  it('writes bytes for noncharacters, at which systemd would ignore the whole line', () => {
    expect(quote('docker', 'a\uffffb "', '\u{1fffe}')).toBe(
      'docker "a\\xef\\xbf\\xbfb \\"" "\\xf0\\x9f\\xbf\\xbe"',
    );
  });

  it('refuses a NUL rather than cutting the argument short', () => {
    expect(() => quote('docker', 'a\0b')).toThrow(RangeError);
  });

  it('folds a long line at its options, with the image on its own row', () => {
    const long = quote(
      'docker',
      'create',
      '--init',
      '--label',
      'a b'.repeat(20),
      '--name',
      'x'.repeat(60),
      'image',
      'run',
    );
    expect(long.split(' \\\n')).toEqual([
      'docker create',
      '  --init',
      `  --label "${'a b'.repeat(20)}"`,
      `  --name ${'x'.repeat(60)}`,
      '  image run',
    ]);
  });
});

describe('argv survives writing and reading a unit file', () => {
  const unitOf = (argv: string[], ignoreFailure: boolean): Unit => ({
    name: 'a.service',
    kind: 'container',
    sections: [
      {
        name: 'Service',
        directives: [{ key: 'ExecStart', value: { kind: 'exec', command: { ignoreFailure, argv } } }],
      },
    ],
  });

  it('for any arguments', () => {
    fc.assert(
      fc.property(fc.array(awkwardText()), fc.boolean(), (words, ignoreFailure) => {
        const unit = unitOf(['docker', ...words], ignoreFailure);
        expect(parseSections(serialiseUnit(unit))).toEqual(unit.sections);
      }),
      { numRuns: 2000 },
    );
  });

  it('with one logical line whatever the arguments hold', () => {
    fc.assert(
      fc.property(fc.array(awkwardText()), (words) => {
        const line = quote('docker', ...words);
        expect(line.replaceAll(/ \\\n {2}/g, ' ')).not.toMatch(/[\n\r]/);
        expect(parseCommand(line.replaceAll(/ \\\n {2}/g, ' ')).argv).toEqual(['docker', ...words]);
      }),
    );
  });
});

describe('quoteData', () => {
  it('carries any text on one line', () => {
    fc.assert(
      fc.property(awkwardText(), (text) => {
        expect(quoteData(text)).not.toMatch(/\n|^[ \t]|[ \t]$/);
        expect(parseData(quoteData(text))).toBe(text);
      }),
    );
  });
});

describe('normaliseText', () => {
  it('never ends in a backslash, which would continue on the next line', () => {
    fc.assert(
      fc.property(awkwardText(), (text) => {
        expect(normaliseText(text)).not.toMatch(/\\$|\n/);
      }),
    );
  });
});

describe('quotePath', () => {
  it.each([
    ['/srv/data', '/srv/data'],
    ['/srv/my data', '"/srv/my data"'],
    ['/srv/100%', '"/srv/100%%"'],
    ['/srv/"x"', `'/srv/"x"'`],
  ])('writes %s as %s', (path, quoted) => {
    expect(quotePath(path)).toBe(quoted);
  });

  it('refuses a path that systemd would misread', () => {
    expect(quotePath(`/a"b'c`)).toBeUndefined();
    expect(quotePath('/a\nb')).toBeUndefined();
  });
});
