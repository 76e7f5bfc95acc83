/**
 * A reader of simple commands of the POSIX shell (Shell Command Language, 2.2 Quoting): plain words,
 * single quotes and backslashes. Whatever a shell would expand or obey throws.
 */
export function readShellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, quoted, escaped, plain, space] of line.matchAll(
    /'([^']*)'|\\([^\n])|([A-Za-z0-9_./:=@%+,-]+)|( +)|[^]/gu,
  )) {
    const piece = quoted ?? escaped ?? plain;
    if (piece !== undefined) word = (word ?? '') + piece;
    else if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else throw new SyntaxError(`the shell would interpret: ${line}`);
  }
  return word === undefined ? words : [...words, word];
}

/**
 * The command that the script of a project runs for a unit: the words after `create`, and those after the slice and its
 * path. Any other command is itself.
 */
export function executedWords(argv: readonly string[]): readonly string[] {
  const [shell, script, verb, ...words] = argv;
  if (shell !== '/bin/sh' || script?.endsWith('-run.sh') !== true) return argv;
  if (verb === 'create') return words;
  return verb === 'create-in-slice' ? words.slice(2) : argv;
}
