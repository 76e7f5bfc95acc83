/**
 * A field: a node of the tree with its path, and functions that read it as the type a key needs. Each reads once,
 * reports a value that does not fit, and returns undefined (or nothing) in its place, so that reading continues.
 */
import type { FindingCode, Findings } from './findings.ts';
import { scalarText } from './scalar.ts';
import { nearestName } from '../text/nearest-name.ts';
import type { Mark, Node, Scalar } from './tree.ts';
import { isNull, keyPath } from './tree.ts';
import { sortedByKey } from './sorted.ts';

export interface Field {
  readonly node: Node;
  readonly path: string;
  /** Its key or index within its parent. */
  readonly key: string;
  /** Where to point: the key's place for maps, lists and empty values; the value's otherwise. */
  readonly mark: Mark;
  /** The place of its key; for an item of a list, the item. */
  readonly keyMark: Mark;
  readonly findings: Findings;
}

export function rootField(node: Node, findings: Findings): Field {
  return { node, path: '', key: '', mark: node, keyMark: node, findings };
}

/** Reports an error at the field. */
export function refuse(field: Field, code: FindingCode, message: string, remedy: string): undefined {
  field.findings.error(field.mark, field.path, code, message, remedy);
  return undefined;
}

/** Reports a value that the key does not accept. */
export function refuseValue(field: Field, message: string, remedy: string): undefined {
  return refuse(field, 'invalid-value', message, remedy);
}

/** A value as messages name it; an empty one mostly comes from a variable. */
export function displayText(text: string): string {
  return text === '' ? 'an empty value' : `\`${text}\``;
}

/** Reports a Compose feature that dockunit does not support: never dropped silently. */
export function refuseUnsupported(
  field: Field,
  what: string,
  remedy = `Remove \`${field.key}\`, or run this service by other means`,
): undefined {
  return refuse(field, 'key-not-supported', `${what} is not honoured yet`, remedy);
}

/** Reports a key that only a swarm uses: on one host it has no effect, as in docker compose. */
export function warnSwarmOnly(field: Field): void {
  const message = `\`${field.key}\` has a meaning in a swarm only`;
  const remedy = 'Nothing needs to be done; the key can be removed';
  field.findings.add('warning', field.keyMark, field.path, 'swarm-only', message, remedy);
}

function refuseKind(field: Field, kind: string, example: string): undefined {
  const kinds = { map: 'a map', list: 'a list', scalar: isNull(field.node) ? 'nothing' : 'a single value' };
  const message = `\`${field.key}\` holds ${kinds[field.node.kind]} where ${kind} belongs`;
  return refuse(field, 'wrong-kind', message, `Write it as ${example}`);
}

function childOf(field: Field, key: string, path: string, node: Node, keyMark: Mark): Field {
  const mark = node.kind === 'scalar' && !isNull(node) ? node : keyMark;
  return { node, path, key, mark, keyMark, findings: field.findings };
}

export function isEmpty(field: Field): boolean {
  return isNull(field.node);
}

/** The entries of a map, in file order; nothing for an empty value. */
export function entriesOf(field: Field): readonly Field[] {
  if (field.node.kind === 'map') {
    return Array.from(field.node.entries, ([key, entry]) =>
      childOf(field, key, keyPath(field.path, key), entry.value, entry),
    );
  }
  if (!isNull(field.node)) refuseKind(field, 'a map', `\`${field.key}:\` with \`key: value\` lines below it`);
  return [];
}

/** The items of a list; nothing for an empty value. */
export function itemsOf(field: Field): readonly Field[] {
  if (field.node.kind === 'list') {
    return field.node.items.map((item, index) =>
      childOf(field, `${field.key}[${String(index)}]`, `${field.path}[${String(index)}]`, item, item),
    );
  }
  if (!isNull(field.node)) refuseKind(field, 'a list', `\`${field.key}:\` with \`- item\` lines below it`);
  return [];
}

/** The items of a list, or the single value without a list. */
export function itemOrItemsOf(field: Field): readonly Field[] {
  return field.node.kind === 'scalar' && !isNull(field.node) ? [field] : itemsOf(field);
}

/**
 * The entries of a map with known keys, by key; reports other keys, skips `x-` ones and empty ones.
 * @param remedies for keys of other programs that people bring along
 */
export function recordOf<K extends string>(
  field: Field,
  keys: readonly K[],
  remedies: ReadonlyMap<string, string> = new Map(),
): Partial<Record<K, Field>> {
  const record: Partial<Record<K, Field>> = {};
  for (const entry of entriesOf(field)) {
    if (isOneOf(entry.key, keys)) {
      if (!isEmpty(entry)) record[entry.key] = entry;
    } else if (!entry.key.startsWith('x-')) refuseUnknown(entry, keys, remedies.get(entry.key));
  }
  return record;
}

/** Reports an unknown key, with the one that was likely meant. */
export function refuseUnknown(
  field: Field,
  keys: readonly string[],
  otherwise = 'Remove it, or begin its name with `x-` if it is an extension',
): undefined {
  const remedy = (): string => {
    const nearest = nearestName(field.key, keys);
    return nearest ? `Write \`${nearest}\` if that is what is meant` : otherwise;
  };
  field.findings.error(field.keyMark, field.path, 'unknown-key', `unknown key \`${field.key}\``, remedy);
  return undefined;
}

function isOneOf<K extends string>(key: string, keys: readonly K[]): key is K {
  return (keys as readonly string[]).includes(key);
}

/** The scalar, or undefined with a report. */
export function scalarOf(field: Field): Scalar | undefined {
  if (field.node.kind === 'scalar' && !isNull(field.node)) return field.node;
  return refuseKind(field, 'a single value', `\`${field.key}: value\``);
}

/** The value as text, unchanged: `010` stays `010` where text is expected. */
export function textOf(field: Field): string | undefined {
  return scalarOf(field)?.text;
}

/** The value as YAML reads it, as text: a number is in its canonical form, 010 is 8. */
export function valueTextOf(field: Field): string | undefined {
  const scalar = scalarOf(field);
  return scalar && scalarText(scalar);
}

/** The texts of a list. */
export function textsOf(field: Field): readonly string[] {
  return texts(itemsOf(field));
}

/** The texts of a list, each as YAML reads it. */
export function valueTextsOf(field: Field): readonly string[] {
  return itemsOf(field).flatMap((item) => valueTextOf(item) ?? []);
}

/** The texts of a list, or the single text without a list. */
export function textOrTextsOf(field: Field): readonly string[] {
  return texts(itemOrItemsOf(field));
}

function texts(fields: readonly Field[]): readonly string[] {
  return fields.flatMap((item) => textOf(item) ?? []);
}

/** The value where it is one of a closed set. */
export function choiceOf<T extends string>(field: Field, choices: readonly T[]): T | undefined {
  const text = textOf(field);
  if (text === undefined || isOneOf(text, choices)) return text;
  return refuseValue(
    field,
    `${displayText(text)} is not a value of \`${field.key}\``,
    `Write one of: ${choices.join(', ')}`,
  );
}

/** true and false; also the words of YAML 1.1, as Compose accepts them, quoted or not. */
export function flagOf(field: Field): boolean | undefined {
  const scalar = scalarOf(field);
  if (!scalar) return undefined;
  const word = scalar.text.toLowerCase();
  if (['true', 'y', 'yes', 'on'].includes(word)) return true;
  if (['false', 'n', 'no', 'off'].includes(word)) return false;
  return refuseValue(field, `${displayText(scalar.text)} is neither true nor false`, 'Write true or false');
}

/** A whole number, quoted or not. */
export function integerOf(field: Field): number | undefined {
  const text = valueTextOf(field);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^[-+]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  return refuseValue(field, `${displayText(text)} is not a whole number`, 'Write digits only');
}

/**
 * `KEY: value` maps and `KEY=value` lists alike, as name, value, and their field; the value, in canonical form, is
 * undefined for a name alone. A repeated name takes the later value.
 */
export function pairsOf(
  field: Field,
): ReadonlyMap<string, { readonly value?: string; readonly field: Field }> {
  const pairs = new Map<string, { readonly value?: string; readonly field: Field }>();
  const put = (name: string, value: string | undefined, at: Field) => {
    if (name === '') refuseValue(at, 'the name before `=` is empty', 'Write NAME=value');
    else pairs.set(name, value === undefined ? { field: at } : { value, field: at });
  };
  if (field.node.kind === 'list') {
    for (const item of itemsOf(field)) {
      const text = textOf(item);
      if (text === undefined) continue;
      const equals = text.indexOf('=');
      if (equals < 0) put(text, undefined, item);
      else put(text.slice(0, equals), text.slice(equals + 1), item);
    }
  } else {
    for (const entry of entriesOf(field))
      put(entry.key, isEmpty(entry) ? undefined : valueTextOf(entry), entry);
  }
  return pairs;
}

/** As pairsOf, in order of the names; a name alone means an empty value (labels and options). */
export function textMapOf(field: Field): ReadonlyMap<string, string> {
  return sortedByKey(Array.from(pairsOf(field), ([name, pair]) => [name, pair.value ?? ''] as const));
}
