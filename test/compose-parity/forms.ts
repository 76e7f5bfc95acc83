/**
 * The forms of every key (test/fixtures/config/forms.yaml), and the Compose files that hold one of them
 * with all that it names.
 */
import { readFileSync } from 'node:fs';
import type { Node } from 'yaml';
import { Document, isCollection, isMap, isSeq, parseDocument, visit } from 'yaml';

/** The text of one value, on one line. */
export type Form = string;

export type Section = keyof typeof sections;

/** Where the keys of a section stand: the lines of a file that holds one of them, and its value. */
export const sections = {
  service: (entry: string) => ({ services: { a: [entry] } }),
  build: (entry: string) => ({ services: { a: [`build: { ${entry} }`] } }),
  network: (entry: string) => ({ networks: { one: [entry] } }),
  volume: (entry: string) => ({ volumes: { data: [entry] } }),
  config: (entry: string) => ({ configs: { k: [entry] } }),
  secret: (entry: string) => ({ secrets: { s: [entry] } }),
} satisfies Record<string, (entry: string) => Tree>;

/** Section → name → entries of a map in flow style. */
export type Tree = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const forms = new URL('../fixtures/config/forms.yaml', import.meta.url);

/** What the forms stand in: everything that one of them names. */
export const surroundings: Tree = {
  services: { a: [], b: ['image: y'], c: ['image: z'] },
  networks: { one: [], two: [] },
  volumes: { data: [], logs: [] },
  configs: { l: ['file: ./l'] },
  secrets: { t: ['file: ./t'] },
};

/** What is there besides the key itself, unless that says it. */
export const beside: Readonly<Record<Section, (key: string) => readonly Tree[]>> = {
  service: (key) => [{ services: { a: key === 'image' ? [] : ['image: x'] } }, config, secret],
  build: (key) => [{ services: { a: key === 'context' ? [] : ['build: { context: . }'] } }, config, secret],
  network: () => [{ services: { a: ['image: x', 'networks: [one]'] } }, config, secret],
  volume: () => [{ services: { a: ['image: x', 'volumes: ["data:/data"]'] } }, config, secret],
  config: (key) => [
    { services: { a: ['image: x', 'configs: [k]'] } },
    isOrigin(key) ? { configs: { k: [] } } : config,
    secret,
  ],
  secret: (key) => [
    { services: { a: ['image: x', 'secrets: [s]'] } },
    isOrigin(key) ? { secrets: { s: [] } } : secret,
    config,
  ],
};

export const config: Tree = { configs: { k: ['file: ./k'] } };
export const secret: Tree = { secrets: { s: ['file: ./s'] } };

function isOrigin(key: string): boolean {
  return ['file', 'content', 'environment', 'external'].includes(key);
}

/** The keys of each section that the fixture names. */
export function formKeys(): ReadonlyMap<string, readonly string[]> {
  return new Map([...readForms()].map(([section, keys]) => [section, [...keys.keys()]]));
}

/** Files of variables that the forms name. */
export const variables = {
  'one.env': 'ONE=from-one\nBOTH=one\n',
  'two.env': 'TWO=from-two\nBOTH=two\n',
  'sub/one.env': 'ONE=from-sub\n',
  'sub/two.env': 'TWO=from-sub\n',
};

/** One Compose file: what the trees say of each name, together. */
export function fileOf(...trees: readonly Tree[]): string {
  const together: Record<string, Record<string, string[]>> = {};
  for (const tree of trees)
    for (const [section, names] of Object.entries(tree))
      for (const [name, entries] of Object.entries(names))
        ((together[section] ??= {})[name] ??= []).push(...entries);
  const lines = Object.entries(together).flatMap(([section, names]) => [
    `${section}:`,
    ...Object.entries(names).map(([name, entries]) => `  ${name}: { ${joined(entries).join(', ')} }`),
  ]);
  return ['name: shop', ...lines, ''].join('\n');
}

/** Two of `build` are one, as a file may say a key once. */
function joined(entries: readonly string[]): readonly string[] {
  const builds = entries.flatMap((entry) => /^build: \{ (.*) \}$/.exec(entry)?.[1] ?? []);
  if (builds.length < 2) return entries;
  return [...entries.filter((entry) => !entry.startsWith('build: {')), `build: { ${builds.join(', ')} }`];
}

/** Section → key → forms, each as it is written: a number keeps its zeros and its quotes. */
export function readForms(): ReadonlyMap<string, ReadonlyMap<string, readonly Form[]>> {
  const document = parseDocument(readFileSync(forms, 'utf8'), { schema: 'failsafe' });
  const entries = (node: unknown): [string, unknown][] =>
    isMap(node) ? node.items.map(({ key, value }) => [String(key), value]) : [];
  return new Map(
    entries(document.contents).map(([section, keys]) => [
      section,
      new Map(
        entries(keys).map(([key, list]) => [
          key,
          isSeq(list) ? list.items.map((item) => onOneLine(item as Node)) : [],
        ]),
      ),
    ]),
  );
}

export function onOneLine(node: Node): Form {
  const document = new Document(node, { schema: 'failsafe' });
  visit(document, (_, one) => {
    if (isCollection(one)) one.flow = true;
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true }).replaceAll('\n', ' ').trim();
}
