/**
 * Durations as each tool reads them, from integer microseconds.
 */

/** Go's time.ParseDuration, for docker's flags: `30s`, `1500000us`. */
export function goDuration(microseconds: number): string {
  return microseconds % 1_000_000 === 0 ? `${microseconds / 1_000_000}s` : `${microseconds}us`;
}

/** systemd.time(7), as a number of seconds rounded up. */
export function wholeSeconds(microseconds: number): number {
  return Math.ceil(microseconds / 1_000_000);
}
