/**
 * Parses YAML text into trees, one for each document. YAML as Compose's reader reads it, a map at the top, string keys.
 * Guards run first: they refuse a file that would take long to read.
 */
import type { FindingCode, Findings } from './findings.ts';
import type { Mapping } from './tree.ts';
import { SourceText, isNull } from './tree.ts';
import { buildTrees } from './build-tree.ts';
import type { YamlFault } from './yaml/cursor.ts';
import { YamlError } from './yaml/cursor.ts';
import type { YamlEvent } from './yaml/events.ts';
import { eventsOf } from './yaml/events.ts';

/**
 * Characters of one file; the largest real Compose files stay below 200,000.
 * @internal exported for tests: the test writes a file of this size
 */
export const maxFileSize = 2 * 1024 * 1024;
/**
 * Events of one file, some 15 for a service: limits the cost of hostile text. Levels of nesting: Compose itself needs
 * nine.
 */
const limits = { events: 150_000, depth: 100 };
/**
 * YAML 1.1, 4.1.1: all except control characters, noncharacters and, for bytes that are not text, halves of surrogate
 * pairs.
 */
const unprintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const writeServices = 'Write a `services:` map with at least one service';

/**
 * The trees of one file, in order (Compose merges the documents of a file as it does files); empty where an error in
 * the findings prevented it.
 */
export function parseTrees(file: string, text: string, findings: Findings): readonly Mapping[] {
  const source = new SourceText(file, text);
  const refuse = (offset: number, code: FindingCode, message: string, remedy: string): readonly Mapping[] => {
    findings.error({ source, offset }, '', code, message, remedy);
    return [];
  };
  if (text.length > maxFileSize) {
    const limit = `${String(maxFileSize / 1024 / 1024)} MiB`;
    return refuse(
      0,
      'file-too-large',
      `the file is larger than ${limit}`,
      'Check that this is a Compose file',
    );
  }
  const character = unprintable.exec(text);
  if (character?.[0] === '\0')
    return refuse(character.index, 'not-yaml', 'the file holds a NUL byte', 'Check that this is a text file');
  if (character && /[\ud800-\udfff]/.test(character[0]))
    return refuse(
      character.index,
      'not-yaml',
      'a byte here does not belong to a character',
      'Save the file in UTF-8',
    );

  let events: readonly (readonly YamlEvent[])[];
  try {
    if (character) throw new YamlError('bad-character', character.index);
    events = eventsOf(text, limits);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return refuse(error.offset, ...explain(error, text));
  }
  const documents = buildTrees(source, events, limits.depth, findings);
  if (documents === undefined) return [];
  const trees: Mapping[] = [];
  for (const tree of documents) {
    if (isNull(tree)) continue;
    if (tree.kind !== 'map') {
      const kind = tree.kind === 'list' ? 'a list' : 'a single value';
      const message = `${kind} where the map of a Compose file belongs`;
      return refuse(tree.offset, 'wrong-kind', message, 'Check that this is a Compose file with `services:`');
    }
    trees.push(tree);
  }
  return trees.length > 0 ? trees : refuse(0, 'empty-file', 'the file is empty', writeServices);
}

type Explanation = readonly [code: FindingCode, message: string, remedy: string];

function explain({ fault, offset }: YamlError, text: string): Explanation {
  return fault === 'misplaced' ? explainMisplaced(text, offset) : explanations[fault];
}

/** Text where its block cannot continue: by the character, and whether it is the first of its line. */
function explainMisplaced(text: string, offset: number): Explanation {
  const at = text.charAt(offset);
  if (/[@`%|>]/.test(at))
    return ['not-yaml', `not YAML: no value begins with ${at} here`, 'Put the value in quotes'];
  if (text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).trim() === '')
    return [
      'not-yaml',
      'not YAML: this line does not fit into its block',
      'Align it with the entries of the block, all of them `- ` items or all of them `key:` lines',
    ];
  return ['not-yaml', 'not YAML: text after the end of a value', 'Put the whole value in quotes'];
}

const explanations = {
  'bad-character': [
    'not-yaml',
    'the file holds a character that YAML does not allow, such as a control character',
    'Write it in double quotes, as \\x1b or \\u0007',
  ],
  'bad-escape': [
    'not-yaml',
    'not YAML: double quotes know no such escape',
    "Double the backslash, or use single quotes ('…')",
  ],
  'bad-property': [
    'not-yaml',
    'not YAML: `*`, `&` and `!` begin an alias, an anchor or a tag',
    'Put the value in quotes; a name of an anchor is of letters, digits, `_` and `-`',
  ],
  directive: [
    'not-yaml',
    'not YAML: `%` begins a directive, of which there are `%YAML 1.1` and `%TAG`, each once a document',
    'Remove the line, or put the value in quotes',
  ],
  document: [
    'not-yaml',
    'not YAML: a document is to begin here',
    'Write `---` before it, or remove the directive or the `...` before',
  ],
  'long-key': [
    'not-yaml',
    'not YAML: a key is longer than 1024 characters',
    'Shorten it, or write `? ` before the key and `: ` before its value, each in a line of its own',
  ],
  'no-colon': [
    'not-yaml',
    'not YAML: a key without its colon',
    'Write `key: value`, or indent the line more',
  ],
  'second-colon': [
    'not-yaml',
    'not YAML: a second `:` in one value',
    'Quote a value that holds `: `; else check the indentation, and the line before for a missing colon',
  ],
  tab: ['not-yaml', 'a tab indents this line, which YAML does not allow', 'Indent with spaces'],
  'too-deep': [
    'nested-too-deep',
    'values are nested too deep',
    'Remove the brackets or the indentation that nest them',
  ],
  'too-many': [
    'file-too-large',
    'the file holds too many values',
    'Split it, or check that it is a Compose file',
  ],
  'unclosed-bracket': [
    'not-yaml',
    'not YAML: a bracket is not closed',
    'Close it, or put the missing comma between its values',
  ],
  'unclosed-quote': ['not-yaml', 'not YAML: a quote is not closed', 'Close it'],
} satisfies Record<Exclude<YamlFault, 'misplaced'>, Explanation>;
