/**
 * Words of a directive's value, as systemd's extract_first_word() finds them with unquoting and C
 * unescaping; systemd.syntax(7), QUOTING.
 */
import { cutEnd } from '../text/cut-end.ts';

export interface Word {
  readonly word: string;
  /** The start of the next word, past the white space; the text's length after the last. */
  readonly end: number;
  /** Escapes that systemd does not know: they stay unchanged. */
  readonly unknownEscapes: readonly string[];
}

/**
 * The word at `start` or after the white space there; undefined where there is none. A word may contain quotes. Throws
 * SyntaxError on a quote that is not closed.
 */
export function extractWord(text: string, start: number): Word | undefined {
  let at = skipWhitespace(text, start);
  if (at >= text.length) return undefined;
  let word = '';
  let quote: string | undefined;
  const unknownEscapes: string[] = [];
  for (;;) {
    const character = text[at];
    if (character === undefined) {
      if (quote !== undefined) throw new SyntaxError(`unclosed ${quote} in: ${text}`);
      break;
    }
    if (character === '\\') {
      const escape = readEscape(text, at);
      if (escape === undefined) unknownEscapes.push(text.slice(at, at + 2));
      word += escape?.value ?? text.slice(at, at + 2);
      at += escape?.length ?? 2;
    } else if (quote !== undefined || character === '"' || character === "'") {
      if (character === quote) quote = undefined;
      else if (quote === undefined) quote = character;
      else word += character;
      at += 1;
    } else if (isWhitespace(character)) {
      break;
    } else {
      word += character;
      at += 1;
    }
  }
  return { word, end: skipWhitespace(text, at), unknownEscapes };
}

/** All words of a text. Throws SyntaxError on a quote that is not closed, or an unknown escape. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (let next = extractWord(text, 0); next !== undefined; next = extractWord(text, next.end)) {
    const [unknown] = next.unknownEscapes;
    if (unknown !== undefined) throw new SyntaxError(`unknown escape ${unknown} in: ${text}`);
    words.push(next.word);
  }
  return words;
}

/** systemd's WHITESPACE; JavaScript's \s would include a no-break space. */
export function isWhitespace(character: string | undefined): boolean {
  return character !== undefined && ' \t\n\r'.includes(character);
}

/** The first position from `at` on that is no white space, or the text's length. */
export function skipWhitespace(text: string, at: number): number {
  let next = at;
  while (isWhitespace(text[next])) next += 1;
  return next;
}

/** Trims systemd's white space from both ends. */
export function trimWhitespace(text: string): string {
  return cutEnd(text.slice(skipWhitespace(text, 0)), /[ \t\n\r]/);
}

/** Escapes of one letter and their values; the C ones, and `\s` for a space. */
const letterEscapes: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
  ['s', ' '],
]);

const byteEscapes = /(?:\\x[0-9a-fA-F]{2}|\\[0-3][0-7]{2})+/y;
const characterEscape = /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/y;

/** The value of the escape at `at` and its length in characters; undefined where it is not one. */
export function readEscape(
  text: string,
  at: number,
): { readonly value: string; readonly length: number } | undefined {
  const letter = letterEscapes.get(text[at + 1] ?? '');
  if (letter !== undefined) return { value: letter, length: 2 };
  // A run of bytes at once: several make a character. A NUL is not an escape.
  byteEscapes.lastIndex = at;
  const [run] = byteEscapes.exec(text) ?? [];
  if (run !== undefined) {
    const bytes = run.split('\\').flatMap((escape) => {
      if (escape === '') return [];
      return escape.startsWith('x') ? parseInt(escape.slice(1), 16) : parseInt(escape, 8);
    });
    return bytes.includes(0) ? undefined : { value: Buffer.from(bytes).toString(), length: run.length };
  }
  characterEscape.lastIndex = at;
  const match = characterEscape.exec(text);
  const code = parseInt(match?.[1] ?? match?.[2] ?? '0', 16);
  if (match === null || code === 0 || code > 0x10ffff) return undefined;
  return { value: String.fromCodePoint(code), length: match[0].length };
}
