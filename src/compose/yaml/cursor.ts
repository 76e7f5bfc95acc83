/** A position in a YAML text, the character classes of YAML, and the errors at a position. */

export type YamlFault =
  | 'bad-character'
  | 'bad-escape'
  | 'bad-property'
  | 'directive'
  | 'document'
  | 'long-key'
  | 'misplaced'
  | 'no-colon'
  | 'second-colon'
  | 'tab'
  | 'too-deep'
  | 'too-many'
  | 'unclosed-bracket'
  | 'unclosed-quote';

/** Thrown where the text cannot be read; the parser of Compose files turns it into a diagnostic. */
export class YamlError extends Error {
  constructor(
    readonly fault: YamlFault,
    readonly offset: number,
  ) {
    super(fault);
  }
}

export const code = {
  tab: 0x09,
  space: 0x20,
  exclamation: 0x21,
  quote: 0x22,
  hash: 0x23,
  percent: 0x25,
  ampersand: 0x26,
  apostrophe: 0x27,
  asterisk: 0x2a,
  comma: 0x2c,
  dash: 0x2d,
  dot: 0x2e,
  colon: 0x3a,
  greater: 0x3e,
  question: 0x3f,
  at: 0x40,
  leftBracket: 0x5b,
  backslash: 0x5c,
  rightBracket: 0x5d,
  backtick: 0x60,
  leftBrace: 0x7b,
  bar: 0x7c,
  rightBrace: 0x7d,
  byteOrderMark: 0xfeff,
} as const;

/** YAML 1.1, 4.1.4: U+0085, U+2028 and U+2029 end lines too. */
export function isBreak(at: number): boolean {
  return at === 10 || at === 13 || at === 0x85 || at === 0x2028 || at === 0x2029;
}

export function isBlank(at: number): boolean {
  return at === code.space || at === code.tab;
}

/** The end of the text is a NUL, which occurs nowhere else. */
export function isSpace(at: number): boolean {
  return at === code.space || at === 0 || isBreak(at) || at === code.tab;
}

export class Cursor {
  at = 0;
  /** The start of its line. */
  lineStart = 0;

  constructor(
    /** Ends in a NUL. */
    readonly text: string,
  ) {}

  get column(): number {
    return this.at - this.lineStart;
  }

  get code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** The code of the character at this distance. */
  ahead(count: number): number {
    return this.text.charCodeAt(this.at + count);
  }

  skipBlanks(): void {
    while (isBlank(this.code)) this.at++;
  }

  /** Moves past the line break here, and returns its form in a value: U+2028 and U+2029 stay unchanged. */
  takeBreak(): string {
    const character = this.text.charCodeAt(this.at++);
    if (character === 13 && this.code === 10) this.at++;
    this.lineStart = this.at;
    return character > 0x85 ? String.fromCharCode(character) : '\n';
  }

  skipLine(): void {
    lineRest.lastIndex = this.at;
    lineRest.test(this.text);
    this.at = lineRest.lastIndex;
  }

  /** The match of a sticky pattern here; moves past it. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match ?? undefined;
  }

  /** `---` or `...` at the beginning of a line. */
  isAtDocumentMarker(): boolean {
    if (this.at !== this.lineStart) return false;
    const mark = this.code;
    return (
      (mark === code.dash || mark === code.dot) &&
      this.ahead(1) === mark &&
      this.ahead(2) === mark &&
      isSpace(this.ahead(3))
    );
  }
}

const lineRest = /[^\0\n\r\x85\u2028\u2029]*/y;
