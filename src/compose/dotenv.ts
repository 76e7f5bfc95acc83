/**
 * `.env` files and env_file in Compose's dialect (compose-go, package dotenv), and `format: raw`, docker's own
 * --env-file: no quotes, no variables, no comments after a value.
 */
import type { Findings } from './findings.ts';
import type { Lookup } from './interpolate.ts';
import { expandTemplate, parseTemplate } from './interpolate.ts';
import type { SourceText } from './tree.ts';

/**
 * Reads the variables of a file into `into`, later lines over earlier ones. For `$NAME` in a value it asks `lookup`
 * first, then `into`; a name alone on its line takes its value from `lookup`.
 */
export function readDotenv(
  source: SourceText,
  into: Map<string, string>,
  lookup: Lookup,
  findings: Findings,
): void {
  if (findings.spend('characters', source.text.length, { source, offset: 0 }, ''))
    new DotenvReader(source, into, lookup, findings).read();
}

/** As readDotenv, in docker's format (docker run --env-file). */
export function readRawEnv(
  source: SourceText,
  into: Map<string, string>,
  lookup: Lookup,
  findings: Findings,
): void {
  if (!findings.spend('characters', source.text.length, { source, offset: 0 }, '')) return;
  let offset = 0;
  for (const whole of source.text.replace(/^\uFEFF/, '').split('\n')) {
    const line = whole.replace(/\r$/, '').trimStart();
    const start = offset;
    offset += whole.length + 1;
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const name = equals < 0 ? line : line.slice(0, equals);
    const value = equals < 0 ? lookup(name) : line.slice(equals + 1);
    if (name === '' || /\s/.test(name)) {
      const message = `\`${line}\` has no name without spaces before \`=\``;
      findings.error({ source, offset: start }, '', 'dotenv-syntax', message, 'Write NAME=value');
    } else if (value !== undefined) into.set(name, value);
  }
}

/** White space that does not end a line. */
const blank = '[\\t\\v\\f\\r \\u0085\\u00a0]';
const space = /\s*/y;
const comment = /#[^\n]*/y;
const exportWord = new RegExp(`export${blank}+`, 'y');
const nameAndSeparator = new RegExp(`([^=:\\n]*)([=:\\n]|$)${blank}*`, 'y');

class DotenvReader {
  #at = 0;
  readonly #warnings = new Set<string>();

  constructor(
    readonly source: SourceText,
    readonly into: Map<string, string>,
    readonly lookup: Lookup,
    readonly findings: Findings,
  ) {
    if (source.text.startsWith('\uFEFF')) this.#at = 1;
  }

  read(): void {
    for (;;) {
      do this.#match(space);
      while (this.#match(comment));
      if (this.#at >= this.source.text.length) return;
      this.#statement();
    }
  }

  #statement(): void {
    const start = this.#at;
    this.#match(exportWord);
    const [, rawName = '', separator = ''] = this.#match(nameAndSeparator) ?? [];
    const name = rawName.trim();
    // Here, and not as a constant: V8 takes long to build the Unicode classes, and most projects have no such file.
    if (!/^[\p{L}\p{N}_.\-[\]]+$/u.test(name)) {
      this.#refuse(
        start,
        `\`${name}\` is not the name of a variable`,
        'Write NAME=value; names are letters, digits and _',
      );
      if (separator !== '\n') this.#restOfLine();
    } else if (separator === '=' || separator === ':') {
      const value = this.#value();
      if (value !== undefined) this.into.set(name, value);
    } else {
      const value = this.lookup(name);
      if (value !== undefined) this.into.set(name, value);
    }
  }

  #value(): string | undefined {
    const start = this.#at;
    const quote = this.source.text[start];
    if (quote !== '"' && quote !== "'") {
      const [value = ''] = this.#restOfLine().split(' #', 1);
      return this.#expand(start, value.trimEnd());
    }
    const word = this.#takeQuoted(quote);
    if (word === undefined) return undefined;
    return quote === '"' ? this.#expand(start, unescape(word)) : word;
  }

  /** Up to the closing quote, over lines; a backslash before a quote escapes it. */
  #takeQuoted(quote: string): string | undefined {
    const { text } = this.source;
    const start = this.#at;
    let value = '';
    for (let at = start + 1; at < text.length; at++) {
      const character = text.charAt(at);
      if (character === quote) {
        this.#at = at + 1;
        return value;
      }
      if (character === '\\' && at + 1 < text.length) {
        const next = text.charAt(++at);
        value += next === quote ? next : character + next;
      } else value += character;
    }
    this.#at = text.length;
    return this.#refuse(start, `the quote ${quote} is never closed`, `Close the value with ${quote}`);
  }

  #expand(start: number, text: string): string | undefined {
    if (!text.includes('$')) return text;
    const result = parseTemplate(text);
    if (!result.ok) return this.#refuse(start, result.message, result.remedy);
    const at = { source: this.source, offset: start };
    const expansion = expandTemplate(result.template, {
      lookup: (name) => this.lookup(name) ?? this.into.get(name),
      onUnset: (name) => {
        this.#warnOfUnset(start, name);
      },
      spend: (characters) => this.findings.spend('characters', characters, at, ''),
    });
    if (expansion.ok) return expansion.text;
    const detail = expansion.message === '' ? '' : `: ${expansion.message}`;
    const message = `the variable \`${expansion.name}\` is required and not set${detail}`;
    this.findings.error(
      at,
      '',
      'required-variable',
      message,
      `Set ${expansion.name} in the environment or above this line`,
    );
    return undefined;
  }

  #warnOfUnset(start: number, name: string): void {
    if (this.#warnings.has(name)) return;
    this.#warnings.add(name);
    const at = { source: this.source, offset: start };
    const message = `the variable \`${name}\` is not set and expands to nothing`;
    this.findings.add(
      'warning',
      at,
      '',
      'unset-variable',
      message,
      'Set it, or put the value in single quotes if $ is meant as it stands',
    );
  }

  #refuse(offset: number, message: string, remedy: string): undefined {
    this.findings.error({ source: this.source, offset }, '', 'dotenv-syntax', message, remedy);
    return undefined;
  }

  #restOfLine(): string {
    const newline = this.source.text.indexOf('\n', this.#at);
    const end = newline < 0 ? this.source.text.length : newline;
    const line = this.source.text.slice(this.#at, end);
    this.#at = end;
    return line;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.source.text);
    if (match) this.#at += match[0].length;
    return match;
  }
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  // A dollar sign that the later expansion must not change.
  $: '$$',
  '"': '"',
  '\\': '\\',
};

/** The escapes of double quotes; others stay unchanged. */
function unescape(text: string): string {
  return text.replace(/\\(?:0([0-7]{3})|([abfnrtv$"\\]))/g, (_, octal: string | undefined, letter: string) =>
    octal === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(parseInt(octal, 8)),
  );
}
