/** Specifiers, `%n` and the like; systemd.unit(5), SPECIFIERS. */
import type { HostSpecifiers } from '../../model/ports.ts';
import { type UnitName, unescapeName } from '../../units/unit-name.ts';

/** The values of specifiers in one unit, by letter. */
export type SpecifierValues = ReadonlyMap<string, string>;

/** Of the unit of that name whose file is `path` (undefined where it has none). */
export function specifiersOf(
  name: UnitName,
  path: string | undefined,
  host: HostSpecifiers,
): SpecifierValues {
  const { full, prefix, instance = '' } = name;
  const stem = full.slice(0, -name.type.length - 1);
  const last = prefix.slice(prefix.lastIndexOf('-') + 1);
  const file = instance === '' ? unescapeName(prefix) : unescapeName(instance);
  return new Map<string, string>([
    ...Object.entries(host),
    ['n', full],
    ['N', stem],
    ['p', prefix],
    ['P', unescapeName(prefix)],
    ['i', instance],
    ['I', unescapeName(instance)],
    ['j', last],
    ['J', unescapeName(last)],
    ['f', file.startsWith('/') ? file : `/${file}`],
    ...(path === undefined
      ? []
      : ([
          ['y', path],
          ['Y', path.slice(0, Math.max(path.lastIndexOf('/'), 1))],
        ] as const)),
    ...(host.t === undefined ? [] : ([['d', `${host.t}/credentials/${full}`]] as const)),
  ]);
}

/** Specifiers whose value is invalid in a unit's name; systemd's unit_name_printf() refuses them there. */
const inNames = new Set('nNpijgGUumHbvlaABMowW');

/** The values of those that are allowed in unit names. */
export function forNames(values: SpecifierValues): SpecifierValues {
  return new Map([...values].filter(([letter]) => inNames.has(letter)));
}

/**
 * The text with every specifier replaced. A letter or digit without a value here makes it `unknown`, as systemd then
 * refuses the directive; before any other character the `%` is a `%`.
 */
export function replaceSpecifiers(
  text: string,
  values: SpecifierValues,
): { readonly text: string } | { readonly unknown: string } {
  let unknown: string | undefined;
  const result = text.replace(/%(.)/gsu, (pair, letter: string) => {
    if (letter === '%') return '%';
    const value = values.get(letter);
    if (value === undefined && /[A-Za-z0-9]/.test(letter)) unknown ??= pair;
    return value ?? pair;
  });
  return unknown === undefined ? { text: result } : { unknown };
}

/** The absolute path in the text, without doubled slashes; undefined where it is not one, or contains `..`. */
export function resolvePath(text: string, values: SpecifierValues): string | undefined {
  const outcome = replaceSpecifiers(text, values);
  if (!('text' in outcome) || !outcome.text.startsWith('/')) return undefined;
  const parts = outcome.text.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : `/${parts.join('/')}`;
}
