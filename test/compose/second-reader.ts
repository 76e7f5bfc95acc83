/**
 * What the reader of YAML makes of a text, and what another library, of other authors, makes of it: the same
 * nodes in the same places.
 */
import type { Document, ParsedNode } from 'yaml';
import { isAlias, isMap, isScalar, parseAllDocuments } from 'yaml';
import { Findings } from '../../src/compose/findings.ts';
import { parseTrees } from '../../src/compose/parse.ts';
import type { Node } from '../../src/compose/tree.ts';

/** A node as both can tell it; of a scalar its offset too, where something of it is written on its first line. */
export type Outline =
  | { at?: number; plain: boolean; text: string }
  | Outline[]
  | { entries: readonly (readonly [string, Outline])[] };

/** Of every document that is not empty, by this project's reader; undefined where it finds an error. */
export function outlinesOf(text: string): readonly Outline[] | undefined {
  const findings = new Findings();
  const trees = parseTrees('compose.yaml', text, findings);
  return findings.all.length > 0 ? undefined : trees.map((tree) => outline(tree, text));
}

/** The same by the other library; undefined where that finds an error. */
export function outlinesOfSecondReader(text: string): readonly Outline[] | undefined {
  const documents = parseAllDocuments(text, { schema: 'failsafe', logLevel: 'silent' });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  return (documents as Document.Parsed[])
    .filter(({ contents }) => isMap(contents))
    .map((document) => secondOutline(document.contents as ParsedNode, document, text));
}

function outline(node: Node, text: string): Outline {
  if (node.kind === 'list') return node.items.map((item) => outline(item, text));
  if (node.kind === 'map')
    return { entries: [...node.entries].map(([key, { value }]) => [key, outline(value, text)] as const) };
  return { ...place(node.offset, node.text, text), plain: node.plain, text: node.text };
}

function secondOutline(node: ParsedNode | null, document: Document.Parsed, text: string): Outline {
  if (node === null) return { plain: true, text: '' };
  if (isAlias(node)) return secondOutline(node.resolve(document) as ParsedNode, document, text);
  if (isScalar(node)) {
    const value = typeof node.value === 'string' ? node.value : '';
    const plain = node.type === 'PLAIN' && node.tag === undefined;
    return { ...place(node.range[0], value, text), plain, text: value };
  }
  if (!isMap(node)) return node.items.map((item) => secondOutline(item, document, text));
  const entries = new Map<string, Outline>();
  const merged: Outline[] = [];
  for (const { key, value } of node.items) {
    const name = keyOf(key, document);
    const below = secondOutline(value, document, text);
    if (name === '<<') merged.push(...(Array.isArray(below) ? below : [below]));
    else entries.set(name, below);
  }
  for (const from of merged)
    if (!Array.isArray(from) && 'entries' in from)
      for (const [name, value] of from.entries) if (!entries.has(name)) entries.set(name, value);
  return { entries: [...entries] };
}

function keyOf(key: ParsedNode, document: Document.Parsed): string {
  const node = isAlias(key) ? key.resolve(document) : key;
  return isScalar(node) ? String(node.value) : '';
}

/** The two put a block's place on its header and on its first line, and that of nothing here and there. */
function place(offset: number, value: string, text: string): { at?: number } {
  return value === '' || value.includes('\n') || /[|>\n ]/.test(text.charAt(offset)) ? {} : { at: offset };
}
