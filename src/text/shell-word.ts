/** Words for a POSIX shell; POSIX.1-2017, Shell Command Language, 2.2.2. No word can hold NUL. */

/** The words as text that a shell reads as exactly these words. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** A word as a shell reads it back. */
function shellWord(word: string): string {
  // None of these is special to any shell, and without quotes they are easier to read in a log; `=ls` is a path to zsh.
  if (/^[\w@%+:,./-][\w@%+:,./=-]*$/.test(word)) return word;
  return quoteWord(word);
}

/** The same, but always in quotes, for text that is read back. */
export function quoteWord(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
