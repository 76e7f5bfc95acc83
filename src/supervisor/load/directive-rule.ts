/** How the supervisor treats a directive. */

/**
 * - `read`: it has the same effect as in systemd.
 * - `idle`: it does not affect how the unit runs, or means nothing without systemd; nothing is lost.
 * - `ignored`: the supervisor does not do what it asks for; a warning says so.
 * - `refused`: without its effect the unit would run something else: the unit cannot be started.
 */
export type DirectiveRule =
  | { readonly kind: 'read' }
  | {
      readonly kind: 'idle' | 'ignored' | 'refused';
      readonly reason: string;
      readonly harmless: readonly string[];
    };

/** Values in `harmless` ask for what is true anyway: the supervisor ignores them without a warning. */
export const idle = (reason: string): { kind: 'idle'; reason: string; harmless: string[] } => ({
  kind: 'idle',
  reason,
  harmless: [],
});
export const ignore = (
  reason: string,
  ...harmless: string[]
): { kind: 'ignored'; reason: string; harmless: string[] } => ({ kind: 'ignored', reason, harmless });
export const refuse = (
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
