/**
 * Merges several Compose files into one tree. Maps merge, lists append, single values are replaced; a table names the
 * keys with other rules. Source: Compose Specification, "Merge and override". The normalisers remove the duplicates
 * that appending leaves (ports, mounts by target…), as for a single file.
 */
import type { Findings } from './findings.ts';
import type { MapEntry, List, Mapping, Node, Scalar } from './tree.ts';
import { isNull, keyPath } from './tree.ts';
import { scalarText } from './scalar.ts';

/**
 * - replace: the later value alone (a command is one thing, not a list of things)
 * - pairs: `KEY=value` lists and maps alike, merged by name; a name alone takes the place of its value
 * - names: a list of names is a map of them to nothing
 * - sequence: one value is a list of one, a map a list of `KEY=value`
 * - driver: a map that only merges while its `driver` stays the same
 * - pools: address pools: those of the later list, each over the earlier one of its subnet
 * - build: a map, or its `context` alone
 */
type MergeRule = 'replace' | 'pairs' | 'names' | 'sequence' | 'driver' | 'pools' | 'build';

/** By path, with `*` for user-defined names. */
const rules: Readonly<Partial<Record<string, MergeRule>>> = {
  'services.*.annotations': 'pairs',
  'services.*.build': 'build',
  'services.*.build.additional_contexts': 'pairs',
  'services.*.build.args': 'pairs',
  'services.*.build.extra_hosts': 'sequence',
  'services.*.build.labels': 'pairs',
  'services.*.build.ssh': 'pairs',
  'services.*.command': 'replace',
  'services.*.depends_on': 'names',
  'services.*.deploy.labels': 'pairs',
  'services.*.dns': 'sequence',
  'services.*.dns_opt': 'sequence',
  'services.*.dns_search': 'sequence',
  'services.*.entrypoint': 'replace',
  'services.*.env_file': 'sequence',
  'services.*.environment': 'pairs',
  'services.*.extra_hosts': 'sequence',
  'services.*.healthcheck.test': 'replace',
  'services.*.label_file': 'sequence',
  'services.*.labels': 'pairs',
  'services.*.logging': 'driver',
  'services.*.models': 'names',
  'services.*.networks': 'names',
  'services.*.sysctls': 'pairs',
  'services.*.tmpfs': 'sequence',
  'services.*.ulimits.*': 'replace',
  'networks.*.ipam.config': 'pools',
  'networks.*.labels': 'pairs',
  'volumes.*.labels': 'pairs',
};

/**
 * Merges the trees in order, the later over the earlier; `!override` replaces its old value, and `!reset` stays as a
 * mark, for withoutResets, since the removed value may come from a file further away.
 */
export function mergeTrees(trees: readonly Mapping[], findings: Findings): Mapping {
  const [first, ...others] = trees;
  if (!first) throw new Error('mergeTrees needs a tree');
  return others.reduce((base, over) => new Merge(findings).maps(base, over, '', ''), first);
}

/** One service merged over the one it extends, by the rules of services. */
export function mergeServices(base: Mapping, over: Mapping, name: string, findings: Findings): Mapping {
  return new Merge(findings).maps(base, over, keyPath('services', name), 'services.*');
}

class Merge {
  constructor(readonly findings: Findings) {}

  maps(base: Mapping, over: Mapping, path: string, pattern: string): Mapping {
    // Each merge copies, so avoid repeated merges.
    if (!this.findings.spend('copies', base.entries.size + over.entries.size, over, path)) return base;
    const entries = new Map(base.entries);
    // Below these, user-defined names are part of the path.
    const isByName = /^(?:services|networks|volumes|configs|secrets|services\.\*\.ulimits)$/.test(pattern);
    for (const [key, entry] of over.entries) {
      const below = entries.get(key);
      // An extension is the user's own: only its user knows how two of them merge.
      const value =
        below && !key.startsWith('x-')
          ? this.#nodes(below.value, entry.value, keyPath(path, key), keyPath(pattern, isByName ? '*' : key))
          : entry.value;
      entries.set(
        key,
        value === below?.value ? below : { source: entry.source, offset: entry.offset, value },
      );
    }
    return { ...base, entries };
  }

  #nodes(base: Node, over: Node, path: string, pattern: string): Node {
    if (over.mergeTag) return over;
    if (base.mergeTag === 'reset') return over;
    const rule = rules[pattern];
    if (rule === 'replace') return over;
    if (isNull(over)) return base;
    if (isNull(base)) return over;
    if (!rule) return this.#kinds(base, over, path, pattern);
    switch (rule) {
      case 'pairs':
        return this.#pairs(pairsOf(base), pairsOf(over), path, pattern);
      case 'names':
        return this.#kinds(namesOf(base, path), namesOf(over, path), path, pattern);
      case 'sequence':
        return this.#kinds(sequenceOf(base), sequenceOf(over), path, pattern);
      case 'driver':
        return sameDriver(base, over) ? this.#kinds(base, over, path, pattern) : over;
      case 'build':
        return this.#kinds(buildOf(base), buildOf(over), path, pattern);
      case 'pools':
        return this.#pools(base, over, path, pattern);
    }
  }

  #kinds(base: Node, over: Node, path: string, pattern: string): Node {
    if (base.kind === 'scalar') return over;
    if (base.kind === 'map' && over.kind === 'map') return this.maps(base, over, path, pattern);
    if (base.kind === 'list' && over.kind === 'list') {
      const size = base.items.length + over.items.length;
      return this.findings.spend('copies', size, over, path)
        ? { ...over, items: [...base.items, ...over.items] }
        : base;
    }
    const kinds = { map: 'a map', list: 'a list', scalar: 'a single value' };
    const before = base.source.position(base.offset);
    const message = `${kinds[over.kind]} cannot be merged over ${kinds[base.kind]} (${before.file}:${String(before.line)})`;
    this.findings.error(
      over,
      path,
      'merge-conflict',
      message,
      'Write both in the same form, or tag this one `!override`',
    );
    return base;
  }

  #pairs(base: Node, over: Node, path: string, pattern: string): Node {
    if (base.kind !== 'map' || over.kind !== 'map') return this.#kinds(base, over, path, pattern);
    if (!this.findings.spend('copies', base.entries.size + over.entries.size, over, path)) return base;
    return { ...over, entries: new Map([...base.entries, ...over.entries]) };
  }

  #pools(base: Node, over: Node, path: string, pattern: string): Node {
    if (base.kind !== 'list' || over.kind !== 'list') return this.#kinds(base, over, path, pattern);
    const items = over.items.map((pool) => {
      const same = base.items.find((item) => textAt(item, 'subnet') === textAt(pool, 'subnet'));
      return same ? this.#kinds(same, pool, path, pattern) : pool;
    });
    return { ...over, items };
  }
}

function pairsOf(node: Node): Node {
  if (node.kind !== 'list') return node;
  const entries = new Map<string, MapEntry>();
  for (const item of node.items) {
    if (item.kind !== 'scalar') return node;
    const text = scalarText(item);
    const equals = text.indexOf('=');
    const value = equals < 0 ? nothing(item) : { ...item, text: text.slice(equals + 1), plain: false };
    entries.set(equals < 0 ? text : text.slice(0, equals), {
      source: item.source,
      offset: item.offset,
      value,
    });
  }
  return { kind: 'map', source: node.source, offset: node.offset, entries };
}

function namesOf(node: Node, path: string): Node {
  if (node.kind !== 'list') return node;
  const entries = new Map<string, MapEntry>();
  for (const item of node.items) {
    if (item.kind !== 'scalar') return node;
    const { source, offset } = item;
    const value = path.endsWith('.depends_on') ? startedCondition(item) : nothing(item);
    entries.set(scalarText(item), { source, offset, value });
  }
  return { kind: 'map', source: node.source, offset: node.offset, entries };
}

function buildOf(node: Node): Node {
  if (node.kind !== 'scalar') return node;
  const { source, offset } = node;
  return { kind: 'map', source, offset, entries: new Map([['context', { source, offset, value: node }]]) };
}

function startedCondition({ source, offset }: Scalar): Mapping {
  const entry = (text: string): MapEntry => ({
    source,
    offset,
    value: { kind: 'scalar', source, offset, text, plain: true },
  });
  const entries = new Map([
    ['condition', entry('service_started')],
    ['required', entry('true')],
  ]);
  return { kind: 'map', source, offset, entries };
}

function sequenceOf(node: Node): List {
  const { source, offset } = node;
  if (node.kind === 'list') return node;
  if (node.kind === 'scalar') return { kind: 'list', source, offset, items: [node] };
  const items = Array.from(node.entries, ([key, { value, ...mark }]) => {
    const values = value.kind === 'list' ? value.items : [value];
    return values.map((one): Node => {
      const text = one.kind !== 'scalar' || isNull(one) ? key : `${key}=${scalarText(one)}`;
      return { kind: 'scalar', source: mark.source, offset: mark.offset, text, plain: false };
    });
  });
  return { kind: 'list', source, offset, items: items.flat() };
}

function sameDriver(base: Node, over: Node): boolean {
  const [before, after] = [textAt(base, 'driver'), textAt(over, 'driver')];
  return before === undefined || after === undefined || before === after;
}

function textAt(node: Node, key: string): string | undefined {
  const value = node.kind === 'map' ? node.entries.get(key)?.value : undefined;
  return value?.kind === 'scalar' ? value.text : undefined;
}

function nothing({ source, offset }: Scalar): Scalar {
  return { kind: 'scalar', source, offset, text: '', plain: true };
}

/** The tree without the keys and items that `!reset` removes. */
export function withoutResets<T extends Node>(node: T): T {
  if (node.kind === 'list')
    return { ...node, items: node.items.filter((item) => item.mergeTag !== 'reset').map(withoutResets) };
  if (node.kind !== 'map') return node;
  const rest = [...node.entries].filter(([, entry]) => entry.value.mergeTag !== 'reset');
  const entries = rest.map(([key, entry]) => [key, { ...entry, value: withoutResets(entry.value) }] as const);
  return { ...node, entries: new Map(entries) };
}
