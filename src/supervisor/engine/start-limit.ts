/** Limits on how often something happens in a fixed window of time; systemd's ratelimit.c. */
import type { Window } from './state.ts';

/**
 * Counts one more. The window begins with its first event and does not slide: the first event after its end begins the
 * next window. Interval in ms; an interval or burst of 0 is no limit.
 */
export function withinLimit(
  window: Window,
  limit: { readonly interval: number; readonly burst: number },
  now: number,
): { readonly within: boolean; readonly window: Window } {
  if (limit.interval === 0 || limit.burst === 0) return { within: true, window };
  if (window.begin === undefined || window.begin + limit.interval < now) {
    return { within: true, window: { begin: now, count: 1 } };
  }
  return { within: window.count < limit.burst, window: { ...window, count: window.count + 1 } };
}

export const freshWindow: Window = { begin: undefined, count: 0 };
