/** Edits of a Compose file: of what it says, by its structure, and of its text. */
import type { Document } from 'yaml';
import { Alias, type Node, Pair, Scalar, isCollection, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { serviceKeys, topLevelKeys } from '../../src/compose/keys.ts';

/** Which edit, and numbers that it takes its place and its values by. */
export interface Edit {
  readonly kind: EditKind;
  readonly at: number;
  readonly with: number;
}

/** Values that some key takes for something else than it is. */
const values: readonly unknown[] = [
  ...[
    '',
    ' ',
    '~',
    'null',
    'true',
    'no',
    '0',
    '-1',
    '010',
    '0x1f',
    '1e3',
    '.5',
    '.inf',
    '1_000',
    '2001-01-01',
  ],
  ...['a', 'web', 'service_healthy', 'unless-stopped', 'service:web', 'container:db', 'host', 'none', 'all'],
  ...[
    '80',
    '80:80',
    '1-65535',
    '0-70000:1',
    '[::1]:80:80/udp',
    ':::',
    '::',
    '1.2.3.4:',
    '/',
    '//',
    '/a:/b:ro,z',
  ],
  ...[
    './a:/b',
    '~/a',
    '../..',
    'C:\\a',
    'a=b',
    '=',
    '=b',
    'a=',
    'a:b:c:d',
    '1m30s',
    '-5s',
    '5',
    '1.5gb',
    '-1b',
    '10%',
  ],
  ...[
    '$V',
    '${V',
    '${V:-',
    '${V:?no}',
    '$$',
    '${V:-${W:-${X}}}',
    '%n',
    '%%',
    '\\',
    '\\x20',
    '"',
    "'",
    '`',
    ';',
    '|',
  ],
  ...[
    'a\nb',
    '\n',
    '\t',
    'a\r\nb',
    'é',
    '\u{1f600}',
    '\u202e',
    '\u2028',
    '[Service]\nExecStart=a',
    '#',
    '{',
    '[',
  ],
  ...['a'.repeat(300), '-'.repeat(70), '!reset', '<<', '*a', '&a', '__proto__', 'constructor', 'toString'],
  ...[null, true, false, 0, -1, 1.5, 1e21, 65_536, Number.NaN, [], {}, [null], [[]], { '': '' }, { a: null }],
  ...[
    ['a', 'a'],
    { a: { b: { c: {} } } },
    { path: 'a.env', required: false },
    { condition: 'service_healthy' },
  ],
  ...[
    { target: 80, published: '80-90' },
    { type: 'bind', source: '.', target: '/a' },
    { test: ['CMD', 'a'] },
  ],
  ...[
    { replicas: 3, mode: 'replicated-job' },
    { driver: 'none' },
    { external: true },
    { Service: { Nice: '5' } },
  ],
];
const keys: readonly string[] = [
  ...[
    ...serviceKeys,
    ...topLevelKeys,
    'x-systemd',
    'x-dockunit',
    'x-a',
    '<<',
    '',
    'service',
    'file',
    'path',
    'web',
  ],
  ...['__proto__', 'constructor', 'hasOwnProperty', 'a b', 'A=B', 'é', 'a'.repeat(200), '../a', 'a.b[0]'],
];
const texts: readonly string[] = [
  ...[
    '\0',
    '\t',
    '\r',
    '\u0085',
    '\ufeff',
    '\u2028',
    '\ud800',
    '\x1b[2J',
    '\n',
    '  ',
    '- ',
    ': ',
    ' #',
    '&a ',
    '*a',
  ],
  ...[
    '!reset ',
    '!override ',
    '!!binary ',
    '!!str ',
    '<<: *a',
    '|',
    '>-',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '? ',
    '---\n',
  ],
  ...['%YAML 1.1\n', '...\n', '$', '${', '\\', 'a'.repeat(1100), '\n'.repeat(50)],
];

/** A place in the document: a child by its key or index. */
interface Place {
  readonly parent: Node;
  readonly key: unknown;
  readonly value: unknown;
}

type StructureEditor = (document: Document, edit: Edit) => void;
type TextEditor = (text: string, edit: Edit) => string;

const structureEditors = {
  'set value': (document, edit) => {
    put(document, edit.at, () => document.createNode(pick(values, edit.with)));
  },
  'wrap in a list': (document, edit) => {
    put(document, edit.at, (value) => document.createNode([value]));
  },
  'wrap in a map': (document, edit) => {
    put(document, edit.at, (value) => document.createNode({ [pick(keys, edit.with)]: value }));
  },
  'take from elsewhere': (document, edit) => {
    const other = pick(placesIn(document), edit.with)?.value;
    put(document, edit.at, () => cloned(other));
  },
  alias: (document, edit) => {
    const other = pick(placesIn(document), edit.with)?.value;
    if (!isScalar(other) && !isCollection(other)) return;
    other.anchor ??= 'a';
    put(document, edit.at, () => new Alias(other.anchor ?? 'a'));
  },
  'add key': (document, edit) => {
    const map = pick(
      placesIn(document).filter(({ value }) => isMap(value)),
      edit.at,
    )?.value;
    if (!isMap(map)) return;
    const value = document.createNode(pick(values, Math.floor(edit.with / keys.length)));
    map.items.push(new Pair(new Scalar(pick(keys, edit.with)), value));
  },
  'rename key': (document, edit) => {
    const map = pick(
      placesIn(document).filter(({ value }) => isMap(value)),
      edit.at,
    )?.value;
    const pair = isMap(map) ? pick(map.items, edit.with) : undefined;
    if (pair) pair.key = new Scalar(pick(keys, Math.floor(edit.with / 7)));
  },
  'repeat item': (document, edit) => {
    const list = pick(
      placesIn(document).filter(({ value }) => isSeq(value)),
      edit.at,
    )?.value;
    const item: unknown = isSeq(list) ? pick(list.items, edit.with) : undefined;
    if (isSeq(list)) for (let count = edit.with % 100; count > 0; count--) list.items.push(cloned(item));
  },
  remove: (document, edit) => {
    const place = pick(placesIn(document), edit.at);
    if (place && isCollection(place.parent)) place.parent.delete(place.key);
  },
} satisfies Record<string, StructureEditor>;

const textEditors = {
  'insert text': (text, edit) => {
    const at = edit.at % (text.length + 1);
    return text.slice(0, at) + pick(texts, edit.with) + text.slice(at);
  },
  'cut text': (text, edit) => {
    const at = edit.at % (text.length + 1);
    return text.slice(0, at) + text.slice(at + 1 + (edit.with % 40));
  },
  'repeat text': (text, edit) => {
    const at = edit.at % (text.length + 1);
    return text.slice(0, at) + text.slice(at, at + 60).repeat(1 + (edit.with % 30)) + text.slice(at);
  },
} satisfies Record<string, TextEditor>;

export type EditKind = keyof typeof structureEditors | keyof typeof textEditors;
export const editKinds: readonly EditKind[] = [
  ...(Object.keys(structureEditors) as (keyof typeof structureEditors)[]),
  ...(Object.keys(textEditors) as (keyof typeof textEditors)[]),
];

const isTextEdit = (kind: EditKind): kind is keyof typeof textEditors => Object.hasOwn(textEditors, kind);

/** The text after the edits, in their order; those of the structure pass over what is no YAML. */
export function editText(text: string, edits: readonly Edit[]): string {
  return edits.reduce(
    (before, edit) =>
      isTextEdit(edit.kind)
        ? textEditors[edit.kind](before, edit)
        : editStructure(before, edit, structureEditors[edit.kind]),
    text,
  );
}

function editStructure(text: string, edit: Edit, editor: StructureEditor): string {
  const document = parseDocument(text, { logLevel: 'silent', merge: true, uniqueKeys: false });
  if (document.errors.length > 0) return text;
  editor(document, edit);
  try {
    return document.toString({ lineWidth: 0 });
  } catch {
    // An alias that lost its anchor cannot be written.
    return text;
  }
}

function pick<T>(items: readonly T[], number: number): T;
function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % Math.max(1, items.length)];
}

function placesIn(document: Document): readonly Place[] {
  const places: Place[] = [];
  const visit = (node: unknown): void => {
    if (isMap(node))
      for (const { key, value } of node.items) {
        places.push({ parent: node, key: isScalar(key) ? key.value : key, value });
        visit(value);
      }
    else if (isSeq(node))
      node.items.forEach((value, index) => {
        places.push({ parent: node, key: index, value });
        visit(value);
      });
  };
  visit(document.contents);
  return places;
}

function put(document: Document, at: number, valueFor: (value: unknown) => unknown): void {
  const place = pick(placesIn(document), at) as Place | undefined;
  if (place && isCollection(place.parent)) place.parent.set(place.key, valueFor(place.value));
}

function cloned(value: unknown): unknown {
  return isScalar(value) || isCollection(value) ? value.clone() : value;
}
