/** Environment= and the files of EnvironmentFile=; systemd.exec(5), ENVIRONMENT. */
import { cutEnd } from '../../text/cut-end.ts';
import { isWhitespace } from '../../units/words.ts';

/** The name and value of `NAME=value`; undefined where systemd does not accept it as an assignment. */
export function parseAssignment(text: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : [name, value];
}

/** The variables of a file, and the invalid variable names in it: systemd drops those without a message. */
export interface EnvironmentFile {
  readonly variables: ReadonlyMap<string, string>;
  readonly droppedTexts: readonly string[];
}

/**
 * The text of an EnvironmentFile=, as systemd's parse_env_file_internal() reads it: a value may consist of bare and
 * quoted pieces, a backslash before a line's end joins lines, and neither variables nor C escapes have a meaning.
 */
export function parseEnvironmentFile(text: string): EnvironmentFile {
  const variables = new Map<string, string>();
  const droppedTexts: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (isWhitespace(text[at])) {
      at += 1;
    } else if (text[at] === '#' || text[at] === ';') {
      at = endOfComment(text, at);
    } else {
      const [key = ''] = /^[^\n\r=]*/.exec(text.slice(at)) ?? [];
      at += key.length;
      // A line without `=` has no effect.
      if (text[at] !== '=') continue;
      const { value, end } = readValue(text, at + 1);
      const name = cutEnd(key, /[ \t]/);
      if (parseAssignment(`${name}=`) === undefined) droppedTexts.push(name);
      else variables.set(name, value);
      at = end;
    }
  }
  return { variables, droppedTexts };
}

/** Until systemd 254 a comment continues where its line ends in a backslash; from 254 on, and here, it does not. */
function endOfComment(text: string, start: number): number {
  const end = text.slice(start).search(/[\n\r]/);
  return end === -1 ? text.length : start + end;
}

/** Within double quotes a backslash escapes only these characters, as in a shell; SHELL_NEED_ESCAPE. */
const escapable = '"\\`$';

function readValue(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = '';
  /** White space read so far that may not belong to the value. */
  let space = '';
  /** White space before the first bare character, and after a closing quote, is ignored. */
  let bare = false;
  let at = start;
  for (; at < text.length && text[at] !== '\n' && text[at] !== '\r'; at += 1) {
    const character = text[at] ?? '';
    if (!bare && (character === '"' || character === "'")) {
      const word = character === '"' ? readDoubleQuoted(text, at + 1) : readSingleQuoted(text, at + 1);
      value += word.value;
      at = word.end;
    } else if (character === '\\') {
      bare = true;
      at += 1;
      const next = text[at] ?? '';
      value += space + (next === '\n' || next === '\r' ? '' : next);
      space = '';
    } else if (isWhitespace(character)) {
      if (bare) space += character;
    } else {
      bare = true;
      value += space + character;
      space = '';
    }
  }
  return { value, end: at };
}

function readSingleQuoted(text: string, start: number): { readonly value: string; readonly end: number } {
  const end = text.indexOf("'", start);
  return end === -1 ? { value: text.slice(start), end: text.length } : { value: text.slice(start, end), end };
}

function readDoubleQuoted(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = '';
  let at = start;
  for (; at < text.length && text[at] !== '"'; at += 1) {
    const character = text[at] ?? '';
    if (character !== '\\') {
      value += character;
      continue;
    }
    at += 1;
    const next = text[at] ?? '';
    if (escapable.includes(next)) value += next;
    else if (next !== '\n') value += `\\${next}`;
  }
  return { value, end: at };
}

/**
 * The words of a variable's value, of which `$NAME` becomes arguments: removes quotes, a backslash keeps the next
 * character, and nothing is an error; EXTRACT_RELAX | EXTRACT_UNQUOTE.
 */
export function splitEnvironmentWords(value: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] ?? '';
    if (quote === undefined && isWhitespace(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    if (character === '\\') {
      at += 1;
      word += value[at] ?? '';
    } else if (character === quote) {
      quote = undefined;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
    } else {
      word += character;
    }
  }
  return word === undefined ? words : [...words, word];
}
