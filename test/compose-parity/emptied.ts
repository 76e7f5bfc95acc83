/**
 * The forms of every key with each of their parts emptied in turn: an empty text, nothing, a variable
 * that is not set, an empty list or map, a list of an empty text.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Node, Scalar, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import {
  type Section,
  beside,
  fileOf,
  onOneLine,
  readForms,
  sections,
  surroundings,
  variables,
} from './forms.ts';
import type { Case } from './compare-cases.ts';

export interface Emptied {
  /** `service.labels.one: ""`: the part that is emptied, and by what; items of a list are `[]`. */
  readonly what: string;
  readonly file: string;
}

const anyPart = ['""', 'null', '"${UNSET}"'];

/** YAML on one line that takes the place of a part, by what the part is otherwise. */
export type Replacements = Readonly<Record<'scalar' | 'list' | 'map', readonly string[]>>;

/** What a part is emptied by. */
const emptyValues = {
  scalar: anyPart,
  list: [...anyPart, '[]', '[""]', '["${UNSET}"]', '[null]'],
  map: [...anyPart, '{}'],
} as const satisfies Replacements;

/** Every part of every key once for each way of emptying it. */
export function emptied(): readonly Emptied[] {
  return replaced(emptyValues);
}

/** Every part of every key once for each of the values of its kind. */
export function replaced(values: Replacements): readonly Emptied[] {
  const cases = new Map<string, Emptied>();
  for (const { section, key, form } of everyForm()) {
    for (const { part, value } of replacedForms(form, values)) {
      const what = `${section}.${key}${part}: ${value.text}`;
      if (cases.has(what)) continue;
      const file = fileOf(surroundings, ...beside[section](key), sections[section](`${key}: ${value.form}`));
      cases.set(what, { what, file });
    }
  }
  return [...cases.values()];
}

/** Writes each case into a folder of its own below `directory`. */
export function writeEmptied(cases: readonly Emptied[], directory: string): readonly Case[] {
  return cases.map(({ what, file }, index) => {
    const folder = join(directory, String(index));
    mkdirSync(join(folder, 'sub'), { recursive: true });
    for (const [name, text] of Object.entries({ ...variables, 'compose.yaml': file }))
      writeFileSync(join(folder, name), text);
    return { what, directory: folder, files: ['compose.yaml'] };
  });
}

function* everyForm(): Generator<{ section: Section; key: string; form: string }> {
  for (const [section, keys] of readForms())
    for (const [key, forms] of keys)
      for (const form of forms) yield { section: section as Section, key, form };
}

interface Part {
  /** `.limits.cpus`, `[].target` */
  readonly part: string;
  readonly value: { readonly text: string; readonly form: string };
}

function* replacedForms(form: string, values: Replacements): Generator<Part> {
  const document = parseDocument(form, { schema: 'failsafe' });
  for (const { path, part, kind } of partsOf(document.contents, [], '')) {
    for (const text of values[kind]) {
      const copy = document.clone();
      const replacement = parseDocument(text, { schema: 'failsafe' }).contents;
      if (path.length === 0) yield { part, value: { text, form: text } };
      else {
        copy.setIn(path, replacement);
        yield { part, value: { text, form: onOneLine(copy.contents as Node) } };
      }
    }
  }
}

interface Place {
  readonly path: readonly (string | number)[];
  readonly part: string;
  readonly kind: keyof Replacements;
}

function* partsOf(node: unknown, path: Place['path'], part: string): Generator<Place> {
  if (isMap(node)) {
    yield { path, part, kind: 'map' };
    for (const { key, value } of node.items) {
      const name = key instanceof Scalar ? String(key.value) : String(key);
      yield* partsOf(value, [...path, name], `${part}.${name}`);
    }
  } else if (isSeq(node)) {
    yield { path, part, kind: 'list' };
    for (const [index, item] of node.items.entries()) yield* partsOf(item, [...path, index], `${part}[]`);
  } else if (isScalar(node) || node === null) yield { path, part, kind: 'scalar' };
}
