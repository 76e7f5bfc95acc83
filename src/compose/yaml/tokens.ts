/**
 * Splits YAML text into tokens. As in Compose's reader (libyaml's rules) the column of a token matters only in blocks:
 * within brackets and quotes lines may begin anywhere.
 */
import { Cursor, YamlError, code, isBreak, isSpace } from './cursor.ts';
import { readBlock, readPlain, readQuoted } from './scalars.ts';
import { Tags } from './tags.ts';

export type TokenKind =
  | 'alias'
  | 'anchor'
  | 'block-end'
  | 'directive'
  | 'document-end'
  | 'document-start'
  | 'end'
  | 'entry'
  | 'fault'
  | 'first-entry'
  | 'first-key'
  | 'flow-entry'
  | 'key'
  | 'list-end'
  | 'list-start'
  | 'map-end'
  | 'map-start'
  | 'question'
  | 'scalar'
  | 'tag'
  | 'value';

export interface Token {
  kind: TokenKind;
  offset: number;
  /** Of a scalar its value, of an alias or anchor its name, of a tag its full form. */
  text: string;
  /** A scalar without quotes that is not a block. */
  plain: boolean;
  /** A key begins with this token; it may be the first of a block map. */
  key: 'key' | 'first-key' | undefined;
  fault?: YamlError;
}

/** The tokens; the last one is the end or an unreadable part. */
export function tokensOf(text: string, most: number): readonly Token[] {
  const scanner = new Scanner(new Cursor(`${text}\0`), most);
  try {
    scanner.scan();
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    // The reader of the earlier tokens may find another error first.
    scanner.tokens.push({ ...newToken('fault', error.offset), fault: error });
  }
  return scanner.tokens;
}

function newToken(kind: TokenKind, offset: number): Token {
  return { kind, offset, text: '', plain: false, key: undefined };
}

/** A token that is a key if a colon follows it on its line. */
interface PossibleKey {
  readonly token: Token;
  /** In this column of its block only a key is allowed. */
  readonly isRequired: boolean;
}

/** Characters from the beginning of a key to its colon. */
const longestKey = 1024;

class Scanner {
  readonly tokens: Token[] = [];
  /** Column of the innermost block. */
  #indent = -1;
  readonly #outerIndents: number[] = [];
  /** The number of open brackets, and for each, and for their block, the possible key. */
  #flow = 0;
  readonly #keys: (PossibleKey | undefined)[] = [undefined];
  #keyAllowed = true;
  readonly #tags = new Tags();

  constructor(
    readonly cursor: Cursor,
    readonly most: number,
  ) {}

  scan(): void {
    const { cursor } = this;
    // Compose's reader skips two.
    while (cursor.code === code.byteOrderMark && cursor.at < 2) cursor.lineStart = ++cursor.at;
    for (;;) {
      this.#skipToToken();
      this.#closeBlocks(cursor.column);
      if (cursor.code === 0) return this.#end();
      if (this.tokens.length > this.most) throw new YamlError('too-many', cursor.at);
      if (cursor.isAtDocumentMarker()) this.#documentMarker();
      else if (cursor.column === 0 && cursor.code === code.percent) this.#directive();
      else this.#token();
    }
  }

  #token(): void {
    const { cursor } = this;
    const isLoose = this.#flow > 0 || isSpace(cursor.ahead(1));
    switch (cursor.code) {
      case code.leftBracket:
        return this.#open('list-start');
      case code.leftBrace:
        return this.#open('map-start');
      case code.rightBracket:
        return this.#close('list-end');
      case code.rightBrace:
        return this.#close('map-end');
      case code.comma:
        this.#forgetKey();
        this.#keyAllowed = true;
        return this.#indicator('flow-entry');
      case code.dash:
        return isSpace(cursor.ahead(1)) ? this.#entry() : this.#plain();
      case code.question:
        return isLoose ? this.#question() : this.#plain();
      case code.colon:
        return isLoose ? this.#value() : this.#plain();
      case code.asterisk:
        return this.#property('alias');
      case code.ampersand:
        return this.#property('anchor');
      case code.exclamation:
        return this.#tag();
      case code.bar:
      case code.greater:
        if (this.#flow > 0) throw new YamlError('misplaced', cursor.at);
        return this.#block();
      case code.quote:
      case code.apostrophe:
        return this.#takeQuoted();
      case code.percent:
      case code.at:
      case code.backtick:
        throw new YamlError('misplaced', cursor.at);
      default:
        return this.#plain();
    }
  }

  #skipToToken(): void {
    const { cursor } = this;
    for (;;) {
      const isIndentation = this.#flow === 0 && this.#keyAllowed;
      while (cursor.code === code.space || (!isIndentation && cursor.code === code.tab)) cursor.at++;
      if (cursor.code === code.tab) throw new YamlError('tab', cursor.at);
      if (cursor.code === code.hash) cursor.skipLine();
      if (!isBreak(cursor.code)) return;
      cursor.takeBreak();
      if (this.#flow === 0) this.#keyAllowed = true;
    }
  }

  #push(kind: TokenKind): Token {
    const token = newToken(kind, this.cursor.at);
    this.tokens.push(token);
    return token;
  }

  #indicator(kind: TokenKind): void {
    this.#push(kind);
    this.cursor.at++;
  }

  /** Opens a block at the column, unless the open block has that column. */
  #openBlock(column: number): boolean {
    if (this.#flow > 0 || this.#indent >= column) return false;
    this.#outerIndents.push(this.#indent);
    this.#indent = column;
    return true;
  }

  #closeBlocks(column: number): void {
    if (this.#flow > 0) return;
    while (this.#indent > column) {
      this.#push('block-end');
      this.#indent = this.#outerIndents.pop() ?? -1;
    }
  }

  #mayBeKey(token: Token): void {
    if (!this.#keyAllowed) return;
    this.#forgetKey();
    const isRequired = this.#flow === 0 && this.#indent === token.offset - this.cursor.lineStart;
    this.#keys[this.#flow] = { token, isRequired };
  }

  #forgetKey(): void {
    const key = this.#keys[this.#flow];
    if (key?.isRequired === true) throw new YamlError('no-colon', key.token.offset);
    this.#keys[this.#flow] = undefined;
  }

  #open(kind: 'list-start' | 'map-start'): void {
    this.#mayBeKey(this.#push(kind));
    this.cursor.at++;
    this.#flow++;
    this.#keys[this.#flow] = undefined;
    this.#keyAllowed = true;
  }

  #close(kind: 'list-end' | 'map-end'): void {
    this.#forgetKey();
    if (this.#flow > 0) this.#flow--;
    this.#keyAllowed = false;
    this.#indicator(kind);
  }

  #entry(): void {
    if (this.#flow === 0 && !this.#keyAllowed) throw new YamlError('misplaced', this.cursor.at);
    const isFirst = this.#openBlock(this.cursor.column);
    this.#forgetKey();
    this.#keyAllowed = true;
    this.#indicator(isFirst ? 'first-entry' : 'entry');
  }

  #question(): void {
    if (this.#flow === 0 && !this.#keyAllowed) throw new YamlError('misplaced', this.cursor.at);
    const isFirst = this.#openBlock(this.cursor.column);
    this.#forgetKey();
    this.#keyAllowed = this.#flow === 0;
    const token = this.#push('question');
    token.key = isFirst ? 'first-key' : 'key';
    this.cursor.at++;
  }

  #value(): void {
    const { cursor } = this;
    const key = this.#keys[this.#flow];
    if (key && key.token.offset >= cursor.lineStart) {
      if (isLongerThan(longestKey, cursor.text.slice(key.token.offset, cursor.at)))
        throw new YamlError('long-key', key.token.offset);
      key.token.key = this.#openBlock(key.token.offset - cursor.lineStart) ? 'first-key' : 'key';
      this.#keys[this.#flow] = undefined;
      this.#keyAllowed = false;
    } else {
      this.#forgetKey();
      if (this.#flow === 0 && (!this.#keyAllowed || this.#openBlock(cursor.column)))
        throw new YamlError('second-colon', cursor.at);
      this.#keyAllowed = this.#flow === 0;
    }
    this.#indicator('value');
  }

  #property(kind: 'alias' | 'anchor'): void {
    const token = this.#push(kind);
    this.#mayBeKey(token);
    this.#keyAllowed = false;
    token.text = this.cursor.take(/[&*]([\w-]+)(?=[ \t\n\r\x85\u2028\u2029?:,\]}%@`\0])/y)?.[1] ?? '';
    if (token.text === '') throw new YamlError('bad-property', token.offset);
  }

  #tag(): void {
    const token = this.#push('tag');
    this.#mayBeKey(token);
    this.#keyAllowed = false;
    token.text = this.#tags.take(this.cursor);
  }

  #block(): void {
    this.#forgetKey();
    this.#keyAllowed = true;
    const token = this.#push('scalar');
    const { text, start } = readBlock(this.cursor, this.#indent);
    token.text = text;
    token.offset = start;
  }

  #takeQuoted(): void {
    const token = this.#push('scalar');
    this.#mayBeKey(token);
    this.#keyAllowed = false;
    token.text = readQuoted(this.cursor);
  }

  #plain(): void {
    const token = this.#push('scalar');
    this.#mayBeKey(token);
    const { text, endsLine } = readPlain(this.cursor, this.#indent + 1, this.#flow > 0 ? 'flow' : 'block');
    token.text = text;
    token.plain = true;
    this.#keyAllowed = endsLine;
  }

  #documentMarker(): void {
    this.#closeBlocks(-1);
    this.#forgetKey();
    this.#keyAllowed = false;
    this.#push(this.cursor.code === code.dash ? 'document-start' : 'document-end');
    this.cursor.at += 3;
    this.#tags.beginDocument();
  }

  #directive(): void {
    this.#closeBlocks(-1);
    this.#forgetKey();
    this.#keyAllowed = false;
    this.#push('directive');
    this.#tags.takeDirective(this.cursor);
  }

  #end(): void {
    this.#closeBlocks(-1);
    this.#forgetKey();
    this.#push('end');
  }
}

function isLongerThan(most: number, text: string): boolean {
  return text.length > most && Array.from(text).length > most;
}
