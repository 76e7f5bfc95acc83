/** Lengths of time for people: the two largest units and no more. */

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `3 d 4 h`, `2 min 5 s`, `12 s`; whole seconds, rounded down. Takes milliseconds; negative ones count as 0. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const largest = units.findIndex(([, length]) => seconds >= length);
  if (largest < 0) return '0 s';
  return units
    .slice(largest, largest + 2)
    .map(([unit, length], index) => {
      const rest = index === 0 ? seconds : seconds % (units[largest]?.[1] ?? 1);
      return { unit, count: Math.floor(rest / length) };
    })
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => `${String(count)} ${unit}`)
    .join(' ');
}

/** `1.2 s` below a minute, where tenths matter; `2 min 5 s` from there. Takes milliseconds. */
export function formatElapsed(milliseconds: number): string {
  const tenths = Math.max(0, Math.floor(milliseconds / 100));
  return tenths < 600 ? `${(tenths / 10).toFixed(1)} s` : formatDuration(milliseconds);
}
