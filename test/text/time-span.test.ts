/** Against systemd itself: test/e2e/load-units.test.ts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimeSpan } from '../../src/text/time-span.ts';

describe('parseTimeSpan', () => {
  it.each([
    ['90', 90_000],
    ['1min 30s', 90_000],
    ['1.5', 1500],
    ['500us', 0.5],
    ['3M', 3 * 2_629_800_000],
    ['3m', 180_000],
    ['.5s', 500],
    ['12.34 .56', 12_900],
    ['infinity', Infinity],
    ['2h1min', 7_260_000],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseTimeSpan(text)).toBe(milliseconds);
  });

  it.each(['', '-1', '1.', '12.34.56', '5x', 'never', 'infinity 1', '1e3', '600000y'])(
    'refuses %j',
    (text) => {
      expect(parseTimeSpan(text)).toBeUndefined();
    },
  );

  it('adds up its parts, whatever their order and the space between them', () => {
    const part = fc.tuple(
      fc.nat(10_000),
      fc.constantFrom(['us', 1e-3], ['ms', 1], ['min', 6e4], ['h', 36e5]),
    );
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('', ' ', '\t'),
        (parts, space) => {
          const text = parts.map(([number, [unit]]) => `${String(number)}${String(unit)}`).join(space);
          const sum = parts.reduce((total, [number, [, worth]]) => total + number * Number(worth), 0);
          expect(parseTimeSpan(text)).toBeCloseTo(sum, 3);
        },
      ),
    );
  });
});
