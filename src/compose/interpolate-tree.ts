/** Interpolation of a whole tree: values only, never keys; each node once, however many aliases it has. */
import type { Findings } from './findings.ts';
import type { Lookup } from './interpolate.ts';
import { expandTemplate, parseTemplate } from './interpolate.ts';
import type { MapEntry, Mark, Node, Scalar } from './tree.ts';
import { keyPath } from './tree.ts';

interface Use extends Mark {
  readonly path: string;
}

/** Interpolates trees with one environment and collects the unset variables. */
export class Interpolation {
  readonly #copies = new Map<Node, Node>();
  readonly #unset = new Map<string, Use[]>();

  constructor(
    readonly lookup: Lookup,
    readonly findings: Findings,
  ) {}

  /** The same tree with every value expanded; returns a node without variables unchanged. */
  tree<T extends Node>(node: T, path = ''): T {
    if (node.kind === 'scalar' && !node.text.includes('$')) return node;
    const earlier = this.#copies.get(node);
    if (earlier) return earlier as T;
    if (!this.findings.spend('copies', 1, node, path)) return node;
    const copy = this.#expand(node, path);
    this.#copies.set(node, copy);
    return copy as T;
  }

  /** One warning for each variable, at the first place that uses it. */
  warnOfUnset(): void {
    for (const [name, uses] of this.#unset) {
      const [first] = uses;
      if (!first) continue;
      const places = uses.length > 1 ? ` (used in ${String(uses.length)} places)` : '';
      const message = `the variable \`${name}\` is not set and expands to nothing${places}`;
      const remedy = `Set ${name} in .env or the environment, or write \${${name}:-} if nothing is meant`;
      this.findings.add('warning', first, first.path, 'unset-variable', message, remedy);
    }
  }

  #expand(node: Node, path: string): Node {
    switch (node.kind) {
      case 'scalar':
        return this.#scalar(node, path);
      case 'list': {
        let items: Node[] | undefined;
        node.items.forEach((item, index) => {
          const copy = this.tree(item, `${path}[${String(index)}]`);
          if (copy !== item) (items ??= [...node.items])[index] = copy;
        });
        return items ? { ...node, items } : node;
      }
      case 'map': {
        let entries: Map<string, MapEntry> | undefined;
        for (const [key, { source, offset, value }] of node.entries) {
          const copy = this.tree(value, keyPath(path, key));
          if (copy !== value) (entries ??= new Map(node.entries)).set(key, { source, offset, value: copy });
        }
        return entries ? { ...node, entries } : node;
      }
    }
  }

  #scalar(node: Scalar, path: string): Scalar {
    const result = parseTemplate(node.text);
    if (!result.ok) {
      this.findings.error(node, path, 'interpolation-syntax', result.message, result.remedy);
      return node;
    }
    const use = { source: node.source, offset: node.offset, path };
    const expansion = expandTemplate(result.template, {
      lookup: this.lookup,
      onUnset: (name) => {
        const uses = this.#unset.get(name);
        if (uses) uses.push(use);
        else this.#unset.set(name, [use]);
      },
      spend: (characters) => this.findings.spend('characters', characters, node, path),
    });
    if (expansion.ok) return { ...node, text: expansion.text, plain: false };
    const detail = expansion.message === '' ? '' : `: ${expansion.message}`;
    const message = `the variable \`${expansion.name}\` is required and not set${detail}`;
    this.findings.error(
      node,
      path,
      'required-variable',
      message,
      `Set ${expansion.name} in .env or the environment`,
    );
    return node;
  }
}
