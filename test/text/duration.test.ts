import { describe, expect, it } from 'vitest';
import { formatDuration, formatElapsed } from '../../src/text/duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [999, '0 s'],
    [12 * second, '12 s'],
    [59_999, '59 s'],
    [minute, '1 min'],
    [2 * minute + 5 * second, '2 min 5 s'],
    [hour + 59 * second, '1 h'],
    [3 * day + 4 * hour + 59 * minute, '3 d 4 h'],
    [400 * day, '400 d'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('formatElapsed', () => {
  it.each([
    [0, '0.0 s'],
    [1234, '1.2 s'],
    [59_999, '59.9 s'],
    [minute, '1 min'],
    [minute + 5 * second, '1 min 5 s'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(formatElapsed(milliseconds)).toBe(text);
  });
});
