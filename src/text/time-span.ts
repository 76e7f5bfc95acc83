/** Time spans of systemd.time(7). */
import { cutEnd } from './cut-end.ts';

const second = 1_000_000;

/** In µs. The first one that matches counts: `sec` is tried before `s`, `msec` before `m`. */
const units: readonly (readonly [name: string, microseconds: number])[] = [
  ['seconds', second],
  ['second', second],
  ['sec', second],
  ['s', second],
  ['minutes', 60 * second],
  ['minute', 60 * second],
  ['min', 60 * second],
  ['months', 2_629_800 * second],
  ['month', 2_629_800 * second],
  ['M', 2_629_800 * second],
  ['msec', 1000],
  ['ms', 1000],
  ['m', 60 * second],
  ['hours', 3600 * second],
  ['hour', 3600 * second],
  ['hr', 3600 * second],
  ['h', 3600 * second],
  ['days', 86_400 * second],
  ['day', 86_400 * second],
  ['d', 86_400 * second],
  ['weeks', 604_800 * second],
  ['week', 604_800 * second],
  ['w', 604_800 * second],
  ['years', 31_557_600 * second],
  ['year', 31_557_600 * second],
  ['y', 31_557_600 * second],
  ['usec', 1],
  ['us', 1],
  ['μs', 1],
  ['µs', 1],
];

/** USEC_INFINITY: larger or equal values are refused. */
const largest = 2 ** 64;

/**
 * `1min 30s`, `1.5h`, `90` (seconds) or `infinity`, in milliseconds; undefined where systemd's
 * parse_sec() refuses the text.
 */
export function parseTimeSpan(text: string): number | undefined {
  const word = cutEnd(text.replace(/^[ \t\n\r]+/, ''), /[ \t\n\r]/);
  if (word === 'infinity') return Infinity;
  if (word === '') return undefined;
  let microseconds = 0;
  for (let rest = word; rest !== '';) {
    const number = /^\+?(\d*)(\.\d+)?/.exec(rest);
    const [digits = '', whole = '', fraction = ''] = number ?? [];
    if (digits === '' || digits === '+' || (whole === '' && digits.startsWith('+'))) return undefined;
    const after = rest.slice(digits.length);
    const word = after.replace(/^[ \t\n\r]+/, '');
    const unit = units.find(([name]) => word.startsWith(name));
    // `12.34.56` is not one, `12.34 .56` is.
    if (unit === undefined && word === after && word !== '') return undefined;
    const [name, multiplier] = unit ?? ['', second];
    microseconds += Number(whole) * multiplier + fractionOf(fraction, multiplier);
    if (microseconds >= largest) return undefined;
    rest = word.slice(name.length).replace(/^[ \t\n\r]+/, '');
  }
  return microseconds / 1000;
}

/** Digit by digit and rounded down at each, as systemd counts it. */
function fractionOf(fraction: string, multiplier: number): number {
  let sum = 0;
  let worth = multiplier;
  for (const digit of fraction.slice(1)) {
    worth = Math.floor(worth / 10);
    sum += Number(digit) * worth;
  }
  return sum;
}
