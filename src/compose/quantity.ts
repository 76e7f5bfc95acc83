/** Durations, sizes and amounts in Compose's notation. */
import type { Field } from './field.ts';
import { integerOf, refuseValue, textOf, displayText, valueTextOf } from './field.ts';

/** Microseconds of each unit of Go's time.ParseDuration, and the days and weeks that Compose adds. */
const durationUnits: Readonly<Record<string, number>> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  μs: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
  w: 604_800_000_000,
};

const amount = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/gy;

/** `1m30s`, `1.5s` in microseconds; undefined where it is no duration. */
function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let total = 0;
  let length = 0;
  for (const match of text.matchAll(amount)) {
    total += Number(match[1]) * (durationUnits[match[2] ?? ''] ?? 0);
    length += match[0].length;
  }
  return text !== '' && length === text.length ? Math.round(total) : undefined;
}

/** A duration in microseconds. */
export function durationOf(field: Field): number | undefined {
  const text = textOf(field);
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  const remedy = /^\d+(\.\d+)?$/.test(text)
    ? `Give the unit: ${text}s`
    : 'Write a number with a unit each: 1m30s, 1.5s, 500ms';
  return refuseValue(field, `${displayText(text)} is not a duration`, remedy);
}

/** A number of microseconds, or a duration. */
export function microsecondsOf(field: Field): number | undefined {
  const text = valueTextOf(field);
  return text === undefined || /^-?\d+$/.test(text) ? integerOf(field) : durationOf(field);
}

const sizeUnits = ['', 'k', 'm', 'g', 't', 'p'];

/**
 * `64m`, `1gb`, `1.5GiB` in bytes, with powers of 1024 (docker/go-units, RAMInBytes); undefined where it is no size.
 */
function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text.trim());
  if (!match) return undefined;
  const bytes = Math.trunc(Number(match[1]) * 1024 ** sizeUnits.indexOf((match[2] ?? '').toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size in bytes. */
export function sizeOf(field: Field): number | undefined {
  const text = valueTextOf(field);
  if (text === undefined) return undefined;
  return (
    parseSize(text) ??
    refuseValue(field, `${displayText(text)} is not a size`, 'Write a number of bytes, or a unit: 64m, 1gb')
  );
}
