/**
 * YAML text → trees, one a document. YAML 1.2 with merge keys (`<<`), a map at the top, string
 * keys. The guards come first: a file that would take long to read is refused, not read.
 */
import { Composer, Lexer, Parser } from 'yaml';
import type { Document } from 'yaml';
import type { FindingCode, Findings } from './findings.ts';
import type { Mapping } from './tree.ts';
import { SourceText, isNull } from './tree.ts';
import { buildTree } from './build-tree.ts';

/** Characters of one file; the largest real Compose files stay below 200,000. */
export const maxFileSize = 2 * 1024 * 1024;
/** Lexemes of one file, some 60 for a service: a bound on the time that hostile text can take. */
const maxLexemes = 400_000;
/** Collections open at once while parsing; the tree itself allows fewer levels. */
const maxOpen = 500;
/** Further syntax errors of one file are mostly echoes of the first. */
const maxSyntaxErrors = 10;

const flatten = 'Remove the brackets or the indentation that nest them';
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

  const documents = documentsOf(text);
  if ('problem' in documents) return refuse(documents.offset, ...problems[documents.problem]);
  if (documents.length === 0) return refuse(0, 'empty-file', 'the file is empty', writeServices);

  const trees: Mapping[] = [];
  for (const document of documents) {
    if (document.errors.length > 0) {
      for (const error of document.errors.slice(0, maxSyntaxErrors)) {
        const [message, remedy] = explain(error.code, error.message);
        refuse(error.pos[0], 'not-yaml', message, remedy);
      }
      return [];
    }
    const tree = buildTree(source, document, findings);
    if (!tree) return [];
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

const problems: Readonly<Record<Refusal['problem'], readonly [FindingCode, string, string]>> = {
  deep: ['nested-too-deep', 'values are nested too deep', flatten],
  large: ['file-too-large', 'the file holds too many values', 'Split it, or check that it is a Compose file'],
};

interface Refusal {
  readonly problem: 'deep' | 'large';
  readonly offset: number;
}

/**
 * The documents, or what is too much and where: the library's own steps one by one, as it would
 * take many seconds to the end of tens of thousands of open brackets or stray dashes.
 */
function documentsOf(text: string): readonly Document.Parsed[] | Refusal {
  const parser = new Parser();
  const composer = new Composer({
    schema: 'failsafe', // every scalar keeps its text: what type it has is for the key to say
    uniqueKeys: false, // checked while building the tree, in linear time
    prettyErrors: false,
    logLevel: 'silent',
  });
  const documents: Document.Parsed[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > maxOpen) return { problem: 'deep', offset: parser.offset };
    if (++lexemes > maxLexemes) return { problem: 'large', offset: parser.offset };
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());
  return documents;
}

/** Message and remedy for an error of the YAML parser, by its code. */
function explain(code: string, message: string): readonly [string, string] {
  const said = `not YAML: ${message.replace(/\s+/g, ' ')}`;
  switch (code) {
    case 'RESOURCE_EXHAUSTION':
      return [
        'not YAML: values are nested too deep',
        'Remove the brackets or the indentation that nest them',
      ];
    case 'TAB_AS_INDENT':
      return ['a tab indents this line, which YAML does not allow', 'Indent with spaces'];
    case 'BAD_INDENT':
      if (/end with a/.test(message))
        return [said, 'Close the bracket, and indent its lines more than the key it belongs to'];
      return [said, 'Align this line with the other entries of its block'];
    case 'MISSING_CHAR':
      return [said, 'Add the missing character, or quote the value if it holds `: `, ` #` or quotes'];
    case 'BAD_SCALAR_START':
      return [said, 'Put the value in quotes'];
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return [
        said,
        'Check for a missing colon or indentation before this line, or quote a value that holds `: `',
      ];
    case 'BAD_DQ_ESCAPE':
      return [said, "Double the backslash, or use single quotes ('…')"];
    default:
      return [said, 'Correct the YAML at this place'];
  }
}
