/**
 * The output of `docker inspect`, whose fields vary with Docker's version: each is read by its path,
 * and a missing field or one of another kind counts as nothing.
 */

export type Inspected = Readonly<Record<string, unknown>>;

export function recordAt(value: unknown, ...path: readonly string[]): Inspected {
  const found = at(value, path);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Inspected) : {};
}

export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, path);
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : '';
}

export function numberAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, path);
  return typeof found === 'number' ? found : 0;
}

export function isOn(value: unknown, ...path: readonly string[]): boolean {
  return at(value, path) === true;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
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
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
    found = (found as Inspected)[key];
  }
  return found;
}
