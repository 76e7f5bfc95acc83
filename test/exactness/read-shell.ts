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
 * What `/bin/sh -c 'exec "$0" "$@" >/dev/null'` becomes: the words given to it; of the script that decides
 * on the slice as it runs, what follows the slice and its path. Any other command is itself.
 */
export function executedWords(argv: readonly string[]): readonly string[] {
  const [shell, flag, script, ...words] = argv;
  if (shell !== '/bin/sh' || flag !== '-c') return argv;
  if (script === 'exec "$0" "$@" >/dev/null') return words;
  return script?.endsWith('exec docker create "$@" >/dev/null') === true ? words.slice(2) : argv;
}
