/**
 * Pasted text → the commands in it, word by word, as a POSIX shell reads it (Shell Command Language, 2.2
 * Quoting and 2.3 Token Recognition). A variable is left for Compose to fill in; anything else that a shell
 * would run or expand is refused.
 */
import { literal } from './compose-text.ts';

export interface ShellLines {
  /** The words of each command, as Compose text. */
  readonly commands: readonly (readonly string[])[];
  /** Variables in them, each once. */
  readonly variables: readonly string[];
  /** Values that the shell would insert and that are written literally, each once. */
  readonly replacements: readonly Replacement[];
  /** The text that cannot be read; then there are no commands. */
  readonly problem?: { readonly message: string; readonly remedy: string };
}

type OpenQuote = '' | '"';

/**
 * The user who pastes the lines, and the place: a shell there inserts these values for the words of
 * `substitutions`.
 */
export interface Caller {
  readonly userId: number;
  readonly groupId: number;
  readonly user: string;
  readonly hostname: string;
}

/** A value that the shell would insert, and that is written in its place. */
interface Replacement {
  /** The text in the line: `$(id -u)`. */
  readonly text: string;
  readonly value: string;
}

/** Commands that documentation of images uses in its lines, id(1), whoami(1), hostname(1). */
const substitutions: Readonly<Record<string, keyof Caller>> = {
  'id -u': 'userId',
  'id --user': 'userId',
  'id -g': 'groupId',
  'id --group': 'groupId',
  'id -un': 'user',
  'id -nu': 'user',
  'id -u -n': 'user',
  whoami: 'user',
  hostname: 'hostname',
};

/** Variables that bash(1) sets and does not export, so that Compose would find none. */
const shellVariables: Readonly<Record<string, keyof Caller>> = {
  UID: 'userId',
  EUID: 'userId',
  HOSTNAME: 'hostname',
};

/**
 * `docker run -e "A=$B" web \⏎ sh` → [[docker, run, -e, A=${B}, web, sh]].
 * @param caller undefined where the user who would run them is not known
 */
export function readShellLines(text: string, caller?: Caller): ShellLines {
  const reader = new Reader(text, caller);
  try {
    reader.read();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const problem = { message: error.message, remedy: error.remedy };
    return { commands: [], variables: [], replacements: [], problem };
  }
  const { commands, variables, replacements } = reader;
  return {
    commands,
    variables: [...variables],
    replacements: Array.from(replacements, ([word, value]) => ({ text: word, value })),
  };
}

class Unreadable extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

class Reader {
  readonly commands: string[][] = [];
  readonly variables = new Set<string>();
  readonly replacements = new Map<string, string>();
  #at = 0;
  #words: string[] = [];
  #word: string | undefined;

  constructor(
    readonly text: string,
    readonly caller: Caller | undefined,
  ) {}

  read(): void {
    while (this.#at < this.text.length) {
      const character = this.text.charAt(this.#at);
      if (character === '\n') this.#endCommand(1);
      else if (this.text.startsWith('\r\n', this.#at)) this.#endCommand(2);
      else if (' \t'.includes(character)) this.#endWord(1);
      else if (character === '#' && this.#word === undefined) this.#skip(/[^\n]*/y);
      else if (';&|'.includes(character)) this.#endCommand(this.#length(/;|&&?|\|\|?/y));
      else if ('<>'.includes(character)) this.#redirection();
      else if ('()'.includes(character)) this.#refuseSyntax(character);
      else if (character === "'") this.#singleQuoted();
      else if (character === '"') this.#doubleQuoted();
      else if (character === '\\') this.#takeEscape('');
      else if (character === '$' || character === '`') this.#expansion('');
      else if (character === '~' && this.#word === undefined) this.#home();
      else this.#take(character);
    }
    this.#endCommand(0);
  }

  #append(text: string): void {
    this.#word = (this.#word ?? '') + text;
  }

  #take(character: string): void {
    this.#append(character);
    this.#at += 1;
  }

  #endWord(length: number): void {
    if (this.#word !== undefined) this.#words.push(this.#word);
    this.#word = undefined;
    this.#at += length;
  }

  #endCommand(length: number): void {
    this.#endWord(length);
    if (this.#words.length > 0) this.commands.push(this.#words);
    this.#words = [];
  }

  #singleQuoted(): void {
    const end = this.text.indexOf("'", this.#at + 1);
    if (end === -1) throw unclosedQuote("'");
    this.#append(literal(this.text.slice(this.#at + 1, end)));
    this.#at = end + 1;
  }

  #doubleQuoted(): void {
    this.#append('');
    this.#at += 1;
    for (;;) {
      const character = this.text.charAt(this.#at);
      if (character === '') throw unclosedQuote('"');
      if (character === '"') break;
      if (character === '\\') this.#takeEscape('"');
      else if (character === '$' || character === '`') this.#expansion('"');
      else this.#take(character);
    }
    this.#at += 1;
  }

  /** Within double quotes a backslash escapes `$`, the backquote, `"`, `\` and the line's end alone. */
  #takeEscape(quote: OpenQuote): void {
    const continued = this.#length(/\\\r?\n/y);
    const next = this.text.charAt(this.#at + 1);
    this.#at += continued || 2;
    if (continued > 0 || next === '') return;
    this.#append(quote === '"' && !'$`"\\'.includes(next) ? `\\${next}` : literal(next));
  }

  #expansion(quote: OpenQuote): void {
    if (this.#substitution(quote)) return;
    const match = this.#match(
      /\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(:?[-?+][^{}$`"'\\]*)?\})/y,
    );
    if (match !== null) {
      const [whole, bare, inBraces, rest = ''] = match;
      const name = bare ?? inBraces ?? '';
      const callerField = Object.hasOwn(shellVariables, name) ? shellVariables[name] : undefined;
      if (callerField !== undefined && this.caller !== undefined)
        this.#value(whole, this.caller[callerField]);
      else this.#variable(name, `\${${name}${rest}}`, whole.length);
      return;
    }
    if (this.text.startsWith("$'", this.#at) && quote === '') throw unknown("$'…'");
    const special = this.#match(/`|\$[({@*#?$!0-9-]/y);
    if (special !== null) throw unknown(this.text.slice(this.#at, this.#at + 20));
    this.#append('$$');
    this.#at += 1;
  }

  /** Whether a command with known output stands here; that of a comment, which annotates a line, is empty. */
  #substitution(quote: OpenQuote): boolean {
    const comment = this.#length(/`\s*#[^`\n]*`|`\s*:(?:\s[\w\s.,:/-]*)?`|\$\(\s*(?:#[^\n]*\n\s*)*\)/y);
    if (comment > 0) {
      if (quote === '"') this.#append('');
      this.#at += comment;
      return true;
    }
    const [whole, inner, old] = this.#match(/\$\(([^()`$"'\\]*)\)|`([^`$"'\\]*)`/y) ?? [];
    if (whole === undefined) return false;
    const command = (inner ?? old ?? '').trim().replace(/\s+/g, ' ');
    if (command === 'pwd') {
      this.#variable('PWD', '${PWD}', whole.length);
      return true;
    }
    const callerField = Object.hasOwn(substitutions, command) ? substitutions[command] : undefined;
    if (callerField === undefined || this.caller === undefined) return false;
    this.#value(whole, this.caller[callerField]);
    return true;
  }

  #value(whole: string, value: string | number): void {
    this.replacements.set(whole, String(value));
    this.#append(literal(String(value)));
    this.#at += whole.length;
  }

  #variable(name: string, reference: string, length: number): void {
    this.variables.add(name);
    this.#append(reference);
    this.#at += length;
  }

  /** `~` is HOME; `~name` is the home of another user. */
  #home(): void {
    if (/^~(?:[/\s]|$)/.test(this.text.slice(this.#at, this.#at + 2))) this.#variable('HOME', '${HOME}', 1);
    else this.#take('~');
  }

  /** The unit decides where output goes; digits before the operator belong to it. */
  #redirection(): void {
    if (this.#word !== undefined && /^\d+$/.test(this.#word)) this.#word = undefined;
    this.#endWord(0);
    if (this.text.startsWith('<<', this.#at)) this.#refuseSyntax('<<');
    this.#skip(/[<>]+[&|]?[ \t]*[^\s;&|<>]*/y);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.text);
  }

  #length(pattern: RegExp): number {
    return this.#match(pattern)?.[0].length ?? 0;
  }

  #skip(pattern: RegExp): void {
    this.#at += this.#length(pattern);
  }

  #refuseSyntax(operator: string): never {
    throw new Unreadable(
      `\`${operator}\` is shell syntax that no docker command needs`,
      'Give the docker command alone, or quote it if it is part of a word',
    );
  }
}

function unclosedQuote(quote: string): Unreadable {
  return new Unreadable(`a ${quote} is opened and never closed`, 'Close it, and enter the line again');
}

function unknown(text: string): Unreadable {
  return new Unreadable(
    `the shell would put something in place of \`${text.split('\n')[0] ?? ''}\`, which is not known here`,
    'Write down what it gives, or run `dockunit import -- docker run …` in the shell itself',
  );
}
