/** Items by a word of each, in the order of the list; as Map.groupBy, which Node has from 21 on. */
export function groupBy<T>(
  items: Iterable<T>,
  wordOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const word = wordOf(item);
    const group = groups.get(word);
    if (group === undefined) groups.set(word, [item]);
    else group.push(item);
  }
  return groups;
}
