/** Words for the shell of another machine: ssh(1) joins what it is given with spaces and hands it to the login shell there. */

/**
 * The words as text that a POSIX shell reads as exactly these words; POSIX.1-2017, Shell Command Language 2.2.2.
 * Without NUL, which no argument can hold.
 */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

function shellWord(word: string): string {
  // Nothing in these is special to any shell, and what is read in a log is plainer so.
  if (/^[\w@%+:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
