/**
 * Removes from the end all characters that the class matches: `cutEnd('1.500', /0/)` is `1.5`. A
 * replacement of `/0+$/` looks at the rest of a run again from each of its characters.
 * @param one matches a character; it is neither global nor sticky
 */
export function cutEnd(text: string, one: RegExp): string {
  let end = text.length;
  while (end > 0 && one.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
