/**
 * The tree of a Compose file: the YAML content, with the place of every node, before any key has a meaning. Scalars
 * keep their source text; the key that reads a scalar determines its type (scalar.ts).
 */
import type { Position } from '../model/diagnostic.ts';

/** A text file and its line starts; lines are only located when a position is needed. */
export class SourceText {
  #lineStarts: number[] | undefined;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  /** Line and column (from 1) of a character offset. */
  position(offset: number): Position {
    this.#lineStarts ??= lineStarts(this.text);
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }
}

function lineStarts(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\r\n?|\n/g), (match) => match.index + match[0].length)];
}

/** A place in a source: kept as an offset because few are ever shown. */
export interface Mark {
  readonly source: SourceText;
  readonly offset: number;
}

/** The tags that control merging, Compose Specification, "Merge": drop the key, or replace instead of merge. */
export type MergeTag = 'reset' | 'override';

export interface Scalar extends Mark {
  readonly kind: 'scalar';
  readonly text: string;
  /** Written without quotes, so that YAML gives it a type; false once a variable was inserted. */
  readonly plain: boolean;
  readonly mergeTag?: MergeTag;
}

export interface List extends Mark {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly mergeTag?: MergeTag;
}

export interface Mapping extends Mark {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly mergeTag?: MergeTag;
}

/** One entry of a map; the mark is that of its key. */
export interface MapEntry extends Mark {
  readonly value: Node;
}

export type Node = Scalar | List | Mapping;

/** An empty value, `~` or `null`, unquoted. */
export function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.plain && /^(?:|~|null|Null|NULL)$/.test(node.text);
}

/** Path of a key below a path: `services` + `web` = `services.web`. */
export function keyPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/**
 * The place of a path such as `services.web.ports[0]`, or of its nearest ancestor in the file: the value's where that
 * is a scalar, else the key's. A name below a list is the item that begins with it. Keys may contain dots and brackets,
 * so this tries every key that the path could mean; the deepest match wins.
 */
export function findPlace(root: Node, path: string): Mark {
  return deepest(root, root, path, 0).mark;
}

/** Whether an item of a list represents a name: `data`, `data:/target`, `NAME=value`, or `source: data`. */
function names(item: Node, name: string): boolean {
  if (item.kind === 'scalar')
    return item.text === name || (item.text.startsWith(name) && /[:=]/.test(item.text.charAt(name.length)));
  const source = item.kind === 'map' ? item.entries.get('source')?.value : undefined;
  return source?.kind === 'scalar' && source.text === name;
}

interface FoundNode {
  readonly mark: Mark;
  readonly length: number;
}

function deepest(node: Node, mark: Mark, path: string, from: number): FoundNode {
  let best: FoundNode = { mark, length: from };
  const consider = (candidate: FoundNode): boolean => {
    if (candidate.length > best.length) best = candidate;
    return best.length === path.length;
  };
  if (node.kind === 'list') {
    const index = /^\[(\d+)\]/.exec(path.slice(from, from + 20));
    const item = index ? node.items[Number(index[1])] : undefined;
    if (index && item) consider(deepest(item, item, path, from + index[0].length));
    else if (path[from] === '.') {
      const name = path.slice(from + 1);
      const match = node.items.find((one) => names(one, name));
      if (match) consider({ mark: match, length: path.length });
    }
  } else if (node.kind === 'map') {
    const start = path[from] === '.' ? from + 1 : from;
    for (let end = start; end <= path.length; end++) {
      if (end < path.length && path[end] !== '.' && path[end] !== '[') continue;
      const entry = node.entries.get(path.slice(start, end));
      if (!entry) continue;
      const at = entry.value.kind === 'scalar' && !isNull(entry.value) ? entry.value : entry;
      if (consider(deepest(entry.value, at, path, end))) break;
    }
  }
  return best;
}
