/**
 * The YAML library's events of a file → a tree a document: anchors followed, merge keys applied, duplicate and
 * non-string keys reported. A node reached through an alias is the anchor's own node, so it keeps
 * the place where it is written.
 */
import type { Event } from 'js-yaml';
import { CHOMPING_MODE, EVENT_ID, SCALAR_STYLE, getScalarValue } from 'js-yaml';
import type { Findings } from './findings.ts';
import { typeOfPlain } from './scalar.ts';
import type { Entry, MergeTag, Node, Scalar, SourceText } from './tree.ts';
import { keyPath } from './tree.ts';

/** Nodes that aliases may add to one document; real files stay below a few thousand. */
const maxAliasedNodes = 100_000;

/** The documents' trees, or undefined where an error, said in the findings, made one impossible. */
export function buildTrees(
  source: SourceText,
  events: readonly Event[],
  findings: Findings,
): readonly Node[] | undefined {
  const trees: Node[] = [];
  for (let next = 0; next < events.length;) {
    const builder = new TreeBuilder(source, events, next + 1, findings);
    trees.push(builder.build('', 0));
    if (builder.failed) return undefined;
    // After the tree comes the event that ends its document.
    next = builder.next + 1;
  }
  return trees;
}

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;
type NodeEvent = Exclude<Event, { type: typeof EVENT_ID.DOCUMENT | typeof EVENT_ID.POP }>;
type Anchorable = Exclude<NodeEvent, { type: typeof EVENT_ID.ALIAS }>;

interface Anchored {
  readonly node: Node;
  /** Nodes below it, aliases expanded. */
  readonly size: number;
}

class TreeBuilder {
  failed = false;
  #nodes = 0;
  #aliased = 0;
  #exhausted = false;
  readonly #anchors = new Map<string, Anchored>();
  readonly #open = new Set<string>();

  constructor(
    readonly source: SourceText,
    readonly events: readonly Event[],
    /** Index of the event to read next. */
    public next: number,
    readonly findings: Findings,
  ) {}

  /** The node that begins at the next event; `offset` is where it belongs if nothing of it is written. */
  build(path: string, offset: number): Node {
    // Where a node belongs the parser gives one, an empty scalar at the least.
    const event = this.events[this.next++] as NodeEvent;
    if (event.type === EVENT_ID.ALIAS) return this.#follow(event, path);

    const before = this.#nodes++;
    const anchor =
      event.anchorStart < 0 ? undefined : this.source.text.slice(event.anchorStart, event.anchorEnd);
    if (anchor !== undefined) this.#open.add(anchor);
    const built =
      event.type === EVENT_ID.SCALAR
        ? this.#scalar(event, offset)
        : event.type === EVENT_ID.MAPPING
          ? this.#map(event, path)
          : this.#list(event, path);
    if (anchor !== undefined) {
      this.#open.delete(anchor);
      this.#anchors.set(anchor, { node: built, size: this.#nodes - before });
    }
    return built;
  }

  #scalar(event: ScalarEvent, offset: number): Scalar {
    const { source } = this;
    const value = getScalarValue(source.text, event);
    const text = this.#endsUnbroken(event) ? value.replace(/\n$/, '') : value;
    const tag = this.#tag(event);
    const plain = event.style === SCALAR_STYLE.PLAIN && !stringTags.has(tag);
    return { kind: 'scalar', source, offset: placeOf(event, offset), text, plain, ...mergeTag(tag) };
  }

  /**
   * A block scalar up to the end of a file whose last line has no line break: there is none to keep
   * (YAML 1.2.2, 8.1.1.2), but the library adds it.
   */
  #endsUnbroken({ style, valueEnd, chomping }: ScalarEvent): boolean {
    const { text } = this.source;
    const isBlock = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
    return (
      isBlock &&
      chomping !== CHOMPING_MODE.STRIP &&
      valueEnd >= text.length &&
      /[^\s][^\n]*$/.test(text.slice(text.lastIndexOf('\n') + 1))
    );
  }

  #list(event: Anchorable, path: string): Node {
    const { source, events } = this;
    const offset = placeOf(event, 0);
    const items: Node[] = [];
    while (events[this.next]?.type !== EVENT_ID.POP)
      items.push(this.build(`${path}[${String(items.length)}]`, offset));
    this.next++;
    return { kind: 'list', source, offset, items, ...mergeTag(this.#tag(event)) };
  }

  #map(event: Anchorable, path: string): Node {
    const { source, events } = this;
    const offset = placeOf(event, 0);
    const entries = new Map<string, Entry>();
    const merges: Node[] = [];
    while (events[this.next]?.type !== EVENT_ID.POP) this.#entry(path, offset, entries, merges);
    this.next++;
    for (const merge of merges) this.#merge(merge, entries, path);
    return { kind: 'map', source, offset, entries, ...mergeTag(this.#tag(event)) };
  }

  #entry(path: string, mapOffset: number, entries: Map<string, Entry>, merges: Node[]): void {
    const keyNode = this.build(path, mapOffset);
    const { offset } = keyNode;
    const key = this.#key(keyNode, path);
    const below = key === undefined || key === '<<' ? path : keyPath(path, key);
    const value = this.build(below, offset);
    if (key === undefined) return;
    if (key === '<<' && keyNode.kind === 'scalar' && keyNode.plain) merges.push(value);
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

  /** https://yaml.org/type/merge.html: what is written here wins, then the first of a list. */
  #merge(from: Node, into: Map<string, Entry>, path: string): void {
    if (from.kind === 'map') {
      for (const [key, entry] of from.entries) if (!into.has(key)) into.set(key, entry);
    } else if (from.kind === 'list' && from.items.every((item) => item.kind === 'map')) {
      for (const item of from.items) this.#merge(item, into, path);
    } else if (!this.failed) {
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

  #follow(alias: Extract<Event, { type: typeof EVENT_ID.ALIAS }>, path: string): Node {
    const name = this.source.text.slice(alias.anchorStart, alias.anchorEnd);
    const offset = alias.anchorStart - 1;
    const anchored = this.#anchors.get(name);
    if (this.#open.has(name))
      return this.#fail(
        offset,
        path,
        'alias-bomb',
        `the alias \`*${name}\` contains itself`,
        'Take it out of its own anchor',
      );
    if (!anchored)
      return this.#fail(
        offset,
        path,
        'not-yaml',
        `no anchor \`&${name}\` stands before this alias`,
        `Write \`&${name}\` at the value it means, above this line`,
      );
    this.#nodes += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased > maxAliasedNodes && !this.#exhausted) {
      this.#exhausted = true;
      const message = `aliases multiply the file to more than ${String(maxAliasedNodes)} values`;
      return this.#fail(offset, path, 'alias-bomb', message, 'Do not nest aliases of aliases');
    }
    return anchored.node;
  }

  #fail(
    offset: number,
    path: string,
    ...[code, message, remedy]: [Parameters<Findings['error']>[2], string, string]
  ): Node {
    this.failed = true;
    this.findings.error({ source: this.source, offset }, path, code, message, remedy);
    return { kind: 'scalar', source: this.source, offset, text: '', plain: true };
  }

  /** As it is written. */
  #tag({ tagStart, tagEnd }: Anchorable): string {
    return tagStart < 0 ? '' : this.source.text.slice(tagStart, tagEnd);
  }
}

/** What makes a plain scalar a string: YAML 1.2.2, 6.9.1, the non-specific tag too. */
const stringTags: ReadonlySet<string> = new Set(['!', '!!str', '!<tag:yaml.org,2002:str>']);

/** Where a node begins, its tag and anchor left aside unless they are all there is of it. */
function placeOf(event: Anchorable, otherwise: number): number {
  if (event.type !== EVENT_ID.SCALAR) return event.start;
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  if (event.valueStart >= 0) return isQuoted ? event.valueStart - 1 : event.valueStart;
  return event.tagStart >= 0 ? event.tagStart : event.anchorStart >= 0 ? event.anchorStart - 1 : otherwise;
}

function mergeTag(tag: string): { mergeTag?: MergeTag } {
  return tag === '!reset' ? { mergeTag: 'reset' } : tag === '!override' ? { mergeTag: 'override' } : {};
}
