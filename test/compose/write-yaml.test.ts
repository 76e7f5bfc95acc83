/** What dockunit writes, read again by it and, as far as it is YAML 1.2 as well, by another library. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, parse } from 'yaml';
import { Findings } from '../../src/compose/findings.ts';
import { parseTrees } from '../../src/compose/parse.ts';
import { scalarText } from '../../src/compose/scalar.ts';
import type { Node } from '../../src/compose/tree.ts';
import { writeJson, writeYaml } from '../../src/compose/yaml/write-yaml.ts';
import { awkwardText } from '../exactness/awkward-text.ts';

const text = fc.oneof(
  awkwardText(),
  fc
    .array(
      fc.constantFrom('a', ' ', '\t', '\n', '\r', '\x7f', '\x85', '\u2028', '\u2029', '\ufeff', '\uffff'),
    )
    .map((parts) => parts.join('')),
);
const value = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(text, tie('node'), { maxKeys: 3 }),
  ),
})).node;
const data = fc.dictionary(text, value, { minKeys: 1, maxKeys: 3 });

/** The data of a text, by dockunit's reader. */
function read(written: string): unknown {
  const findings = new Findings();
  const [tree] = parseTrees('compose.yaml', written, findings);
  expect(findings.all).toEqual([]);
  return tree && dataOf(tree);
}

function dataOf(node: Node): unknown {
  if (node.kind === 'scalar') return scalarText(node);
  if (node.kind === 'list') return node.items.map(dataOf);
  const entries = Array.from(node.entries, ([key, entry]) => [key, dataOf(entry.value)] as const);
  return Object.fromEntries(entries);
}

describe('written YAML', () => {
  it('reads back unchanged', () => {
    fc.assert(
      fc.property(data, (one) => {
        const written = writeYaml(new Document(one, { aliasDuplicateObjects: false }), {});
        expect(read(written)).toEqual(one);
        expect(parse(written)).toEqual(one);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads back unchanged as JSON too', () => {
    fc.assert(
      fc.property(data, (one) => {
        const written = writeJson(one);
        expect(read(written)).toEqual(one);
        expect(JSON.parse(written)).toEqual(one);
      }),
      { numRuns: 2_000 },
    );
  });
});
