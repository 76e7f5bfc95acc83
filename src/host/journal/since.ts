/** Parses the times of systemd.time(7) for `logs --since` where no journalctl is available. Pure. */
import { HostError } from '../../model/ports.ts';
import { parseTimeSpan } from '../../text/time-span.ts';

/**
 * `1 hour ago`, `-2h 30min`, `now`, `today`, `yesterday`, `@1732092000`, `2026-01-31`, `2026-01-31 08:00[:30]`,
 * ISO 8601, `08:00`; local time where no zone is named.
 * @returns microseconds since the epoch; HostError for other words
 */
export function parseSince(text: string, now: Date): number {
  const words = text.trim();
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const day = { now, today: midnight, yesterday: new Date(midnight.getTime() - 86_400_000) }[words];
  if (day !== undefined) return day.getTime() * 1000;
  const epoch = /^@(\d+(?:\.\d+)?)$/.exec(words)?.[1];
  if (epoch !== undefined) return Number(epoch) * 1_000_000;
  const back = /^(?:-\s*(\S.*)|(.+)\sago)$/.exec(words);
  const span = parseTimeSpan(back?.[1] ?? back?.[2] ?? '');
  if (span !== undefined && span !== Infinity) return (now.getTime() - span) * 1000;
  const clock = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(words);
  if (clock !== null) {
    const [hours, minutes, seconds] = clock.slice(1).map((part) => Number(part ?? 0));
    return new Date(midnight).setHours(hours ?? 0, minutes ?? 0, seconds ?? 0) * 1000;
  }
  // A date alone is midnight in local time, and not in UTC as for Date.
  const time = Date.parse(
    /^\d{4}-\d\d-\d\d$/.test(words) ? `${words}T00:00` : words.replace(/^(\S+) /, '$1T'),
  );
  if (Number.isNaN(time)) {
    throw new HostError(
      `'${text}' is no time`,
      "Write it as '1 hour ago', yesterday, '2025-01-31 08:00' or 2025-01-31T08:00:00Z",
    );
  }
  return time * 1000;
}
