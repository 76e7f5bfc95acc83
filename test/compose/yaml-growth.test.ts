/**
 * What the reader of YAML does for a text, in counted steps. A text twice as long may take twice as much, in every way in which a hostile one can be long.
 */
import { describe, expect, it } from 'vitest';
import { Findings } from '../../src/compose/findings.ts';
import { parseTrees } from '../../src/compose/parse.ts';
import { stepCounter } from '../counted-steps.ts';

/** Text of so many parts. */
const texts: Readonly<Record<string, (count: number) => string>> = {
  'brackets within brackets': (count) => `a: ${'['.repeat(count)}`,
  'blocks within blocks': (count) =>
    Array.from({ length: count }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
  'dashes within dashes': (count) => '- '.repeat(count),
  'question marks within question marks': (count) => '? '.repeat(count),
  'items of a flow list': (count) => `a: [${'b, '.repeat(count)}]`,
  'items of a block list': (count) => `a:\n${'- b\n'.repeat(count)}`,
  'keys of a block map': (count) => lines(count, (index) => `k${String(index)}: v`),
  'keys of a flow map': (count) => `a: { ${lines(count, (index) => `k${String(index)}: v,`)} }`,
  'anchors and aliases': (count) =>
    `a: [${lines(count, (index) => `&n${String(index)} b, *n${String(index)},`)}]`,
  'anchors of one value': (count) => `a: ${'&b '.repeat(count)}`,
  'maps merged into one': (count) => `a: &a { b: c }\nd: { <<: [${'*a, '.repeat(count)}] }`,
  'maps merged one into the next': (count) =>
    `a0: &a0 { k0: v }\n${lines(count, (index) => `a${String(index + 1)}: &a${String(index + 1)} { <<: *a${String(index)}, z: v }`)}`,
  'lines of a plain value': (count) => `a: ${'b\n '.repeat(count)}`,
  'words of a plain value': (count) => `a: ${'b '.repeat(count)}`,
  'blanks within a plain value': (count) => `a: b${' '.repeat(count)}c`,
  'lines in double quotes': (count) => `a: "${'b\n'.repeat(count)}"`,
  'escapes in double quotes': (count) => `a: "${'\\n'.repeat(count)}"`,
  'lines in single quotes': (count) => `a: '${'b\n'.repeat(count)}'`,
  'quotes in single quotes': (count) => `a: '${"''".repeat(count)}'`,
  'values in quotes': (count) => `a: [${`"b", 'c',`.repeat(count)}]`,
  'lines of a literal block': (count) => `a: |\n${' b\n'.repeat(count)}`,
  'lines of a folded block': (count) => `a: >\n${' b\n  c\n\n'.repeat(count)}`,
  'empty lines of a block': (count) => `a: |\n${'\n'.repeat(count)}`,
  comments: (count) => `${'# b\n'.repeat(count)}a: b`,
  'empty lines': (count) => `a: b${'\n'.repeat(count)}`,
  documents: (count) => '---\na: b\n'.repeat(count),
  directives: (count) => `${lines(count, (index) => `%TAG !a${String(index)}! b`)}\n---\na: b`,
  tags: (count) => `a: [${'!b c, '.repeat(count)}]`,
  'colons without keys': (count) => 'a: b:'.repeat(count),
  'lines without colons': (count) => 'a\n'.repeat(count),
};

/** Nested by brackets and, within them, by aliases, as deep as no one writes. */
const nested: Readonly<Record<string, string>> = {
  brackets: `a: ${'['.repeat(100_000)}`,
  'closed brackets': `a: ${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  dashes: '- '.repeat(100_000),
  aliases: `a0: &a0 [b]\n${lines(400, (index) => `a${String(index + 1)}: &a${String(index + 1)} [*a${String(index)}]`)}`,
  'aliases within brackets': `a0: &a0 [b]\n${lines(40, (index) => `a${String(index + 1)}: &a${String(index + 1)} ${'['.repeat(90)}*a${String(index)} ${']'.repeat(90)}`)}`,
};

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}

const stepsOf = stepCounter(/\/src\/compose\/(?:yaml\/|parse|build-tree)/);

describe('the work of the YAML reader', () => {
  it.each(Object.keys(texts))('grows with %s as the text does', async (what) => {
    const textOf = texts[what] ?? String;
    const perCharacter: number[] = [];
    for (const count of [500, 1_000, 2_000]) {
      const text = textOf(count);
      const steps = await stepsOf(() => parseTrees('compose.yaml', text, new Findings()));
      perCharacter.push(steps / text.length);
    }
    const [once = 0, twice, fourTimes] = perCharacter;
    expect(once).toBeGreaterThan(0);
    expect(twice).toBeLessThan(once * 1.1);
    expect(fourTimes).toBeLessThan(once * 1.1);
  });
});

it.each(Object.keys(nested))('%s that nest too deeply are refused', (what) => {
  const findings = new Findings();
  expect(parseTrees('compose.yaml', nested[what] ?? '', findings)).toEqual([]);
  const codes = new Set(findings.all.map(({ code }) => code));
  codes.delete('more-findings');
  expect(codes).toEqual(new Set(['nested-too-deep']));
});

it('merged maps do not nest', () => {
  const findings = new Findings();
  expect(
    parseTrees('compose.yaml', texts['maps merged one into the next']?.(200) ?? '', findings),
  ).toHaveLength(1);
  expect(findings.all).toEqual([]);
});
