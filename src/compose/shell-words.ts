/**
 * Splits a command written as one string into its arguments, without expanding anything. The rules are a shell's
 * (POSIX, Shell Command Language, 2.2 Quoting) where Compose follows them, and Compose's
 * (github.com/mattn/go-shellwords) where it does not: a backslash also escapes within double quotes, where `\n` and
 * `\t` are a newline and a tab; `$(…)` and backquotes stay unchanged; and an unquoted `;`, `&`, `|`, `<` or `>` ends
 * the command.
 */
export type ShellWords =
  | {
      readonly ok: true;
      readonly words: readonly string[];
      /** The text from the operator that ended the command. */
      readonly cut?: string;
    }
  | { readonly ok: false; readonly message: string };

type ShellQuote = "'" | '"' | '`' | '$(';

/** `sh -c 'echo "a b"'` gives `["sh", "-c", "echo \"a b\""]`; fails on an unclosed quote. */
export function splitShellWords(text: string): ShellWords {
  const words: string[] = [];
  /** In pieces: examining the end of a growing string would copy it each time. */
  let word: string[] | undefined;
  let quote: ShellQuote | undefined;
  const endWord = () => {
    if (word !== undefined) words.push(word.join(''));
    word = undefined;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\' && quote !== "'") {
      const next = text[++at];
      if (next === undefined) return { ok: false, message: 'the command ends in a backslash' };
      (word ??= []).push(unescape(next, quote));
    } else if (quote !== undefined) {
      if (character === (quote === '$(' ? ')' : quote)) {
        if (quote === '`' || quote === '$(') (word ??= []).push(character);
        quote = undefined;
      } else (word ??= []).push(character);
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= [];
    } else if (character === '`') {
      quote = character;
      (word ??= []).push(character);
    } else if (character === '(' || character === ')') {
      if (character === ')' || !word?.at(-1)?.endsWith('$'))
        return { ok: false, message: `an unquoted \`${character}\` is shell syntax` };
      quote = '$(';
      word.push(character);
    } else if (' \t\r\n'.includes(character)) {
      endWord();
    } else if (';&|<>'.includes(character)) {
      // `2>`: the digits belong to the operator.
      if (character === '>' && word !== undefined && /^\d+$/.test(word.join(''))) word = undefined;
      endWord();
      return { ok: true, words, cut: text.slice(at) };
    } else (word ??= []).push(character);
  }
  if (quote !== undefined) return { ok: false, message: `\`${quote}\` is never closed` };
  endWord();
  return { ok: true, words };
}

function unescape(character: string, quote: ShellQuote | undefined): string {
  if (quote === '`' || quote === '$(') return `\\${character}`;
  if (character === 'n') return '\n';
  return character === 't' ? '\t' : character;
}
