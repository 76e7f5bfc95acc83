/**
 * The values of scalars: YAML 1.1 as Compose's reader implements it, which requires no indentation for lines within
 * quotes and brackets. Each function begins at the first character of the scalar and ends after it.
 */
import type { Cursor } from './cursor.ts';
import { YamlError, code, isBlank, isBreak, isSpace } from './cursor.ts';

export interface PlainScalar {
  readonly text: string;
  /** Line breaks follow it, and the cursor is past them. */
  readonly endsLine: boolean;
}

/**
 * YAML 1.1, 9.1.3. In a block `indent` is the minimum column of its further lines; within brackets only that of tabs.
 */
export function readPlain(cursor: Cursor, indent: number, place: 'block' | 'flow'): PlainScalar {
  let text = '';
  let lineFrom = cursor.at;
  let end = cursor.at;
  let breaks = '';
  for (;;) {
    if (cursor.isAtDocumentMarker() || cursor.code === code.hash) break;
    const from = cursor.at;
    skipWord(cursor, place === 'flow');
    if (cursor.at > from) {
      if (breaks !== '') {
        text += cursor.text.slice(lineFrom, end) + breaks;
        lineFrom = from;
        breaks = '';
      }
      end = cursor.at;
    }
    if (!isBlank(cursor.code) && !isBreak(cursor.code)) break;
    breaks = takeSpace(cursor, breaks, indent);
    if (place === 'block' && cursor.column < indent) break;
  }
  return { text: text + cursor.text.slice(lineFrom, end), endsLine: breaks !== '' };
}

/** Up to a blank, a line break or the end of the scalar. */
function skipWord(cursor: Cursor, inFlow: boolean): void {
  for (let at = cursor.code; !isSpace(at); at = cursor.code) {
    if (at === code.colon && isSpace(cursor.ahead(1))) return;
    if (inFlow && isFlowIndicator(at)) return;
    cursor.at++;
  }
}

function isFlowIndicator(at: number): boolean {
  return (
    at === code.comma ||
    at === code.question ||
    at === code.leftBracket ||
    at === code.rightBracket ||
    at === code.leftBrace ||
    at === code.rightBrace
  );
}

/** Moves past blanks and line breaks; returns their form in the value, '' where there is no break. */
function takeSpace(cursor: Cursor, before: string, indent: number): string {
  let first = before;
  let rest = '';
  for (let at = cursor.code; isBlank(at) || isBreak(at); at = cursor.code) {
    if (!isBreak(at)) {
      if (first !== '' && at === code.tab && cursor.column < indent) throw new YamlError('tab', cursor.at);
      cursor.at++;
    } else if (first === '') first = cursor.takeBreak();
    else rest += cursor.takeBreak();
  }
  return first === '' ? '' : fold(first, rest);
}

/** A single line break becomes a blank, of several the first is dropped; U+2028 and U+2029 are not folded. */
function fold(first: string, rest: string): string {
  if (first !== '\n') return first + rest;
  return rest === '' ? ' ' : rest;
}

/** YAML 1.1, 9.1.1 and 9.1.2. */
export function readQuoted(cursor: Cursor): string {
  const start = cursor.at;
  const isSingle = cursor.code === code.apostrophe;
  const simple = cursor.take(
    isSingle ? /'([^'\0\n\r\x85\u2028\u2029]*)'(?!')/y : /"([^"\\\0\n\r\x85\u2028\u2029]*)"/y,
  );
  if (simple) return simple[1] ?? '';
  cursor.at++;
  let text = '';
  for (;;) {
    if (cursor.code === 0 || cursor.isAtDocumentMarker()) throw new YamlError('unclosed-quote', start);
    const line = isSingle ? takeSingle(cursor) : takeDouble(cursor);
    text += line.text;
    if (line.isClosed) return text;
    const from = cursor.at;
    let first = '';
    let rest = '';
    let hasEnded = line.escapedBreak;
    for (let at = cursor.code; isBlank(at) || isBreak(at); at = cursor.code) {
      if (!isBreak(at)) cursor.at++;
      else if (hasEnded) rest += cursor.takeBreak();
      else {
        first = cursor.takeBreak();
        hasEnded = true;
      }
    }
    if (!hasEnded) text += cursor.text.slice(from, cursor.at);
    else text += first === '' ? rest : fold(first, rest);
  }
}

/** A word of a quoted scalar. */
interface QuotedWord {
  readonly text: string;
  readonly isClosed: boolean;
  /** A backslash ends its line. */
  readonly escapedBreak: boolean;
}

function takeSingle(cursor: Cursor): QuotedWord {
  const word = cursor.take(/[^'\0\n\r\t \x85\u2028\u2029]*(?:''[^'\0\n\r\t \x85\u2028\u2029]*)*/y)?.[0] ?? '';
  const isClosed = cursor.code === code.apostrophe;
  if (isClosed) cursor.at++;
  return { text: word.replaceAll("''", "'"), isClosed, escapedBreak: false };
}

function takeDouble(cursor: Cursor): QuotedWord {
  let text = '';
  for (;;) {
    text += cursor.take(/[^"\\\0\n\r\t \x85\u2028\u2029]*/y)?.[0] ?? '';
    if (cursor.code === code.quote) {
      cursor.at++;
      return { text, isClosed: true, escapedBreak: false };
    }
    if (cursor.code !== code.backslash) return { text, isClosed: false, escapedBreak: false };
    if (isBreak(cursor.ahead(1))) {
      cursor.at++;
      cursor.takeBreak();
      return { text, isClosed: false, escapedBreak: true };
    }
    text += takeEscape(cursor);
  }
}

/** YAML 1.1, 5.6; `\'` comes from Compose's reader. It lacks `\/` and halves of surrogate pairs, which JSON has. */
const escapes: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b' },
  ...{
    ' ': ' ',
    '"': '"',
    "'": "'",
    '\\': '\\',
    N: '\u0085',
    _: '\u00a0',
    L: '\u2028',
    P: '\u2029',
  },
};

function takeEscape(cursor: Cursor): string {
  const start = cursor.at;
  const hex = cursor.take(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y);
  if (!hex) {
    const simple = escapes[cursor.text.charAt(start + 1)];
    if (simple === undefined) throw new YamlError('bad-escape', start);
    cursor.at += 2;
    return simple;
  }
  const value = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16);
  if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) throw new YamlError('bad-escape', start);
  return String.fromCodePoint(value);
}

export interface BlockScalar {
  readonly text: string;
  /** The start of its first line. */
  readonly start: number;
}

/** YAML 1.1, 9.2. `parent` is the column of its block, -1 where there is none. */
export function readBlock(cursor: Cursor, parent: number): BlockScalar {
  const isLiteral = cursor.code === code.bar;
  const header = cursor.take(/[|>](?:([-+])([1-9])?|([1-9])([-+])?)?[ \t]*(?:#[^\0\n\r\x85\u2028\u2029]*)?/y);
  if (cursor.code !== 0 && !isBreak(cursor.code)) throw new YamlError('misplaced', cursor.at);
  const chomping = header?.[1] ?? header?.[4] ?? '';
  const explicit = Number(header?.[2] ?? header?.[3] ?? 0);
  if (cursor.code !== 0) cursor.takeBreak();
  const start = cursor.at;

  let indent = explicit > 0 ? Math.max(parent, 0) + explicit : 0;
  let text = '';
  let lineBreak = '';
  let emptyLines = '';
  let wasIndented = false;
  [indent, emptyLines] = takeEmptyLines(cursor, indent, parent);
  while (cursor.column === indent && cursor.code !== 0) {
    const isIndented = isBlank(cursor.code);
    const folds = !isLiteral && !wasIndented && !isIndented && lineBreak === '\n';
    text += (folds ? (emptyLines === '' ? ' ' : '') : lineBreak) + emptyLines;
    wasIndented = isIndented;
    const from = cursor.at;
    cursor.skipLine();
    text += cursor.text.slice(from, cursor.at);
    lineBreak = isBreak(cursor.code) ? cursor.takeBreak() : '';
    [indent, emptyLines] = takeEmptyLines(cursor, indent, parent);
  }
  if (chomping !== '-') text += lineBreak;
  if (chomping === '+') text += emptyLines;
  return { text, start };
}

/** Moves to the next line that is not empty; an unknown indentation (0) is taken from that line. */
function takeEmptyLines(
  cursor: Cursor,
  fixedIndent: number,
  parent: number,
): [indent: number, breaks: string] {
  const least = fixedIndent === 0 ? Math.max(parent + 1, 1) : fixedIndent;
  let breaks = '';
  let deepest = 0;
  for (;;) {
    while ((fixedIndent === 0 || cursor.column < fixedIndent) && cursor.code === code.space) cursor.at++;
    deepest = Math.max(deepest, cursor.column);
    if ((fixedIndent === 0 || cursor.column < fixedIndent) && cursor.code === code.tab)
      throw new YamlError('tab', cursor.at);
    if (!isBreak(cursor.code)) break;
    breaks += cursor.takeBreak();
  }
  return [fixedIndent === 0 ? Math.max(deepest, least) : fixedIndent, breaks];
}
