/**
 * YAML text → trees, one a document. YAML 1.2 with merge keys (`<<`), a map at the top, string
 * keys. The guards come first: a file that would take long to read is refused, not read.
 */
import type { Event } from 'js-yaml';
import { YAMLException, parseEvents } from 'js-yaml';
import type { FindingCode, Findings } from './findings.ts';
import type { Mapping } from './tree.ts';
import { SourceText, isNull } from './tree.ts';
import { buildTrees } from './build-tree.ts';

/** Characters of one file; the largest real Compose files stay below 200,000. */
export const maxFileSize = 2 * 1024 * 1024;
/** Events of one file, some 15 for a service: a bound on what hostile text can make of the rest. */
const maxEvents = 150_000;
/** Levels of nesting; Compose itself needs nine. */
const maxDepth = 100;

const writeServices = 'Write a `services:` map with at least one service';

/**
 * The trees of one file, in order (Compose merges the documents of a file as it does files); empty
 * where an error, said in the findings, made it impossible. Source: YAML 1.2.2.
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
  if (text.includes('\0'))
    return refuse(
      text.indexOf('\0'),
      'not-yaml',
      'the file holds a NUL byte',
      'Check that this is a text file',
    );

  let events: readonly Event[];
  try {
    events = parseEvents(text, { maxDepth });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const offset = error.mark?.position ?? 0;
    return refuse(offset, ...explain(error.reason, source, offset));
  }
  if (events.length > maxEvents)
    return refuse(
      0,
      'file-too-large',
      'the file holds too many values',
      'Split it, or check that it is a Compose file',
    );
  const documents = buildTrees(source, events, findings);
  if (documents === undefined) return [];
  const trees: Mapping[] = [];
  for (const tree of documents) {
    if (isNull(tree)) continue;
    if (tree.kind !== 'map') {
      const found = tree.kind === 'list' ? 'a list' : 'a single value';
      const message = `${found} where the map of a Compose file belongs`;
      return refuse(tree.offset, 'wrong-kind', message, 'Check that this is a Compose file with `services:`');
    }
    trees.push(tree);
  }
  return trees.length > 0 ? trees : refuse(0, 'empty-file', 'the file is empty', writeServices);
}

type Explanation = readonly [code: FindingCode, message: string, remedy: string];

/** What the YAML library cannot read, by its reason and where it stopped. */
function explain(reason: string, { text }: SourceText, offset: number): Explanation {
  if (/^bad indentation|^end of the stream or|block mapping entry|after a mapping key/.test(reason)) {
    const isFirst = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).trim() === '';
    return ['not-yaml', ...explainMisplaced(text.charAt(offset), isFirst)];
  }
  const known = explanations.find(([pattern]) => pattern.test(reason));
  return known?.[1] ?? ['not-yaml', `not YAML: ${reason}`, 'Correct the YAML at this place'];
}

/** What goes on where its block cannot: by the character, and whether it is the first of its line. */
function explainMisplaced(at: string, isFirst: boolean): readonly [message: string, remedy: string] {
  if (/[@`%]/.test(at)) return [`not YAML: no value begins with ${at}`, 'Put the value in quotes'];
  if (isFirst)
    return [
      'not YAML: this line does not fit into its block',
      'Align it with the entries of the block, all of them `- ` items or all of them `key:` lines',
    ];
  if (at === ':')
    return [
      'not YAML: a second `:` in one value',
      'Quote a value that holds `: `; else check the indentation, and the line before for a missing colon',
    ];
  return ['not YAML: text after the end of a value', 'Put the whole value in quotes'];
}

const explanations: readonly [RegExp, Explanation][] = [
  [
    /^nesting exceeded/,
    [
      'nested-too-deep',
      'values are nested too deep',
      'Remove the brackets or the indentation that nest them',
    ],
  ],
  [
    /^tab characters/,
    ['not-yaml', 'a tab indents this line, which YAML does not allow', 'Indent with spaces'],
  ],
  [
    /^deficient indentation/,
    [
      'not-yaml',
      'not YAML: a bracket or a quote is still open here',
      'Close it, or indent its lines more than the key it belongs to',
    ],
  ],
  [
    /within a flow collection|missed comma/,
    [
      'not-yaml',
      'not YAML: a bracket is not closed',
      'Close it, or put the missing comma between its values',
    ],
  ],
  [/quoted scalar/, ['not-yaml', 'not YAML: a quote is not closed', 'Close it']],
  [
    /escape sequence|hexadecimal/,
    [
      'not-yaml',
      'not YAML: double quotes know no such escape',
      "Double the backslash, or use single quotes ('…')",
    ],
  ],
  [
    /non-printable|JSON character/,
    ['not-yaml', 'the file holds a control character', 'Write it in double quotes, as \\x1b or \\u0007'],
  ],
  [
    /^name of an (?:alias|anchor)|^named tag|tag handle|^tag /,
    ['not-yaml', 'not YAML: `*`, `&` and `!` begin an alias, an anchor or a tag', 'Put the value in quotes'],
  ],
];
