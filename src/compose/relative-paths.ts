/**
 * Makes the relative paths of another file (extends, include) absolute, so that readers of the merged tree need only
 * one directory. compose-go (package paths) defines which values are paths, and which only look so; `~` is resolved
 * later, where the home directory is known.
 */
import { posix as path } from 'node:path';
import type { MapEntry, Mapping, Node } from './tree.ts';

/** A node with its paths resolved against the directory. */
type Resolve = (node: Node, directory: string) => Node;

/** Rules by key; `*` is every name or item, `''` the node itself where it is a single value. */
type PathRule = Resolve | { readonly [key: string]: PathRule };

const file: Resolve = (node, directory) => withText(node, (text) => absolutePath(text, directory));
const context: Resolve = (node, directory) => withText(node, (text) => absoluteContext(text, directory));
const files = { '': file, '*': { '': file, path: file } };

const rules: PathRule = {
  services: {
    '*': {
      build: {
        '': context,
        context,
        ssh: namedContexts,
        additional_contexts: namedContexts,
      },
      develop: { watch: { '*': { path: file } } },
      env_file: files,
      label_file: files,
      volumes: { '*': mount },
    },
  },
  configs: { '*': { file } },
  secrets: { '*': { file } },
  volumes: { '*': { driver_opts: bindDevice } },
};

/** The tree with every relative path made absolute; returns nodes without any unchanged. */
export function resolveRelativePaths(root: Mapping, directory: string): Mapping {
  return apply(rules, root, directory) as Mapping;
}

function apply(rule: PathRule, node: Node, directory: string): Node {
  if (typeof rule === 'function') return rule(node, directory);
  if (node.kind === 'map') {
    let entries: Map<string, MapEntry> | undefined;
    for (const [key, entry] of node.entries) {
      const below = Object.hasOwn(rule, key) && key !== '' ? rule[key] : rule['*'];
      const value = below ? apply(below, entry.value, directory) : entry.value;
      if (value !== entry.value) (entries ??= new Map(node.entries)).set(key, { ...entry, value });
    }
    return entries ? { ...node, entries } : node;
  }
  const each = rule['*'];
  if (node.kind === 'list')
    return each ? { ...node, items: node.items.map((item) => apply(each, item, directory)) } : node;
  const self = rule[''];
  return self ? apply(self, node, directory) : node;
}

function withText(node: Node, change: (text: string) => string): Node {
  if (node.kind !== 'scalar' || node.text === '') return node;
  const text = change(node.text);
  return text === node.text ? node : { ...node, text, plain: false };
}

/** Resolved against the directory unless it is absolute or begins with a home directory. */
export function absolutePath(text: string, directory: string): string {
  return text === '' || text.startsWith('~') ? text : path.resolve(directory, text);
}

/** As absolutePath, where builders accept URLs, repositories and other services too. */
export function absoluteContext(text: string, directory: string): string {
  return isRemoteContext(text) ? text : absolutePath(text, directory);
}

function isRemoteContext(text: string): boolean {
  return text.includes('://') || /^(?:github\.com\/|git@|service:)/.test(text);
}

/** Contexts, or keys of ssh, by name: a map, or a list of `name=path`. */
function namedContexts(node: Node, directory: string): Node {
  return apply({ '*': node.kind === 'list' ? namedContext : context }, node, directory);
}

function namedContext(node: Node, directory: string): Node {
  return withText(node, (text) => {
    const equals = text.indexOf('=');
    return equals < 0 ? text : text.slice(0, equals + 1) + absoluteContext(text.slice(equals + 1), directory);
  });
}

/** Whether the first part of a short volume is a path on the host; else it is a volume's name. */
function isHostPath(text: string): boolean {
  return /^[./]/.test(text);
}

function mount(node: Node, directory: string): Node {
  if (node.kind === 'map') {
    const type = node.entries.get('type')?.value;
    return type?.kind === 'scalar' && type.text === 'bind' ? withEntry(node, 'source', directory) : node;
  }
  return withText(node, (text) => {
    const colon = text.indexOf(':');
    if (colon < 0 || !isHostPath(text)) return text;
    return absolutePath(text.slice(0, colon), directory) + text.slice(colon);
  });
}

/** `device:` of a volume of the local driver that is a bind mount. */
function bindDevice(node: Node, directory: string): Node {
  if (node.kind !== 'map') return node;
  const options = node.entries.get('o')?.value;
  return options?.kind === 'scalar' && options.text === 'bind' ? withEntry(node, 'device', directory) : node;
}

function withEntry(node: Mapping, key: string, directory: string): Mapping {
  const entry = node.entries.get(key);
  if (!entry) return node;
  const value = file(entry.value, directory);
  if (value === entry.value) return node;
  return { ...node, entries: new Map(node.entries).set(key, { ...entry, value }) };
}
