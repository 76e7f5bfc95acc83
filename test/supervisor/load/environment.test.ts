import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvironmentFile } from '../../../src/supervisor/load/environment.ts';

const variables = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(parseEnvironmentFile(text).variables);

describe('parseEnvironmentFile', () => {
  it.each([
    ['A=1\nB=two words  \n', { A: '1', B: 'two words' }],
    ['  A  = x\n', { A: 'x' }],
    ['A="x\ny"\'z\'\nB=1', { A: 'x\nyz', B: '1' }],
    ['A=x"y"\n', { A: 'x"y"' }],
    ['A=one\\\ntwo\n', { A: 'onetwo' }],
    ['A="a\\"b\\$c\\nd"\n', { A: 'a"b$c\\nd' }],
    ["A='it\\s'\n", { A: 'it\\s' }],
    ['A=\\ x\\ \n', { A: ' x ' }],
    ['# A=1\n; B=2\nnonsense\nC=3', { C: '3' }],
    ['A=1\nA=2\n', { A: '2' }],
    ['A=\nB=""\n', { A: '', B: '' }],
    ['A="open\nB=1', { A: 'open\nB=1' }],
  ])('reads %j', (text, expected) => {
    expect(variables(text)).toEqual(expected);
  });

  it('reports dropped names, which no variable can have', () => {
    const { variables: kept, droppedTexts } = parseEnvironmentFile(
      'discovery.type=x\nA=1\n1B=2\nexport C=3\n',
    );
    expect([...kept]).toEqual([['A', '1']]);
    expect(droppedTexts).toEqual(['discovery.type', '1B', 'export C']);
  });

  it('keeps any value in double quotes with a backslash before characters special to a shell', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        fc.pre(!value.includes('\0'));
        expect(variables(`A="${value.replace(/[\\"$`]/g, '\\$&')}"\n`)).toEqual({ A: value });
      }),
      { numRuns: 1000 },
    );
  });
});
