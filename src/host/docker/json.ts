/** Reads Docker's answers: JSON, without assumptions about it. Pure. */

/** The value under the key; undefined where the value is no object. */
export function part(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** The text; '' for anything else. */
export function word(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The keys and values of an object; none for anything else. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** A map of texts, such as labels and attributes. */
export function wordsOf(value: unknown): ReadonlyMap<string, string> {
  return new Map(entriesOf(value).map(([key, text]) => [key, word(text)]));
}
