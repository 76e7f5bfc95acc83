/**
 * The YAML library's document → tree: anchors followed, merge keys applied, duplicate and
 * non-string keys reported. A node reached through an alias is the anchor's own node, so it keeps
 * the place where it is written.
 */
import type { Document, ParsedNode, Scalar as YamlScalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isScalar } from 'yaml';
import type { Findings } from './findings.ts';
import { typeOfPlain } from './scalar.ts';
import type { Entry, MergeTag, Node, SourceText } from './tree.ts';
import { keyPath } from './tree.ts';

/** Nodes that aliases may add to one document; real files stay below a few thousand. */
const maxAliasedNodes = 100_000;
/** Levels of nesting; Compose itself needs nine. */
const maxDepth = 100;

/** The document's tree, or undefined where an error, said in the findings, made it impossible. */
export function buildTree(
  source: SourceText,
  document: Document.Parsed,
  findings: Findings,
): Node | undefined {
  const builder = new TreeBuilder(source, findings);
  const contents = document.contents as ParsedNode | null;
  if (contents === null) return { kind: 'scalar', source, offset: 0, text: '', plain: true };
  const tree = builder.build(contents, '', 0);
  return builder.failed ? undefined : tree;
}

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
    readonly findings: Findings,
  ) {}

  build(node: ParsedNode | null, path: string, depth: number, offset = 0): Node {
    if (node === null) return this.#null(offset);
    const at = node.range[0];
    if (depth > maxDepth)
      return this.#fail(at, path, 'nested-too-deep', 'values are nested too deep', 'Flatten the nesting');
    if (isAlias(node)) return this.#follow(node.source, at, path);

    const before = this.#nodes++;
    const anchor = node.anchor;
    if (anchor !== undefined) this.#open.add(anchor);
    const built = isScalar(node)
      ? this.#scalar(node)
      : isMap(node)
        ? this.#map(node, path, depth)
        : this.#list(node, path, depth);
    if (anchor !== undefined) {
      this.#open.delete(anchor);
      this.#anchors.set(anchor, { node: built, size: this.#nodes - before });
    }
    return built;
  }

  #scalar(node: YamlScalar): Node {
    const value = typeof node.value === 'string' ? node.value : '';
    const text = this.#endsUnbroken(node) ? value.replace(/\n$/, '') : value;
    const plain = node.type === 'PLAIN' && node.tag !== 'tag:yaml.org,2002:str';
    return { kind: 'scalar', ...this.#mark(node), text, plain, ...mergeTag(node.tag) };
  }

  /**
   * A block scalar up to the end of a file whose last line has no line break: there is none to keep
   * (YAML 1.2.2, 8.1.1.2), but the library adds it.
   */
  #endsUnbroken({ type, range }: YamlScalar): boolean {
    const { text } = this.source;
    const isLast = (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED') && (range?.[1] ?? 0) >= text.length;
    return isLast && /[^\s][^\n]*$/.test(text.slice(text.lastIndexOf('\n') + 1));
  }

  #list(node: YAMLSeq.Parsed, path: string, depth: number): Node {
    const items = node.items.map((item, index) => this.build(item, `${path}[${String(index)}]`, depth + 1));
    return { kind: 'list', ...this.#mark(node), items, ...mergeTag(node.tag) };
  }

  #map(node: YAMLMap.Parsed, path: string, depth: number): Node {
    const entries = new Map<string, Entry>();
    const merges: Node[] = [];
    for (const pair of node.items) {
      const offset = pair.key.range[0];
      const key = this.#key(pair.key, path);
      if (key === undefined) continue;
      if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        merges.push(this.build(pair.value, path, depth + 1, offset));
        continue;
      }
      const below = keyPath(path, key);
      const value = this.build(pair.value, below, depth + 1, offset);
      if (entries.has(key))
        this.#fail(
          offset,
          below,
          'duplicate-key',
          `the key \`${key}\` is written twice in one map`,
          'Keep one of the two',
        );
      else entries.set(key, { source: this.source, offset, value });
    }
    for (const merge of merges) this.#merge(merge, entries, path);
    return { kind: 'map', ...this.#mark(node), entries, ...mergeTag(node.tag) };
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

  #key(node: ParsedNode, path: string): string | undefined {
    const resolved = isAlias(node) ? this.#follow(node.source, node.range[0], path) : undefined;
    const text =
      resolved?.kind === 'scalar' ? resolved.text : isScalar(node) ? (node.value as string) : undefined;
    const type = isScalar(node) && node.type === 'PLAIN' && text !== undefined ? typeOfPlain(text) : 'string';
    if (text !== undefined && type === 'string') return text;
    const what = text === undefined ? 'a collection' : text === '' ? 'nothing' : `\`${text}\`, a ${type},`;
    this.#fail(
      node.range[0],
      path,
      'wrong-kind',
      `${what} stands where a key belongs`,
      'Write the key as text, in quotes if need be',
    );
    return undefined;
  }

  #follow(name: string, offset: number, path: string): Node {
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
    return this.#null(offset);
  }

  #null(offset: number): Node {
    return { kind: 'scalar', source: this.source, offset, text: '', plain: true };
  }

  #mark(node: { range?: readonly number[] | null | undefined }): { source: SourceText; offset: number } {
    return { source: this.source, offset: node.range?.[0] ?? 0 };
  }
}

function mergeTag(tag: string | undefined): { mergeTag?: MergeTag } {
  return tag === '!reset' ? { mergeTag: 'reset' } : tag === '!override' ? { mergeTag: 'override' } : {};
}
