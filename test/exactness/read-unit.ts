/**
 * A reader of unit files and command lines written from systemd.syntax(7), systemd.service(5)
 * COMMAND LINES and systemd.unit(5) SPECIFIERS alone. Stricter than systemd: what the manual does not
 * promise throws.
 */

import { containsNoncharacter, readEnvironmentFile } from './read-environment.ts';

interface UnitCommand {
  readonly key: string;
  readonly ignoresFailure: boolean;
  readonly argv: readonly string[];
}

export interface UnitText {
  /** `Section.Key` → raw values in order. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Exec…= of [Service], in order, with variables replaced. */
  readonly commands: readonly UnitCommand[];
  /** What EnvironmentFile= gives all of them. */
  readonly environment: readonly (readonly [string, string])[];
}

/**
 * @param specifiers values of the specifiers a unit may use: `Y`, `n`
 * @param readFile the content of what EnvironmentFile= names
 */
export function readUnit(
  text: string,
  specifiers: Readonly<Record<string, string>>,
  readFile: (path: string) => string = (path) => {
    throw new Error(`no file ${path}`);
  },
): UnitText {
  const values = new Map<string, string[]>();
  const lines: (readonly [key: string, line: string])[] = [];
  let section = '';
  for (const line of logicalLines(text)) {
    const header = /^\[(.+)\]$/.exec(line);
    if (header?.[1] !== undefined) {
      section = header[1];
      continue;
    }
    const [, key, value] = /^([A-Za-z-]+)=(.*)$/su.exec(line) ?? [];
    if (key === undefined || value === undefined) throw new SyntaxError(`not a directive: ${line}`);
    const name = `${section}.${key}`;
    values.set(name, [...(values.get(name) ?? []), value]);
    if (/^Service\.Exec/.test(name)) lines.push([key, value]);
  }
  const environment = (values.get('Service.EnvironmentFile') ?? []).flatMap((path) =>
    readEnvironmentFile(readFile(expandSpecifiers(path, specifiers))),
  );
  const variables = Object.fromEntries(environment);
  const commands = lines.map(([key, line]) => ({ key, ...readCommand(line, specifiers, variables) }));
  return { values, commands, environment };
}

/** systemd.syntax(7): a line ends at \n, \r or NUL; an unescaped final backslash becomes a space and joins the next. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let begun = '';
  for (const raw of text.split(/[\n\r\0]/)) {
    if (containsNoncharacter(raw)) throw new SyntaxError(`systemd calls this invalid UTF-8: ${raw}`);
    const line = raw.replace(/^[ \t]+/, '');
    if (/^[#;]/.test(line)) continue;
    const [backslashes = ''] = /\\*$/.exec(line) ?? [];
    if (backslashes.length % 2 === 1) {
      begun += `${line.slice(0, -1)} `;
      continue;
    }
    if (begun + line !== '') lines.push((begun + line).replace(/[ \t]+$/, ''));
    begun = '';
  }
  if (begun !== '') throw new SyntaxError('the last line is continued by nothing');
  return lines;
}

/** systemd.service(5), COMMAND LINES. */
function readCommand(
  line: string,
  specifiers: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
): Omit<UnitCommand, 'key'> {
  const prefixes = /^[-@:+!|]*/.exec(line)?.[0] ?? '';
  if (!/^-?:?$|^:-$/.test(prefixes)) throw new SyntaxError(`prefixes that change the command: ${prefixes}`);
  const words = readWords(line.slice(prefixes.length));
  const expand = (word: string): string => (prefixes.includes(':') ? word : expandVariables(word, variables));
  return {
    ignoresFailure: prefixes.includes('-'),
    argv: words.map((word) => expand(expandSpecifiers(word, specifiers))),
  };
}

/**
 * Bytes and not characters, since `\xNN` is a byte. A quote wraps a whole word; outside of quotes a
 * lone `;` would begin another command.
 */
function readWords(line: string): string[] {
  const bytes = Buffer.from(line);
  const words: string[] = [];
  const isSpace = (at: number): boolean => at >= bytes.length || ' \t\n\r'.includes(charAt(at));
  const charAt = (at: number): string => String.fromCharCode(bytes[at] ?? 0);
  let at = 0;
  while (at < bytes.length) {
    if (isSpace(at)) {
      at += 1;
      continue;
    }
    if (charAt(at) === ';' && isSpace(at + 1)) throw new SyntaxError(`a second command in: ${line}`);
    const quote = `"'`.includes(charAt(at)) ? charAt(at++) : '';
    const word: number[] = [];
    for (;;) {
      if (quote === '' ? isSpace(at) : charAt(at) === quote) break;
      if (at >= bytes.length) throw new SyntaxError(`a quote is not closed in: ${line}`);
      if (quote === '' && `"'`.includes(charAt(at)))
        throw new SyntaxError(`a quote within a word in: ${line}`);
      if (charAt(at) === '\\') {
        const [value, length] = readEscape(bytes.subarray(at).toString('latin1'));
        word.push(...value);
        at += length;
      } else word.push(bytes[at++] ?? 0);
    }
    if (quote !== '') {
      at += 1;
      if (!isSpace(at)) throw new SyntaxError(`something follows a closing quote in: ${line}`);
    }
    words.push(Buffer.from(word).toString());
  }
  return words;
}

/** systemd.service(5), "Supported escapes". */
const escapes: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', s: ' ' },
  ...{ '\\': '\\', '"': '"', "'": "'" },
};

function readEscape(text: string): [bytes: number[], length: number] {
  const hex = /^\\x([0-9a-fA-F]{2})/.exec(text)?.[1];
  const octal = /^\\([0-3][0-7]{2})/.exec(text)?.[1];
  const unicode = /^\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(text);
  if (hex !== undefined) return [[Number.parseInt(hex, 16)], 4];
  if (octal !== undefined) return [[Number.parseInt(octal, 8)], 4];
  if (unicode) {
    const code = Number.parseInt(unicode[1] ?? unicode[2] ?? '', 16);
    return [[...Buffer.from(String.fromCodePoint(code))], unicode[0].length];
  }
  const value = escapes[text[1] ?? ''];
  if (value === undefined) throw new SyntaxError(`an escape systemd does not know: ${text.slice(0, 4)}`);
  return [[value.charCodeAt(0)], 2];
}

function expandSpecifiers(word: string, specifiers: Readonly<Record<string, string>>): string {
  return word.replace(/%(.?)/gsu, (whole, letter: string) => {
    if (letter === '%') return '%';
    const value = specifiers[letter];
    if (value === undefined) throw new SyntaxError(`the specifier ${whole} in: ${word}`);
    return value;
  });
}

/** `${NAME}` stands for its value wherever it is; the other form, `$NAME`, for the words of it, throws. */
function expandVariables(word: string, variables: Readonly<Record<string, string>>): string {
  return word.replace(/\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|(.?))/gsu, (whole, name: string, next: string) => {
    if (next === '$') return '$';
    const value = variables[name];
    if (value === undefined) throw new SyntaxError(`systemd would substitute ${whole} in: ${word}`);
    return value;
  });
}
