/**
 * Builds one tree for each document from the events of a YAML file: follows anchors, applies merge keys, reports
 * duplicate and non-string keys. A node reached through an alias is the anchor's own node, so it keeps its place in the
 * file.
 */
import type { Findings } from './findings.ts';
import type { PlainType } from './scalar.ts';
import { isInteger, typeOfPlain } from './scalar.ts';
import type { MapEntry, MergeTag, Node, Scalar, SourceText } from './tree.ts';
import { keyPath } from './tree.ts';
import type { YamlEvent } from './yaml/events.ts';

/** Nodes that aliases may add to one file; real files stay below a few thousand. */
const maxAliasedNodes = 100_000;

/** The trees of the documents with a limited depth, or undefined where an error in the findings prevented one. */
export function buildTrees(
  source: SourceText,
  documents: readonly (readonly YamlEvent[])[],
  levels: number,
  findings: Findings,
): readonly Node[] | undefined {
  // One builder for all: an alias may name an anchor of an earlier document.
  const builder = new TreeBuilder(source, documents.flat(), levels, findings);
  const trees: Node[] = [];
  for (let count = 0; count < documents.length && !builder.hasFailed; count++)
    trees.push(builder.build('', 0));
  return builder.hasFailed ? undefined : trees;
}

interface AnchorTarget {
  /** Undefined until the node is complete. */
  node: Node | undefined;
  /** Nodes below it, aliases expanded. */
  size: number;
  /** The depth of the deepest of these. */
  levels: number;
}

class TreeBuilder {
  hasFailed = false;
  /** Index of the next event to read. */
  #next = 0;
  #nodes = 0;
  #aliased = 0;
  #exhausted = false;
  /** The level of the node in progress, and of the deepest below its anchor. */
  #level = 0;
  #deepest = 0;
  readonly #anchors = new Map<string, AnchorTarget>();

  constructor(
    readonly source: SourceText,
    readonly events: readonly YamlEvent[],
    readonly levels: number,
    readonly findings: Findings,
  ) {}

  /** The node that begins at the next event; `offset` is its place if it has no text of its own. */
  build(path: string, offset: number): Node {
    // Where a node is required, the parser provides one, at least an empty scalar.
    const event = this.events[this.#next++] as YamlEvent;
    if (event.kind === 'alias') return this.#follow(event, path);

    const before = this.#nodes++;
    const around = this.#deepest;
    this.#deepest = ++this.#level;
    const anchor: AnchorTarget = { node: undefined, size: 0, levels: 0 };
    // Set at its beginning: of two nested anchors with one name, the inner is the later one.
    if (event.anchor !== undefined) this.#anchors.set(event.anchor, anchor);
    const content =
      event.kind === 'scalar'
        ? this.#scalar(event, path, offset)
        : event.kind === 'map'
          ? this.#map(event, path)
          : this.#list(event, path);
    anchor.node = content;
    anchor.size = this.#nodes - before;
    anchor.levels = this.#deepest - --this.#level;
    this.#deepest = Math.max(around, this.#deepest);
    return content;
  }

  #scalar(event: YamlEvent, path: string, otherwise: number): Scalar {
    const { source } = this;
    const offset = event.offset < 0 ? otherwise : event.offset;
    const read = taggedScalar(event);
    if (read === undefined) {
      const message = `\`${event.text}\` is not what its tag \`${event.tag ?? ''}\` says`;
      return this.#fail(
        offset,
        path,
        'invalid-value',
        message,
        'Remove the tag, or write a value of its kind',
      );
    }
    return { kind: 'scalar', source, offset, ...read, ...mergeTag(event.tag) };
  }

  #list({ offset, tag }: YamlEvent, path: string): Node {
    const { source } = this;
    const items: Node[] = [];
    while (this.events[this.#next]?.kind !== 'end')
      items.push(this.build(`${path}[${String(items.length)}]`, offset));
    this.#next++;
    return { kind: 'list', source, offset, items, ...mergeTag(tag) };
  }

  #map({ offset, tag }: YamlEvent, path: string): Node {
    const { source } = this;
    const entries = new Map<string, MapEntry>();
    const sources: Node[] = [];
    while (this.events[this.#next]?.kind !== 'end') this.#entry(path, offset, entries, sources);
    this.#next++;
    for (const from of sources) this.#merge(from, entries, path);
    return { kind: 'map', source, offset, entries, ...mergeTag(tag) };
  }

  #entry(path: string, mapOffset: number, entries: Map<string, MapEntry>, sources: Node[]): void {
    const keyNode = this.build(path, mapOffset);
    const { offset } = keyNode;
    const key = this.#key(keyNode, path);
    const below = key === undefined || key === '<<' ? path : keyPath(path, key);
    const merges = key === '<<' && keyNode.kind === 'scalar' && keyNode.plain;
    // Merged nodes do not nest.
    if (merges) this.#level--;
    const value = this.build(below, offset);
    if (merges) this.#level++;
    if (key === undefined) return;
    if (merges) sources.push(value);
    else if (entries.has(key))
      this.#fail(
        offset,
        below,
        'duplicate-key',
        `the key \`${key}\` is written twice in one map`,
        'Keep one of the two',
      );
    else entries.set(key, { source: this.source, offset, value });
  }

  /** https://yaml.org/type/merge.html: keys written here win, then the first of a list. */
  #merge(from: Node, into: Map<string, MapEntry>, path: string): void {
    if (from.kind === 'map') {
      for (const [key, entry] of from.entries) if (!into.has(key)) into.set(key, entry);
    } else if (from.kind === 'list' && from.items.every((item) => item.kind === 'map')) {
      for (const item of from.items) this.#merge(item, into, path);
    } else if (!this.hasFailed) {
      const message = '`<<` merges something that is not a map';
      this.#fail(from.offset, path, 'wrong-kind', message, 'Give it an alias of a map: `<<: *name`');
    }
  }

  #key(node: Node, path: string): string | undefined {
    const text = node.kind === 'scalar' ? node.text : undefined;
    const type = node.kind === 'scalar' && node.plain ? typeOfPlain(node.text) : 'string';
    if (text !== undefined && type === 'string') return text;
    const what = text === undefined ? 'a collection' : text === '' ? 'nothing' : `\`${text}\`, a ${type},`;
    this.#fail(
      node.offset,
      path,
      'wrong-kind',
      `${what} stands where a key belongs`,
      'Write the key as text, in quotes if need be',
    );
    return undefined;
  }

  #follow({ text: name, offset }: YamlEvent, path: string): Node {
    const anchor = this.#anchors.get(name);
    if (!anchor)
      return this.#fail(
        offset,
        path,
        'not-yaml',
        `no anchor \`&${name}\` stands before this alias`,
        `Write \`&${name}\` at the value it means, above this line`,
      );
    const { node, levels } = anchor;
    if (!node)
      return this.#fail(
        offset,
        path,
        'alias-bomb',
        `the alias \`*${name}\` contains itself`,
        'Take it out of its own anchor',
      );
    this.#deepest = Math.max(this.#deepest, this.#level + levels);
    if (this.#deepest > this.levels)
      return this.#fail(
        offset,
        path,
        'nested-too-deep',
        `the alias \`*${name}\` nests values too deep`,
        'Do not nest aliases of aliases',
      );
    this.#nodes += anchor.size;
    this.#aliased += anchor.size;
    if (this.#aliased > maxAliasedNodes && !this.#exhausted) {
      this.#exhausted = true;
      const message = `aliases multiply the file to more than ${String(maxAliasedNodes)} values`;
      return this.#fail(offset, path, 'alias-bomb', message, 'Do not nest aliases of aliases');
    }
    return node;
  }

  #fail(
    offset: number,
    path: string,
    ...[code, message, remedy]: [Parameters<Findings['error']>[2], string, string]
  ): Scalar {
    this.hasFailed = true;
    this.findings.error({ source: this.source, offset }, path, code, message, remedy);
    return { kind: 'scalar', source: this.source, offset, text: '', plain: true };
  }
}

/** YAML's own tags that give the type of a plain scalar. */
const typeTags: Readonly<Record<string, (type: PlainType, text: string) => boolean>> = {
  '!!null': (type) => type === 'null',
  '!!bool': (type) => type === 'boolean',
  '!!int': (type, text) => type === 'number' && isInteger(text),
  '!!float': (type) => type === 'number',
  '!!timestamp': (type) => type === 'timestamp',
};

/** The value that Compose's reader gives a scalar with its tag; undefined where the two do not fit. */
function taggedScalar({ text, plain, tag }: YamlEvent): Pick<Scalar, 'text' | 'plain'> | undefined {
  if (tag === undefined || tag === '!') return { text, plain };
  const fits = typeTags[tag];
  if (fits) return fits(typeOfPlain(text), text) ? { text, plain: true } : undefined;
  if (tag === '!!merge') return { text, plain: text === '<<' };
  if (tag !== '!!binary') return { text, plain: false };
  try {
    const bytes = Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), plain: false };
  } catch {
    return undefined;
  }
}

function mergeTag(tag: string | undefined): { mergeTag?: MergeTag } {
  return tag === '!reset' ? { mergeTag: 'reset' } : tag === '!override' ? { mergeTag: 'override' } : {};
}
