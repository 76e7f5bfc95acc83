/** Longer names are not compared: the work grows with the square of their length. */
const longestName = 60;
/** If there are more candidates, only the first are compared. */
const mostCandidates = 1000;

/**
 * The name that the user probably meant, for remedies: one that begins with the text, else the nearest by
 * edits (Damerau–Levenshtein), or undefined.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > longestName) return undefined;
  let count = 0;
  const lower = name.toLowerCase().replaceAll('-', '_');
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (++count > mostCandidates) break;
    if (lower.length > 2 && candidate.startsWith(lower)) return candidate;
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const distance = edits(lower, candidate.toLowerCase().replaceAll('-', '_'));
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one into the other. */
function edits(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? 0;
}
