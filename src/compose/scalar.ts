/**
 * The YAML type of an unquoted scalar, as Compose's reader sees it (gopkg.in/yaml.v3: the YAML 1.2 core schema, with
 * 0777 octals, underscores in integers and dates), and its text as a string: an environment variable written `1.10` is
 * the number 1.1, and the container gets that.
 */
import { cutEnd } from '../text/cut-end.ts';
import type { Scalar } from './tree.ts';

export type PlainType = 'null' | 'boolean' | 'number' | 'timestamp' | 'string';

const booleans = new Set(['true', 'True', 'TRUE', 'false', 'False', 'FALSE']);
const special = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const integer = /^([-+]?)(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** The type of an unquoted scalar. */
export function typeOfPlain(text: string): PlainType {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return 'null';
  if (booleans.has(text)) return 'boolean';
  if (!/^[-+.0-9]/.test(text)) return 'string';
  if (timestampOf(text) !== undefined) return 'timestamp';
  return special.test(text) || numberOf(text) !== undefined ? 'number' : 'string';
}

/** Whether a number has no fraction. */
export function isInteger(text: string): boolean {
  return typeof numberOf(text) === 'bigint';
}

/** The scalar as a string: quoted text unchanged, unquoted numbers and booleans in canonical form; null is ''. */
export function scalarText(scalar: Scalar): string {
  if (!scalar.plain) return scalar.text;
  switch (typeOfPlain(scalar.text)) {
    case 'boolean':
      return scalar.text.toLowerCase();
    case 'number':
      return numberText(scalar.text);
    case 'timestamp':
      return timestampOf(scalar.text)?.text ?? '';
    case 'null':
      return '';
    case 'string':
      return scalar.text;
  }
}

function numberText(text: string): string {
  if (special.test(text)) {
    if (/nan/i.test(text)) return 'NaN';
    return text.startsWith('-') ? '-Inf' : '+Inf';
  }
  const value = numberOf(text);
  return typeof value === 'number' ? floatText(value) : String(value ?? '');
}

/** An integer of 64 bits, or a float that a double can hold. */
function numberOf(text: string): bigint | number | undefined {
  // A number that begins with its point allows no underscores.
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '');
  const [, sign, magnitude = ''] = integer.exec(digits) ?? [];
  if (sign !== undefined) {
    const value = BigInt(magnitude.replace(/^0(?=[0-7]+$)/, '0o').toLowerCase());
    const most =
      sign === '-' ? 0x8000_0000_0000_0000n : sign === '' ? 0xffff_ffff_ffff_ffffn : 0x7fff_ffff_ffff_ffffn;
    if (value <= most) return sign === '-' ? -value : value;
  }
  const value = float.test(digits) ? Number(digits) : Infinity;
  return Number.isFinite(value) ? value : undefined;
}

/** Go's fmt %v of a float64: shortest digits; an exponent below 1e-4 and from 1e6, of two digits at least. */
function floatText(value: number): string {
  const size = Math.abs(value);
  if (Object.is(value, -0)) return '-0';
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(value);
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const digits = exponent.slice(1).padStart(2, '0');
  return `${mantissa}e${exponent.startsWith('-') ? '-' : '+'}${digits}`;
}

interface Timestamp {
  /** As Go prints it, which is how it becomes a string. */
  readonly text: string;
  /** Its form in JSON. */
  readonly json: string;
}

const timestamp =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,](\d+))?(Z|[-+]\d\d:\d\d))|(?: (\d\d?):(\d\d?):(\d\d?)(?:[.,](\d+))?))?$/;

/** A valid date, or date and time. */
export function timestampOf(text: string): Timestamp | undefined {
  const match = timestamp.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', ...rest] = match;
  const [hour = '0', minute = '0', second = '0', fraction = ''] =
    rest[0] === undefined ? rest.slice(5) : rest;
  const zone = rest[4] ?? 'Z';
  const [date, time] = [
    [year, month, day],
    [hour, minute, second],
  ].map((parts) => parts.map((part) => part.padStart(2, '0')));
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const [zoneHour, zoneMinute] = zone === 'Z' ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  const exists =
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= days &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    zoneHour < 24 &&
    zoneMinute < 60;
  if (!exists) return undefined;
  const digits = cutEnd(fraction.slice(0, 9), /0/);
  const clock = `${(time ?? []).join(':')}${digits === '' ? '' : `.${digits}`}`;
  const isUtc = zoneHour === 0 && zoneMinute === 0;
  const offset = zone === 'Z' ? '+0000' : zone.replace(':', '');
  const calendar = (date ?? []).join('-');
  return {
    text: `${calendar} ${clock} ${isUtc ? '+0000 UTC' : `${offset} ${offset}`}`,
    json: `${calendar}T${clock}${isUtc ? 'Z' : zone}`,
  };
}
