/**
 * Canonical forms of values: a value as data, after reading. A shape takes a field and returns the value, or undefined
 * where Compose leaves it out: empty, zero or false values, unless the name of the shape says that they are kept.
 */
import { posix as path } from 'node:path';
import type { Field } from './field.ts';
import {
  entriesOf,
  flagOf,
  isEmpty,
  itemOrItemsOf,
  itemsOf,
  pairsOf,
  recordOf,
  refuseValue,
  displayText,
  textMapOf,
  textOf,
  valueTextOf,
} from './field.ts';
import type { NormaliserContext } from './loading.ts';
import { durationOf, sizeOf } from './quantity.ts';
import { absolutePath } from './relative-paths.ts';
import { scalarText, timestampOf, typeOfPlain } from './scalar.ts';
import { sortedByKey } from './sorted.ts';
import type { Node } from './tree.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Shape = (field: Field, loading: NormaliserContext) => Json | undefined;

export const text: Shape = (field) => textOf(field) || undefined;

export const flagKept: Shape = (field) => flagOf(field);
export const flag: Shape = (field) => flagOf(field) || undefined;

export const numberKept: Shape = (field) => {
  const valueText = valueTextOf(field);
  const number = Number(valueText);
  if (valueText === undefined || (valueText.trim() !== '' && Number.isFinite(number)))
    return valueText && number;
  return refuseValue(field, `${displayText(valueText)} is not a number`, 'Write a number');
};
export const number: Shape = (field, loading) => numberKept(field, loading) || undefined;

/** Bytes, as text: they may exceed a JSON number. */
export const bytes: Shape = (field) => {
  const sizeText = valueTextOf(field);
  const size = sizeText !== undefined && /^-\d+$/.test(sizeText) ? Number(sizeText) : sizeOf(field);
  return size === undefined || size === 0 ? undefined : String(size);
};

/** As Go prints it: `1m30s`. */
export const duration: Shape = (field) => {
  const microseconds = durationOf(field);
  return microseconds === undefined ? undefined : goDuration(microseconds);
};

function goDuration(microseconds: number): string {
  if (microseconds === 0) return '0s';
  if (microseconds < 1_000) return `${String(microseconds)}µs`;
  if (microseconds < 1_000_000) return `${String(microseconds / 1_000)}ms`;
  const minutes = Math.floor(microseconds / 60_000_000);
  const seconds = `${String((microseconds % 60_000_000) / 1_000_000)}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return `${hours > 0 ? `${String(hours)}h` : ''}${String(minutes % 60)}m${seconds}`;
}

export const absolute: Shape = (field, { directory, environment }) => {
  const pathText = textOf(field);
  if (pathText === undefined) return undefined;
  if (pathText === '') return directory;
  const home = environment.get('HOME') ?? '';
  return /^~(?:\/|$)/.test(pathText) ? path.join(home, pathText.slice(1)) : absolutePath(pathText, directory);
};

export const nonEmpty = (list: readonly Json[]): readonly Json[] | undefined =>
  list.length > 0 ? list : undefined;

/** Texts, one for each name (before `=`): the last, in the place of the first. */
export const texts: Shape = (field) => nonEmpty(unique(textItems(itemsOf(field)), nameOf));
/** Texts unchanged, including repeated ones. */
export const allTexts: Shape = (field) => nonEmpty(textItems(itemsOf(field)));
export const allTextOrTexts: Shape = (field) => nonEmpty(textItems(itemOrItemsOf(field)));
export const textOrTexts: Shape = (field) => nonEmpty(unique(textItems(itemOrItemsOf(field)), nameOf));

function textItems(items: readonly Field[]): readonly string[] {
  return items.flatMap((item) => valueTextOf(item) ?? []);
}

function nameOf(item: string): string {
  return item.split('=', 1)[0] ?? item;
}

/** One item for each identity: the last, in the place of the first. */
export function unique<T>(items: readonly T[], identityOf: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [identityOf(item), item])).values()];
}

export const pairs: Shape = (field) => objectOf(textMapOf(field));

/** A name alone takes its value from the environment; null where it has none. */
export const pairsOrNull: Shape = (field, { environment }) =>
  objectOf(
    sortedByKey(
      Array.from(
        pairsOf(field),
        ([name, { value }]) => [name, value ?? environment.get(name) ?? null] as const,
      ),
    ),
  );

/** An object of the entries; undefined where there are none. */
export function objectOf(entries: ReadonlyMap<string, Json>): { readonly [key: string]: Json } | undefined {
  return entries.size > 0 ? Object.fromEntries(entries) : undefined;
}

/** The keys of the shapes, in their order, and extensions; kept where the result is empty. */
export function recordKept(
  shapes: Readonly<Record<string, Shape>>,
): (field: Field, loading: NormaliserContext) => Record<string, Json> {
  const keys = Object.keys(shapes);
  return (field, loading) => {
    const record: Record<string, Json> = {};
    const fields = recordOf(field, keys);
    for (const key of keys) {
      const below = fields[key];
      const value = below && shapes[key]?.(below, loading);
      if (value !== undefined) record[key] = value;
    }
    return Object.assign(record, extensionsOf(field));
  };
}

export function record(shapes: Readonly<Record<string, Shape>>): Shape {
  const read = recordKept(shapes);
  return (field, loading) => {
    const value = read(field, loading);
    return Object.keys(value).length > 0 ? value : undefined;
  };
}

/** A map of the user's names, sorted; null for an empty value. */
export function mapOf(shape: Shape): Shape {
  return (field, loading) =>
    objectOf(
      sortedByKey(
        entriesOf(field).map(
          (entry) => [entry.key, isEmpty(entry) ? null : (shape(entry, loading) ?? null)] as const,
        ),
      ),
    );
}

export function listOf(shape: Shape): Shape {
  return (field, loading) => nonEmpty(itemsOf(field).flatMap((item) => shape(item, loading) ?? []));
}

/** Keys beginning with `x-`, unchanged. */
export function extensionsOf(field: Field): Readonly<Record<string, Json>> {
  if (field.node.kind !== 'map') return {};
  const extensions = [...field.node.entries].filter(([key]) => key.startsWith('x-'));
  return Object.fromEntries(
    sortedByKey(extensions.map(([key, { value }]) => [key, plainValue(value)] as const)),
  );
}

/** The YAML value, with its types. */
export const asWritten: Shape = (field) => plainValue(field.node);

function plainValue(node: Node): Json {
  if (node.kind === 'list') return node.items.map(plainValue);
  if (node.kind === 'map')
    return Object.fromEntries(
      sortedByKey(Array.from(node.entries, ([key, { value }]) => [key, plainValue(value)] as const)),
    );
  if (!node.plain) return node.text;
  const canonical = scalarText(node);
  const type = typeOfPlain(node.text);
  if (type === 'null') return null;
  if (type === 'timestamp') return timestampOf(node.text)?.json ?? canonical;
  if (type === 'boolean') return canonical === 'true';
  return type === 'number' && Number.isFinite(Number(canonical)) ? Number(canonical) : canonical;
}
