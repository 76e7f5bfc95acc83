/**
 * Maps in code-unit order of their keys, so that the order in which keys are written never reaches
 * the result (and no locale does either).
 */
export function sortedByKey<T>(entries: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map([...entries].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)));
}
