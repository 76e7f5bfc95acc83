import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDotenv, readRawEnv } from '../../src/compose/dotenv.ts';
import { Findings } from '../../src/compose/findings.ts';
import { SourceText } from '../../src/compose/tree.ts';

type Environment = Readonly<Record<string, string>>;

function read(text: string, environment: Environment = {}, reader = readDotenv) {
  const into = new Map<string, string>();
  const findings = new Findings();
  reader(new SourceText('.env', text), into, (name) => environment[name], findings);
  return { variables: Object.fromEntries(into), findings: findings.all };
}

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const variables = (value: fc.Arbitrary<string>) => fc.dictionary(name, value, { noNullPrototype: true });

const longTexts = [
  ['newlines', '\n'],
  ['comments', '#b\n\n'],
  ['one comment', '#'],
  ['blanks', ' '],
  ['tabs', '\t'],
].map(([what = '', piece = '']) => [what, piece.repeat((2 * 1024 * 1024) / piece.length)] as const);

describe('.env files', () => {
  it('keep any value in double quotes with its escapes', () => {
    const written = (values: Environment) =>
      Object.entries(values).map(([key, value]) => `${key}="${value.replace(/[\\"$]/g, '\\$&')}"\n`);
    fc.assert(
      fc.property(
        variables(
          fc.string({ unit: fc.constantFrom('\\', '"', "'", '$', '{', '}', 'n', ' ', '#', '\n', 'é') }),
        ),
        (values) => {
          expect(read(written(values).join(''))).toEqual({ variables: values, findings: [] });
        },
      ),
    );
  });

  it('keep any value in single quotes unchanged', () => {
    fc.assert(
      fc.property(
        variables(fc.string({ unit: 'binary' }).map((text) => text.replace(/['\\]/g, ''))),
        (values) => {
          const text = Object.entries(values).map(([key, value]) => `export ${key}='${value}' \n`);
          expect(read(text.join(''))).toEqual({ variables: values, findings: [] });
        },
      ),
    );
  });

  it.each(longTexts)('are read before and after 2 MiB of %s', (_, filling) => {
    const text = `A=1\n${filling}\nB=2`;
    const variables = { A: '1', B: '2' };
    expect(read(text)).toEqual({ variables, findings: [] });
    expect(read(text, {}, readRawEnv)).toEqual({ variables, findings: [] });
  });

  it('keep 2 MiB of backslashes by the rules of the quotes around them', () => {
    const half = '\\'.repeat(1024 * 1024);
    const all = half + half;
    const text = `A=${all}\nB="${all}"\nC='${all}'`;
    expect(read(text)).toEqual({ variables: { A: all, B: half, C: all }, findings: [] });
    expect(read(`${all}\nA=${all}`, {}, readRawEnv)).toEqual({ variables: { A: all }, findings: [] });
  });

  it('are read or refused with a place, and never throw', () => {
    const characters = fc.constantFrom('A', '=', '"', "'", '$', '{', '}', '\\', '\n', ' ', '#', ':', '\0');
    fc.assert(
      fc.property(fc.string({ unit: characters }), (text) => {
        for (const { position } of read(text).findings) expect(position?.line).toBeGreaterThan(0);
      }),
    );
  });

  it.each<readonly [string, Environment, Environment]>([
    ['A=b # c', {}, { A: 'b' }],
    ['A=b#c', {}, { A: 'b#c' }],
    ['A="b # c" # d', {}, { A: 'b # c' }],
    ['A: b', {}, { A: 'b' }],
    ['A = b ', {}, { A: 'b' }],
    ['A=\nB=c', {}, { A: '', B: 'c' }],
    ['A', { A: 'host' }, { A: 'host' }],
    ['A\nB=c', {}, { B: 'c' }],
    ['A=1\nB=${A}2', {}, { A: '1', B: '12' }],
    ['A=1\nB=${A}2', { A: 'host' }, { A: '1', B: 'host2' }],
    ['A=1\r\nB="2"\r\n', {}, { A: '1', B: '2' }],
    ['\uFEFFA=1', {}, { A: '1' }],
    ['A="\\n\\t\\0101\\q"', {}, { A: '\n\tA\\q' }],
    ["A='\\n$B'", {}, { A: '\\n$B' }],
    ['A=$$B', {}, { A: '$B' }],
    ['export A=1', {}, { A: '1' }],
    ['export_A=1', {}, { export_A: '1' }],
    ['my.name-x=1', {}, { 'my.name-x': '1' }],
  ])('%j in %j is %j', (text, environment, expected) => {
    expect(read(text, environment)).toEqual({ variables: expected, findings: [] });
  });
});

describe("docker's format", () => {
  it.each<readonly [string, Environment, Environment]>([
    ['A="b" # c', {}, { A: '"b" # c' }],
    ['# c\n\n  A=$B\r\n', {}, { A: '$B' }],
    ['A\nB', { A: 'host' }, { A: 'host' }],
    ['A=b=c', {}, { A: 'b=c' }],
  ])('%j in %j is %j', (text, environment, expected) => {
    expect(read(text, environment, readRawEnv)).toEqual({ variables: expected, findings: [] });
  });

  it('refuses names with spaces', () => {
    expect(read('A B=c', {}, readRawEnv).findings).toMatchObject([
      { code: 'dotenv-syntax', position: { line: 1, column: 1 } },
    ]);
  });
});
