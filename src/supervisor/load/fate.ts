/** What becomes of a directive on the supervisor. */

/**
 * - `read`: it counts, as it does for systemd.
 * - `idle`: it says nothing about how the unit runs, or nothing without systemd; nothing is lost.
 * - `ignored`: what it asks for is not done; a warning says so.
 * - `refused`: without what it asks for the unit would run something else: it cannot be started.
 */
export type DirectiveFate =
  | { readonly fate: 'read' }
  | {
      readonly fate: 'idle' | 'ignored' | 'refused';
      readonly reason: string;
      readonly harmless: readonly string[];
    };

/** Values in `harmless` ask for what holds anyway: they are passed over in silence. */
export const idle = (reason: string): { fate: 'idle'; reason: string; harmless: string[] } => ({
  fate: 'idle',
  reason,
  harmless: [],
});
export const ignored = (
  reason: string,
  ...harmless: string[]
): { fate: 'ignored'; reason: string; harmless: string[] } => ({ fate: 'ignored', reason, harmless });
export const refused = (
  reason: string,
  ...harmless: string[]
): { fate: 'refused'; reason: string; harmless: string[] } => ({ fate: 'refused', reason, harmless });
export const read: { fate: 'read' } = { fate: 'read' };

/** One fate for several directives. */
export function each<const Key extends string, Fate extends DirectiveFate>(
  fate: Fate,
  keys: readonly Key[],
): Readonly<Record<Key, Fate>> {
  return Object.fromEntries(keys.map((key) => [key, fate])) as Record<Key, Fate>;
}
