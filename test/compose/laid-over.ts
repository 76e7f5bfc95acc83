/**
 * The forms of every key (test/fixtures/config/forms.yaml), laid over one another in all the ways in
 * which files come to one: several files, `extends` within a file and from another, `!reset` and `!override`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from 'yaml';
import { Document, isCollection, isMap, isSeq, parseDocument, visit } from 'yaml';
import type { Asked } from './print-config.ts';

export interface LaidOver extends Asked {
  /** `service.ports 2 over 1`, with the way; numbers are those of the forms. */
  readonly what: string;
}

/** The text of one value, on one line. */
type Form = string;

type Section = keyof typeof sections;

/** Where the keys of a section stand: the lines of a file that holds one of them, and its value. */
const sections = {
  service: (entry: string) => ({ services: { a: [entry] } }),
  build: (entry: string) => ({ services: { a: [`build: { ${entry} }`] } }),
  network: (entry: string) => ({ networks: { one: [entry] } }),
  volume: (entry: string) => ({ volumes: { data: [entry] } }),
  config: (entry: string) => ({ configs: { k: [entry] } }),
  secret: (entry: string) => ({ secrets: { s: [entry] } }),
} satisfies Record<string, (entry: string) => Tree>;

/** Section → name → entries of a map in flow style. */
type Tree = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const forms = new URL('../fixtures/config/forms.yaml', import.meta.url);

/** What the forms stand in: everything that one of them names. */
const surroundings: Tree = {
  services: { a: [], b: ['image: y'], c: ['image: z'] },
  networks: { one: [], two: [] },
  volumes: { data: [], logs: [] },
  configs: { l: ['file: ./l'] },
  secrets: { t: ['file: ./t'] },
};

/** What is there besides the key itself, unless that says it. */
const beside: Readonly<Record<Section, (key: string) => readonly Tree[]>> = {
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

const config: Tree = { configs: { k: ['file: ./k'] } };
const secret: Tree = { secrets: { s: ['file: ./s'] } };

function isOrigin(key: string): boolean {
  return ['file', 'content', 'environment', 'external'].includes(key);
}

/** The keys of each section that the fixture names. */
export function formKeys(): ReadonlyMap<string, readonly string[]> {
  return new Map([...readForms()].map(([section, keys]) => [section, [...keys.keys()]]));
}

/** Writes every case into a folder of its own below `directory`. */
export function writeLaidOver(directory: string): readonly LaidOver[] {
  const cases: LaidOver[] = [];
  for (const [section, keys] of readForms()) {
    for (const [key, values] of keys) {
      for (const { what, files } of casesOf(section as Section, key, values)) {
        const folder = join(directory, String(cases.length));
        mkdirSync(join(folder, 'sub'), { recursive: true });
        for (const [name, text] of Object.entries({ ...variables, ...files }))
          writeFileSync(join(folder, name), text);
        const given = Object.keys(files).filter((name) => !name.includes('/'));
        cases.push({ what, directory: folder, files: given as [string, ...string[]] });
      }
    }
  }
  return cases;
}

/** Files of variables that the forms name. */
const variables = {
  'one.env': 'ONE=from-one\nBOTH=one\n',
  'two.env': 'TWO=from-two\nBOTH=two\n',
  'sub/one.env': 'ONE=from-sub\n',
  'sub/two.env': 'TWO=from-sub\n',
};

interface Case {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
}

function* casesOf(section: Section, key: string, values: readonly Form[]): Generator<Case> {
  const at = sections[section];
  const single = fileOf(surroundings, ...beside[section](key));
  for (const [index, under] of values.entries()) {
    const name = `${section}.${key} ${String(index + 1)}`;
    const base = fileOf(surroundings, ...beside[section](key), at(`${key}: ${under}`));
    yield { what: `${name} alone`, files: { 'a.yaml': base } };
    yield {
      what: `${name} after nothing`,
      files: { 'a.yaml': single, 'b.yaml': fileOf(at(`${key}: ${under}`)) },
    };
    yield { what: `nothing over ${name}`, files: { 'a.yaml': base, 'b.yaml': fileOf(at(`${key}: null`)) } };
    yield {
      what: `!reset over ${name}`,
      files: { 'a.yaml': base, 'b.yaml': fileOf(at(`${key}: !reset null`)) },
    };
    for (const [over, value] of values.entries()) {
      const what = `${section}.${key} ${String(over + 1)} over ${String(index + 1)}`;
      yield { what, files: { 'a.yaml': base, 'b.yaml': fileOf(at(`${key}: ${value}`)) } };
      if (over === index) continue;
      if (section === 'service' || section === 'build')
        yield extendingFile(section, key, `${what}, extended from another file`, under, value);
      // The rules are the same in the ways that follow, so each form goes them once, over the form before it.
      if (over !== (index + 1) % values.length) continue;
      const overriding = fileOf(at(`${key}: !override ${value}`));
      yield { what: `${what}, !override`, files: { 'a.yaml': base, 'b.yaml': overriding } };
      if (section === 'service' || section === 'build')
        yield extendingHere(section, key, `${what}, extended`, under, value);
    }
  }
}

type Extending = (section: 'service' | 'build', key: string, what: string, under: Form, value: Form) => Case;

const extendingHere: Extending = (section, key, what, under, value) => {
  const file = fileOf(...child(section, key, value, 'extends: parent'), ...parent(section, key, under));
  return { what, files: { 'a.yaml': file } };
};

const extendingFile: Extending = (section, key, what, under, value) => {
  const extend = 'extends: { file: sub/parent.yaml, service: parent }';
  const files = {
    'a.yaml': fileOf(...child(section, key, value, extend)),
    'sub/parent.yaml': fileOf(...parent(section, key, under)),
  };
  return { what, files };
};

function child(section: 'service' | 'build', key: string, form: Form, extend: string): readonly Tree[] {
  return [surroundings, config, secret, sections[section](`${key}: ${form}`), { services: { a: [extend] } }];
}

/** The service that is extended, with what stands beside the key. */
function parent(section: 'service' | 'build', key: string, form: Form): readonly Tree[] {
  const trees: readonly Tree[] = [...beside[section](key), sections[section](`${key}: ${form}`)];
  return trees.flatMap(({ services }) => (services ? [{ services: { parent: services.a ?? [] } }] : []));
}

/** One Compose file: what the trees say of each name, together. */
function fileOf(...trees: readonly Tree[]): string {
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
function readForms(): ReadonlyMap<string, ReadonlyMap<string, readonly Form[]>> {
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

function onOneLine(node: Node): Form {
  const document = new Document(node, { schema: 'failsafe' });
  visit(document, (_, one) => {
    if (isCollection(one)) one.flow = true;
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true }).replaceAll('\n', ' ').trim();
}
