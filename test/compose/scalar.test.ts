import { describe, expect, it } from 'vitest';
import { scalarText, typeOfPlain } from '../../src/compose/scalar.ts';
import { SourceText } from '../../src/compose/tree.ts';

function text(written: string, plain = true): string {
  return scalarText({ kind: 'scalar', source: new SourceText('', ''), offset: 0, text: written, plain });
}

describe('unquoted scalars as strings', () => {
  it.each([
    ['', 'null', ''],
    ['~', 'null', ''],
    ['null', 'null', ''],
    ['True', 'boolean', 'true'],
    ['FALSE', 'boolean', 'false'],
    ['yes', 'string', 'yes'],
    ['on', 'string', 'on'],
    ['0', 'number', '0'],
    ['-0', 'number', '0'],
    ['+5', 'number', '5'],
    ['010', 'number', '8'],
    ['0o10', 'number', '8'],
    ['08', 'number', '8'],
    ['0x1F', 'number', '31'],
    ['-0x10', 'number', '-16'],
    ['0b101', 'number', '5'],
    ['1_000', 'number', '1000'],
    ['18446744073709551615', 'number', '18446744073709551615'],
    ['100000000000000000000000', 'number', '1e+23'],
    ['1.10', 'number', '1.1'],
    ['1.', 'number', '1'],
    ['.5', 'number', '0.5'],
    ['1e3', 'number', '1000'],
    ['1e21', 'number', '1e+21'],
    ['0.00001', 'number', '1e-05'],
    ['123456789.5', 'number', '1.234567895e+08'],
    ['100000.5', 'number', '100000.5'],
    ['.inf', 'number', '+Inf'],
    ['-.INF', 'number', '-Inf'],
    ['.nan', 'number', 'NaN'],
    ['1.2.3', 'string', '1.2.3'],
    ['1e400', 'string', '1e400'],
    ['.5_0', 'string', '.5_0'],
    ['0x1ffffffffffffffff', 'string', '0x1ffffffffffffffff'],
    ['18446744073709551615', 'number', '18446744073709551615'],
    ['-9223372036854775809', 'number', '-9.223372036854776e+18'],
    ['2001-01-01', 'timestamp', '2001-01-01 00:00:00 +0000 UTC'],
    ['2001-2-30', 'string', '2001-2-30'],
    ['2001-12-14t21:59:43.10-05:00', 'timestamp', '2001-12-14 21:59:43.1 -0500 -0500'],
    ['2001-12-14 21:59:43', 'timestamp', '2001-12-14 21:59:43 +0000 UTC'],
    ['22:22', 'string', '22:22'],
    ['-', 'string', '-'],
    ['1k', 'string', '1k'],
    ['e3', 'string', 'e3'],
  ] as const)('%j is a %s: %j', (written, type, expected) => {
    expect(typeOfPlain(written)).toBe(type);
    expect(text(written)).toBe(expected);
  });

  it('keeps quoted ones unchanged', () => {
    for (const written of ['1.10', 'True', '~', '010']) expect(text(written, false)).toBe(written);
  });
});
