/**
 * Converts tokens of YAML into nodes in the order of the text, one list for each document; the grammar is that of YAML
 * 1.1.
 */
import { YamlError } from './cursor.ts';
import type { Token, TokenKind } from './tokens.ts';
import { tokensOf } from './tokens.ts';

export interface YamlEvent {
  readonly kind: 'alias' | 'end' | 'list' | 'map' | 'scalar';
  /** The start of the node, without its tag and anchor; -1 where the text contains nothing for it. */
  readonly offset: number;
  /** Of a scalar its value, of an alias its name. */
  readonly text: string;
  /** A scalar without quotes that is not a block. */
  readonly plain: boolean;
  readonly anchor: string | undefined;
  /** `!!str` for YAML's own, `!name` for others. */
  readonly tag: string | undefined;
}

export interface YamlLimits {
  /** The maximum depth of nesting. */
  readonly depth: number;
  readonly events: number;
}

/** The events of each document; throws a YamlError where the text is not YAML, or beyond a limit. */
export function eventsOf(text: string, limits: YamlLimits): readonly (readonly YamlEvent[])[] {
  // Besides each node there are, at worst, its tag, anchor, dash, colon, comma and the end of its block.
  return new Grammar(tokensOf(text, limits.events * 4), limits).documents();
}

/** Which nodes a place in a block accepts: after a key, lists in the key's own column too. */
type NodePlace = 'block' | 'below-key' | 'flow';

type Collection = 'block list' | 'block map' | 'flow list' | 'flow map' | 'indentless list';

/** The collections that a token begins, in any position. */
const collections: Partial<Record<TokenKind, Collection>> = {
  'first-entry': 'block list',
  'first-key': 'block map',
  'list-start': 'flow list',
  'map-start': 'flow map',
};

const end: YamlEvent = { kind: 'end', offset: -1, text: '', plain: false, anchor: undefined, tag: undefined };

class Grammar {
  #index = 0;
  #events: YamlEvent[] = [];
  #count = 0;
  #depth = 0;

  constructor(
    readonly tokens: readonly Token[],
    readonly limits: YamlLimits,
  ) {}

  documents(): (readonly YamlEvent[])[] {
    const documents: (readonly YamlEvent[])[] = [];
    if (!this.#is('directive', 'document-start', 'document-end', 'end')) documents.push(this.#document());
    for (;;) {
      while (this.#is('document-end')) this.#index++;
      const hasDirectives = this.#is('directive');
      while (this.#is('directive')) this.#index++;
      if (this.#is('end') && !hasDirectives) return documents;
      this.#expect('document-start', 'document');
      documents.push(this.#document());
    }
  }

  #document(): readonly YamlEvent[] {
    this.#events = [];
    if (this.#is('directive', 'document-start', 'document-end', 'end')) this.#empty();
    else this.#node('block');
    if (!this.#is('directive', 'document-start', 'document-end', 'end')) this.#refuse('misplaced');
    return this.#events;
  }

  #node(place: NodePlace): void {
    if (++this.#depth > this.limits.depth) this.#refuse('too-deep');
    const { anchor, tag, offset } = this.#properties();
    const { offset: at, text, plain } = this.#token;
    const next = this.#next;
    const isLeaf = next === 'scalar' || (next === 'alias' && offset < 0);
    const collection =
      collections[next] ?? (next === 'entry' && place === 'below-key' ? 'indentless list' : undefined);
    if (isLeaf) {
      this.#emit({ kind: next, offset: at, text, plain, anchor, tag });
      this.#index++;
    } else if (collection !== undefined) {
      this.#emit({ kind: collection.endsWith('map') ? 'map' : 'list', offset: at, text, plain, anchor, tag });
      this.#collection(collection);
      this.#emit(end);
    } else if (offset >= 0) this.#emit({ ...end, kind: 'scalar', offset, plain: true, anchor, tag });
    else this.#refuse(place === 'flow' ? 'unclosed-bracket' : 'misplaced');
    this.#depth--;
  }

  #collection(kind: Collection): void {
    switch (kind) {
      case 'flow list':
        return this.#flowList();
      case 'flow map':
        return this.#flowMap();
      case 'block list':
        return this.#blockList();
      case 'block map':
        return this.#blockMap();
      case 'indentless list':
        return this.#indentlessList();
    }
  }

  /** An anchor and a tag, in either order; the offset is the tag's, else the anchor's, else -1. */
  #properties(): { anchor: string | undefined; tag: string | undefined; offset: number } {
    let anchor: Token | undefined;
    let tag: Token | undefined;
    for (;;) {
      const token = this.#token;
      if (this.#next === 'anchor' && anchor === undefined) anchor = token;
      else if (this.#next === 'tag' && tag === undefined) tag = token;
      else return { anchor: anchor?.text, tag: tag?.text, offset: tag?.offset ?? anchor?.offset ?? -1 };
      this.#index++;
    }
  }

  #blockList(): void {
    do {
      this.#index++;
      this.#nodeUnless('block', 'entry', 'block-end');
    } while (this.#is('entry'));
    this.#expect('block-end', 'misplaced');
  }

  /** In the column of the key it belongs to. */
  #indentlessList(): void {
    while (this.#is('entry')) {
      this.#index++;
      this.#nodeUnless('block', 'entry', 'key', 'value', 'block-end');
    }
  }

  #blockMap(): void {
    do {
      this.#takeKey();
      this.#nodeUnless('below-key', 'key', 'value', 'block-end');
      if (this.#is('value')) {
        this.#index++;
        this.#nodeUnless('below-key', 'key', 'value', 'block-end');
      } else this.#empty();
    } while (this.#is('key'));
    this.#expect('block-end', 'misplaced');
  }

  #flowList(): void {
    this.#flowItems('list-end', () => {
      if (!this.#is('key')) {
        this.#node('flow');
        return;
      }
      // A single pair is a map.
      this.#emit({ ...end, kind: 'map', offset: this.#token.offset });
      this.#flowPair('list-end');
      this.#emit(end);
    });
  }

  #flowMap(): void {
    this.#flowItems('map-end', () => {
      if (this.#is('key')) this.#flowPair('map-end');
      else {
        this.#node('flow');
        this.#empty();
      }
    });
  }

  #flowItems(closing: 'list-end' | 'map-end', item: () => void): void {
    this.#index++;
    while (!this.#is(closing)) {
      item();
      if (!this.#is(closing)) this.#expect('flow-entry', 'unclosed-bracket');
    }
    this.#index++;
  }

  #flowPair(closing: 'list-end' | 'map-end'): void {
    this.#takeKey();
    this.#nodeUnless('flow', 'value', 'flow-entry', closing);
    if (this.#is('value')) {
      this.#index++;
      this.#nodeUnless('flow', 'flow-entry', closing);
    } else this.#empty();
  }

  /** Moves past the tokens that begin a key here. */
  #takeKey(): void {
    this.#token.key = undefined;
    if (this.#token.kind === 'question') this.#index++;
  }

  #nodeUnless(place: NodePlace, ...kinds: readonly TokenKind[]): void {
    if (this.#is(...kinds)) this.#empty();
    else this.#node(place);
  }

  #empty(): void {
    this.#emit({ ...end, kind: 'scalar', plain: true });
  }

  #emit(event: YamlEvent): void {
    if (++this.#count > this.limits.events) this.#refuse('too-many');
    this.#events.push(event);
  }

  get #token(): Token {
    return this.tokens[this.#index] as Token;
  }

  get #next(): TokenKind {
    const token = this.#token;
    if (token.fault) throw token.fault;
    return token.key ?? token.kind;
  }

  #is(...kinds: readonly TokenKind[]): boolean {
    return kinds.includes(this.#next);
  }

  #expect(kind: TokenKind, fault: YamlError['fault']): void {
    if (!this.#is(kind)) this.#refuse(fault);
    this.#index++;
  }

  #refuse(fault: YamlError['fault']): never {
    const token = this.#token;
    const last = this.tokens.at(-1)?.fault;
    // Not a key where one is required: the scanner reports what is missing.
    throw last?.offset === token.offset ? last : new YamlError(fault, token.offset);
  }
}
