/**
 * Quoting of systemd.syntax(7) and systemd.service(5), COMMAND LINES, in both directions.
 */
import { cutEnd } from '../text/cut-end.ts';
import { type Argument, type ArgumentPart, type Command, specifiers } from './unit-set.ts';
import { readEscape, splitWords } from './words.ts';

/** Words that need no quotes anywhere in a command line; everything else is quoted. */
const plainWord = /^[A-Za-z0-9_./,=@^~:+-]+$/;

const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['"', '\\"'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\v', '\\v'],
  ['\x07', '\\a'],
]);

/**
 * The right-hand side of one Exec line. Where an argument contains a `$`, the `:` prefix disables variable substitution
 * for the whole line instead of doubling each `$`, so that scripts stay readable (systemd.service(5), table "Special
 * executable prefixes"; since 244); a line with variables of its own needs the substitution, so each `$` in it is
 * doubled. `%` is doubled. Long lines are folded, one option to a line; systemd joins the pieces of a folded line by a
 * space.
 */
export function quoteCommand(command: Command): string {
  const parts = command.argv.flatMap((argument) => partsOf(argument));
  const dollar = parts.some((part) => typeof part === 'string' && part.includes('$'));
  const substitutes = parts.some((part) => typeof part === 'object' && 'variable' in part);
  const argv = dollar && substitutes ? command.argv.map(doubleDollars) : command.argv;
  const prefix = `${command.ignoreFailure ? '-' : ''}${dollar && !substitutes ? ':' : ''}`;
  return prefix + foldWords(argv.map(quoteArgument));
}

/** One argument as a word; keeps a literal `$`, see quoteCommand. */
export function quoteArgument(argument: Argument): string {
  if (typeof argument === 'string' && plainWord.test(argument)) return argument;
  const parts = partsOf(argument);
  const text = parts.map((part) => (typeof part === 'string' ? part : '')).join('');
  if (text.includes('\0')) throw new RangeError('an argument cannot hold a NUL byte');
  const plain = parts.every((part) => typeof part !== 'string' || plainWord.test(part)) && parts.length > 0;
  if (plain) return parts.map((part) => (typeof part === 'string' ? part : writtenPart(part))).join('');
  // In single quotes, scripts need no escapes for their double quotes.
  const single = text.includes('"') && !/['\\\p{Cc}\p{NChar}]/u.test(text);
  const quote = single ? "'" : '"';
  const body = parts.map((part) => (typeof part === 'string' ? escapePart(part, single) : writtenPart(part)));
  return quote + body.join('') + quote;
}

/** A part that is not literal text, as written in a unit. */
export function writtenPart(part: Exclude<ArgumentPart, string>): string {
  if ('specifier' in part) return `%${part.specifier}`;
  return part.as === 'word' ? `\${${part.variable}}` : part.variable;
}

function doubleDollars(argument: Argument): Argument {
  const double = (part: string): string => part.replaceAll('$', '$$$$');
  if (typeof argument === 'string') return double(argument);
  return argument.map((part) => (typeof part === 'string' ? double(part) : part));
}

/**
 * The command of an Exec line, undoing quoteCommand: prefixes, quotes, C escapes, `$$` and `%%`. Specifiers other than
 * `%%` and variables become parts. Throws SyntaxError on an unclosed quote or a bad escape, and on what a Command
 * cannot hold: other prefixes, and `$NAME` that becomes several words.
 */
export function parseCommand(line: string): Command {
  const prefix = /^[-:@+!|]*/.exec(line)?.[0] ?? '';
  if (/[@+!|]/.test(prefix)) throw new SyntaxError(`prefixes that dockunit does not write in: ${line}`);
  const substitutes = !prefix.includes(':');
  const argv = splitWords(line.slice(prefix.length)).map((word) => {
    if (substitutes && /^\$(?![{$])/.test(word))
      throw new SyntaxError(`a variable of several words in: ${line}`);
    return readParts(word, substitutes);
  });
  return { ignoreFailure: prefix.includes('-'), argv };
}

/** One line for people: control characters become spaces, `%` is doubled, no backslash ends it. */
export function quoteText(text: string): string {
  return normaliseText(text).replaceAll('%', '%%');
}

/** What a `text` value can hold: one trimmed line that no trailing backslash continues. */
export function normaliseText(text: string): string {
  // Nearly all texts pass this test: V8 takes long to compile and to test the Unicode classes.
  if (/^[!-~](?:[ -~]*[!-[\]-~])?$/.test(text) && text !== '\\') return text;
  return cutEnd(text.replace(/[\p{Cc}\p{NChar}]+/gu, ' '), /[\\\s]/).trimStart();
}

/** Any string as one [X-Dockunit] value: C escapes, and outer spaces kept as `\x20`. */
export function quoteData(text: string): string {
  const body = escapePart(text, false).replaceAll('%%', '%').replaceAll('\\"', '"');
  return body.replace(/^ | $/g, '\\x20');
}

/** Undoes quoteData. */
export function parseData(text: string): string {
  let value = '';
  for (let at = 0; at < text.length;) {
    if (text[at] === '\\') {
      const escape = readEscape(text, at);
      if (escape === undefined) throw new SyntaxError(`unknown escape ${text.slice(at, at + 2)} in: ${text}`);
      value += escape.value;
      at += escape.length;
    } else {
      value += text[at] ?? '';
      at += 1;
    }
  }
  return value;
}

/**
 * A path for RequiresMountsFor=, which unquotes but keeps backslashes (systemd's
 * config_parse_unit_mounts_for); undefined where no quoting can carry it.
 */
export function quotePath(path: string): string | undefined {
  if (/[\p{Cc}\p{NChar}]/u.test(path)) return undefined;
  const escapedPath = path.replaceAll('%', '%%');
  if (plainWord.test(path)) return escapedPath;
  if (!path.includes('"')) return `"${escapedPath}"`;
  return path.includes("'") ? undefined : `'${escapedPath}'`;
}

function partsOf(argument: Argument): readonly ArgumentPart[] {
  return typeof argument === 'string' ? [argument] : argument;
}

function escapePart(text: string, single: boolean): string {
  const doubledText = text.replaceAll('%', '%%');
  if (single || /^[ !#-[\]-~]*$/.test(doubledText)) return doubledText;
  return doubledText.replace(
    /[\\"]|[\x00-\x1f\x7f]|\p{NChar}/gu, // eslint-disable-line no-control-regex -- these are what must be escaped
    (character) => escapes.get(character) ?? escapeBytes(character),
  );
}

/**
 * Noncharacters such as U+FFFF too: systemd calls them invalid UTF-8 and ignores the whole line
 * (utf8_is_valid(), unichar_is_valid() in src/basic/utf8.c), but takes their bytes as escapes.
 */
function escapeBytes(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** @param substitutes whether systemd replaces variables in it */
function readParts(word: string, substitutes: boolean): Argument {
  const parts: ArgumentPart[] = [];
  let literal = '';
  const add = (part: ArgumentPart): void => {
    if (literal !== '') parts.push(literal);
    parts.push(part);
    literal = '';
  };
  for (let at = 0; at < word.length; at += 1) {
    const next = word[at + 1];
    if (substitutes && word[at] === '$') {
      const variable = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}/.exec(word.slice(at));
      if (variable?.[1] !== undefined) add({ variable: variable[1], as: 'word' });
      else literal += '$';
      at += variable ? variable[0].length - 1 : next === '$' ? 1 : 0;
      continue;
    }
    if (word[at] !== '%' || next === undefined) {
      literal += word[at] ?? '';
      continue;
    }
    at += 1;
    const specifier = specifiers.find((candidate) => candidate === next);
    if (specifier !== undefined) add({ specifier });
    else literal += next === '%' ? '%' : `%${next}`;
  }
  if (parts.length === 0) return literal;
  return literal === '' ? parts : [...parts, literal];
}

/** Longest Exec line left on one line, in characters. */
const foldWidth = 100;

/**
 * Docker command lines are folded, an option and its value to a row; a script stays on its line, with
 * the docker command that it is given folded below.
 */
function foldWords(words: readonly string[]): string {
  const line = words.join(' ');
  const start = words.indexOf('docker');
  if (line.length <= foldWidth || start < 0) return line;
  const rows: string[][] = [[words.slice(0, start + 1).join(' ')]];
  for (const word of words.slice(start + 1)) {
    const row = rows.at(-1) ?? [];
    const complete = row.length === 2 && row[0]?.startsWith('-') === true;
    if (row.length > 0 && (word.startsWith('-') || complete)) rows.push([word]);
    else row.push(word);
  }
  return rows.map((row) => row.join(' ')).join(' \\\n  ');
}
