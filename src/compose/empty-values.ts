/**
 * Removes empty values without a meaning from the tree, as if their keys were not in the file. compose-go stores a
 * single text in a Go string, where an empty text means none; so the rule is about keys, and this is the one table of
 * them. Keys where an empty text means something, or where docker compose refuses it, are not here: the normaliser that
 * reads such a key decides.
 */
import type { MapEntry, Mapping, Node } from './tree.ts';
import { isNull } from './tree.ts';

/** An empty text means none. */
const none = 'none';

/** Rules by key, and by the patterns of `signs`. */
type EmptyValueRule = typeof none | { readonly [key: string]: EmptyValueRule };

/**
 * `*` is every name or item, `[]` every item of a list only, `''` a single value, `{}` a map whose entries are all
 * removed.
 */
const signs: ReadonlySet<string> = new Set(['*', '[]', '', '{}']);

/** A text or a list of them. */
const texts = { '': none, '*': none } as const;
/** The items of a list of `NAME=value`: an empty one names nothing. A value of a map may well be empty. */
const namedItems: EmptyValueRule = { '[]': none };
const fileReference = { gid: none, target: none, uid: none } as const;
const hook = { user: none, working_dir: none } as const;
const deviceRequest = { driver: none } as const;
const fileObject: EmptyValueRule = {
  driver: none,
  driver_opts: { '{}': none, '*': none },
  environment: none,
  labels: namedItems,
  name: none,
  template_driver: none,
};

const rules: EmptyValueRule = {
  name: none,
  services: {
    '*': {
      build: {
        args: namedItems,
        cache_from: texts,
        cache_to: texts,
        context: none,
        dockerfile: none,
        dockerfile_inline: none,
        entitlements: texts,
        isolation: none,
        labels: namedItems,
        network: none,
        platforms: texts,
        secrets: { '*': fileReference },
        tags: texts,
        target: none,
      },
      cgroup_parent: none,
      configs: { '*': fileReference },
      container_name: none,
      cpuset: none,
      credential_spec: { '{}': none, config: none, file: none, registry: none },
      deploy: {
        endpoint_mode: none,
        labels: namedItems,
        mode: none,
        resources: { reservations: { devices: { '*': deviceRequest } } },
        restart_policy: { condition: none },
      },
      dns: texts,
      domainname: none,
      expose: texts,
      external_links: texts,
      gpus: { '*': deviceRequest },
      hostname: none,
      ipc: none,
      isolation: none,
      labels: namedItems,
      logging: { driver: none },
      mac_address: none,
      network_mode: none,
      networks: {
        '*': {
          aliases: texts,
          interface_name: none,
          ipv4_address: none,
          ipv6_address: none,
          mac_address: none,
        },
      },
      pid: none,
      platform: none,
      ports: {
        '*': { app_protocol: none, host_ip: none, mode: none, name: none, protocol: none, published: none },
      },
      post_start: { '*': hook },
      pre_stop: { '*': hook },
      restart: none,
      runtime: none,
      secrets: { '*': fileReference },
      stop_signal: none,
      user: none,
      userns_mode: none,
      uts: none,
      volumes: {
        '*': {
          bind: { propagation: none, selinux: none },
          consistency: none,
          image: { subpath: none },
          volume: { subpath: none },
        },
      },
      working_dir: none,
    },
  },
  networks: {
    '*': {
      driver: none,
      ipam: { config: { '*': { gateway: none, ip_range: none, subnet: none } }, driver: none },
      labels: namedItems,
      name: none,
    },
  },
  volumes: { '*': { driver: none, labels: namedItems, name: none } },
  configs: { '*': fileObject },
  secrets: { '*': fileObject },
};

/** The tree without empty values that mean nothing; returns nodes without any unchanged. */
export function withoutEmptyValues(root: Mapping): Mapping {
  return apply(rules, root) as Mapping;
}

/** Undefined where the node itself means nothing. */
function apply(rule: EmptyValueRule, node: Node): Node | undefined {
  if (rule === none) return isEmptyText(node) ? undefined : node;
  switch (node.kind) {
    case 'scalar':
      return rule[''] ? apply(rule[''], node) : node;
    case 'list': {
      const each = rule['[]'] ?? rule['*'];
      if (each === undefined) return node;
      const items = node.items.map((item) => apply(each, item));
      if (items.every((item, index) => item === node.items[index])) return node;
      return { ...node, items: items.filter((item) => item !== undefined) };
    }
    case 'map': {
      let entries: Map<string, MapEntry> | undefined;
      for (const [key, entry] of node.entries) {
        const below = Object.hasOwn(rule, key) && !signs.has(key) ? rule[key] : rule['*'];
        const value = below ? apply(below, entry.value) : entry.value;
        if (value === entry.value) continue;
        entries ??= new Map(node.entries);
        if (value === undefined) entries.delete(key);
        else entries.set(key, { ...entry, value });
      }
      const size = (entries ?? node.entries).size;
      if (size === 0 && rule['{}']) return undefined;
      return entries ? { ...node, entries } : node;
    }
  }
}

/** An empty text; the reader of the key handles a missing value. */
function isEmptyText(node: Node): boolean {
  return node.kind === 'scalar' && node.text === '' && !isNull(node);
}
