import { describe, expect, it } from 'vitest';
import { readCsv, splitAt } from '../../src/import/compose-text.ts';

describe('a record of CSV', () => {
  it.each<readonly [string, readonly string[] | undefined]>([
    ['a,b=c', ['a', 'b=c']],
    ['"a,""b""",', ['a,"b"', '']],
    ['${A:-b,c},d', ['${A:-b,c}', 'd']],
    ['$${A,b},$$', ['$${A', 'b}', '$$']],
    ['${A', ['${A']],
    ['a"b"', undefined],
    ['"a', undefined],
  ])('%j is %j', (record, fields) => {
    expect(readCsv(record)).toEqual(fields);
  });

  it('is none where a quote follows many variables', () => {
    expect(readCsv(`${'${A}'.repeat(1000)}"`)).toBeUndefined();
  });
});

describe('at the colons outside of variables', () => {
  it.each<readonly [string, readonly string[]]>([
    ['a:b:', ['a', 'b', '']],
    ['${A:-b}:c', ['${A:-b}', 'c']],
    ['$${A:b}', ['$${A', 'b}']],
  ])('%j splits into %j', (text, parts) => {
    expect(splitAt(text, ':')).toEqual(parts);
  });

  it('a text of many opened braces splits into itself', () => {
    const text = '${'.repeat(500_000);
    expect(splitAt(text, ':')).toEqual([text]);
  });
});
