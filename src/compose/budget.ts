/**
 * Limits on the size of one project: larger than any that a machine runs, and smaller than what uses up a machine's
 * memory. Small files can ask for much: aliases of aliases, ranges of ports, files that include each other twice.
 */
import type { MapEntry, Node } from './tree.ts';

interface Budget {
  readonly limit: number;
  /** The name of what exceeds its limit, with the number in front. */
  readonly what: string;
  readonly remedy: string;
}

const split = 'Split the project, and give each part its own name';

/** The limit of each counted thing: for the whole project, `levels` for each chain alone. */
export const budgets = {
  values: {
    limit: 500_000,
    what: 'values, counted wherever aliases, `extends` and replicas repeat them',
    remedy: split,
  },
  copies: {
    limit: 2_000_000,
    what: 'values that `extends`, `include` and several files copy to merge them',
    remedy: split,
  },
  characters: {
    limit: 64 * 1024 * 1024,
    what: 'characters, counted wherever variables, aliases and replicas repeat them',
    remedy: split,
  },
  inclusions: { limit: 1000, what: 'included files, counted once for each set of variables', remedy: split },
  containers: { limit: 10_000, what: 'containers', remedy: split },
  ports: {
    limit: 65_536,
    what: 'published ports',
    remedy: 'Publish fewer, or use `network_mode: host`, which publishes none',
  },
  levels: {
    limit: 100,
    what: 'levels of `extends` or `include`',
    remedy: 'Extend or include the last of the chain directly',
  },
} as const satisfies Record<string, Budget>;

export type BudgetKind = keyof typeof budgets;

/** Values and characters; a scalar is one value. */
export interface Size {
  readonly values: number;
  readonly characters: number;
}

/** The size of a tree with every alias counted where it is used; stops counting beyond the budget. */
export function sizeOfTree(root: Node): Size {
  return measure(root, (node: Node, visit) => {
    if (node.kind === 'scalar') return node.text.length;
    if (node.kind === 'list') for (const item of node.items) visit(item);
    else node.entries.forEach((entry: MapEntry, key) => visit(entry.value, key.length));
    return 0;
  });
}

/** The size of the data built from the tree: plain objects, maps and lists of numbers and texts. */
export function sizeOfData(root: unknown): Size {
  return measure(root, (value: unknown, visit) => {
    if (typeof value === 'string') return value.length;
    if (value instanceof Map) value.forEach((item: unknown, key: unknown) => visit(item, String(key).length));
    else if (typeof value === 'object' && value !== null)
      for (const item of Object.values(value)) visit(item);
    return 0;
  });
}

/** @param look visits the direct children of a thing, and returns the characters of the thing itself. */
function measure<T>(
  root: T,
  look: (thing: T, visit: (below: T, characters?: number) => void) => number,
): Size {
  let values = 0;
  let characters = 0;
  const waiting: T[] = [root];
  while (waiting.length > 0) {
    // Cast: the list is not empty, and a thing may itself be undefined.
    const thing = waiting.pop() as T;
    values++;
    // Apart from the sum: the children add to it meanwhile.
    const own = look(thing, (below, more = 0) => {
      waiting.push(below);
      characters += more;
    });
    characters += own;
    if (values > budgets.values.limit || characters > budgets.characters.limit) break;
  }
  return { values, characters };
}
