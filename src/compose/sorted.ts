/**
 * Maps in code-unit order of their keys, so that the file order of the keys never affects the result (and no locale
 * does either).
 */
export function sortedByKey<T>(entries: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
