/**
 * Schemas: take an `unknown`, return a value of the type, or throw a ValidationError with place and expectation. Pure.
 */

export type Schema<T> = (value: unknown, path: string) => T;

/** The type that a schema gives. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

/** The received value is not the expected one. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
  constructor(
    /** `units[3]`; '' for the whole value. */
    path: string,
    expectation: string,
  ) {
    super(`${path === '' ? 'it' : path} is not ${expectation}`);
  }
}

export const text: Schema<string> = (value, path) => {
  if (typeof value !== 'string') throw new ValidationError(path, 'a text');
  return value;
};

/** A number JSON can carry. */
export const number: Schema<number> = (value, path) => {
  if (typeof value !== 'number') throw new ValidationError(path, 'a number');
  return value;
};

export const nothing: Schema<null> = (value, path) => {
  if (value !== null) throw new ValidationError(path, 'null');
  return null;
};

/** A text that matches; `expectation` describes it in words. */
export function matching(pattern: RegExp, expectation: string): Schema<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new ValidationError(path, expectation);
    return value;
  };
}

export function oneOf<const T extends string | number | boolean>(values: readonly T[]): Schema<T> {
  return (value, path) => {
    const match = values.find((candidate) => candidate === value);
    if (match === undefined)
      throw new ValidationError(path, values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`);
    return match;
  };
}

/** @param most entries allowed, each of which costs its reader something */
export function list<T>(item: Schema<T>, most = Infinity): Schema<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ValidationError(path, 'a list');
    if (value.length > most) throw new ValidationError(path, `a list of ${String(most)} at most`);
    return value.map((entry: unknown, index) => item(entry, `${path}[${String(index)}]`));
  };
}

export function pair<A, B>(first: Schema<A>, second: Schema<B>): Schema<readonly [A, B]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw new ValidationError(path, 'a pair');
    return [first(value[0], `${path}[0]`), second(value[1], `${path}[1]`)];
  };
}

type ObjectOf<R, O> = { readonly [K in keyof R]: R[K] } & { readonly [K in keyof O]?: O[K] };

/** An object with these keys, and optionally the others; drops unknown keys. */
export function object<R extends object, O extends object = object>(
  required: { readonly [K in keyof R]: Schema<R[K]> },
  optional?: { readonly [K in keyof O]: Schema<O[K]> },
): Schema<ObjectOf<R, O>> {
  return (value, path) => {
    const fields = asObject(value, path);
    const read: [string, unknown][] = [];
    for (const [key, shape] of Object.entries<Schema<unknown>>(required)) {
      read.push([key, shape(ownValue(fields, key), join(path, key))]);
    }
    for (const [key, shape] of Object.entries<Schema<unknown>>(optional ?? {})) {
      const field = ownValue(fields, key);
      if (field !== undefined) read.push([key, shape(field, join(path, key))]);
    }
    return Object.fromEntries(read) as ObjectOf<R, O>;
  };
}

/** One of several objects, distinguished by a key. */
export function variants<T>(key: string, shapes: Readonly<Record<string, Schema<T>>>): Schema<T> {
  const kind = oneOf(Object.keys(shapes));
  return (value, path) => {
    const shape = shapes[kind(ownValue(asObject(value, path), key), join(path, key))];
    if (shape === undefined) throw new ValidationError(join(path, key), 'known');
    return shape(value, path);
  };
}

/** Any value, with the type its sender claims: for data that is only passed through. */
export function anyValue<T>(): Schema<T> {
  return (value) => value as T;
}

function asObject(value: unknown, path: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ValidationError(path, 'an object');
  return value;
}

/** Only own keys count: `constructor` is not one. */
function ownValue(fields: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(fields, key)?.value;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
