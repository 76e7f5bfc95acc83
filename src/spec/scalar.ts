/**
 * What YAML makes of an unquoted scalar, as Compose's reader does (gopkg.in/yaml.v3: the YAML 1.2
 * core schema, with 0777 octals and underscores in integers), and the text it has as a string:
 * an environment variable written `1.10` is the number 1.1, and that is what the container gets.
 */
import type { Scalar } from './tree.ts';

export type PlainType = 'null' | 'boolean' | 'number' | 'string';

const booleans = new Set(['true', 'True', 'TRUE', 'false', 'False', 'FALSE']);
const special = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const integer = /^[-+]?(?:0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** The type of an unquoted scalar. */
export function typeOfPlain(text: string): PlainType {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return 'null';
  if (booleans.has(text)) return 'boolean';
  if (!/^[-+.0-9]/.test(text)) return 'string';
  return special.test(text) || integer.test(withoutUnderscores(text)) || float.test(withoutUnderscores(text))
    ? 'number'
    : 'string';
}

/** The scalar as a string: quoted text as it is, unquoted numbers and booleans in canonical form; null is ''. */
export function scalarText(scalar: Scalar): string {
  if (!scalar.plain) return scalar.text;
  switch (typeOfPlain(scalar.text)) {
    case 'boolean':
      return scalar.text.toLowerCase();
    case 'number':
      return numberText(scalar.text);
    case 'null':
      return '';
    case 'string':
      return scalar.text;
  }
}

function withoutUnderscores(text: string): string {
  return text.includes('_') ? text.replaceAll('_', '') : text;
}

function numberText(text: string): string {
  if (special.test(text)) {
    if (/nan/i.test(text)) return 'NaN';
    return text.startsWith('-') ? '-Inf' : '+Inf';
  }
  const digits = withoutUnderscores(text);
  if (!integer.test(digits)) return floatText(Number(digits));
  const negative = digits.startsWith('-');
  const magnitude = digits.replace(/^[-+]/, '').replace(/^0(?=[0-7]+$)/, '0o');
  const value = BigInt(magnitude.toLowerCase());
  // Beyond 64 bits Go reads a float.
  if (value > 0xffff_ffff_ffff_ffffn) return floatText(Number(digits));
  return `${negative && value !== 0n ? '-' : ''}${value.toString()}`;
}

/** Go's fmt %v of a float64: shortest digits; an exponent below 1e-4 and from 1e21, of two digits at least. */
function floatText(value: number): string {
  const size = Math.abs(value);
  if (Object.is(value, -0)) return '-0';
  if (size === 0 || (size >= 1e-4 && size < 1e21)) return String(value);
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const digits = exponent.slice(1).padStart(2, '0');
  return `${mantissa}e${exponent.startsWith('-') ? '-' : '+'}${digits}`;
}
