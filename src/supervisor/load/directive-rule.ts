/** What becomes of a directive on the supervisor. */

/**
 * - `read`: it counts, as it does for systemd.
 * - `idle`: it says nothing about how the unit runs, or nothing without systemd; nothing is lost.
 * - `ignored`: what it asks for is not done; a warning says so.
 * - `refused`: without what it asks for the unit would run something else: it cannot be started.
 */
export type DirectiveRule =
  | { readonly kind: 'read' }
  | {
      readonly kind: 'idle' | 'ignored' | 'refused';
      readonly reason: string;
      readonly harmless: readonly string[];
    };

/** Values in `harmless` ask for what holds anyway: they are passed over in silence. */
export const idle = (reason: string): { kind: 'idle'; reason: string; harmless: string[] } => ({
  kind: 'idle',
  reason,
  harmless: [],
});
export const ignored = (
  reason: string,
  ...harmless: string[]
): { kind: 'ignored'; reason: string; harmless: string[] } => ({ kind: 'ignored', reason, harmless });
export const refused = (
  reason: string,
  ...harmless: string[]
): { kind: 'refused'; reason: string; harmless: string[] } => ({ kind: 'refused', reason, harmless });
export const read: { kind: 'read' } = { kind: 'read' };

/** One rule for several directives. */
export function each<const Key extends string, Rule extends DirectiveRule>(
  rule: Rule,
  keys: readonly Key[],
): Readonly<Record<Key, Rule>> {
  return Object.fromEntries(keys.map((key) => [key, rule])) as Record<Key, Rule>;
}
