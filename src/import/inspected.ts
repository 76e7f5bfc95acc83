/**
 * The output of `docker inspect`, whose fields vary with Docker's version: each is read by its path,
 * and a missing field or one of another kind counts as nothing.
 */

export type InspectRecord = Readonly<Record<string, unknown>>;

export function recordAt(value: unknown, ...path: readonly string[]): InspectRecord {
  const result = at(value, path);
  return typeof result === 'object' && result !== null && !Array.isArray(result)
    ? (result as InspectRecord)
    : {};
}

export function textAt(value: unknown, ...path: readonly string[]): string {
  const result = at(value, path);
  return typeof result === 'string' ? result : typeof result === 'number' ? String(result) : '';
}

export function numberAt(value: unknown, ...path: readonly string[]): number {
  const result = at(value, path);
  return typeof result === 'number' ? result : 0;
}

export function isOn(value: unknown, ...path: readonly string[]): boolean {
  return at(value, path) === true;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const result = at(value, path);
  return Array.isArray(result) ? result : [];
}

export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((item) => typeof item === 'string');
}

/** The entries of a map whose values are texts. */
export function textMapAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const entries = Object.entries(recordAt(value, ...path));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Nothing, an empty list or map, 0, -1 and false: Docker's values for options that were not set. */
export function saysNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(saysNothing);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return (
    value === undefined || value === null || value === '' || value === 0 || value === -1 || value === false
  );
}

function at(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return undefined;
    current = (current as InspectRecord)[key];
  }
  return current;
}
