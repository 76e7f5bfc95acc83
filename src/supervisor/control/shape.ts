/** Shapes: `unknown` in, a value of the type out, or a Misfit that says where and what was wanted. Pure. */

export type Shape<T> = (value: unknown, path: string) => T;

/** The type a shape gives. */
export type Of<S> = S extends Shape<infer T> ? T : never;

/** What came is not what was wanted. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
  constructor(
    /** `units[3]`; '' for the whole. */
    path: string,
    wanted: string,
  ) {
    super(`${path === '' ? 'it' : path} is not ${wanted}`);
  }
}

export const text: Shape<string> = (value, path) => {
  if (typeof value !== 'string') throw new Misfit(path, 'a text');
  return value;
};

/** A number JSON can carry. */
export const number: Shape<number> = (value, path) => {
  if (typeof value !== 'number') throw new Misfit(path, 'a number');
  return value;
};

export const nothing: Shape<null> = (value, path) => {
  if (value !== null) throw new Misfit(path, 'null');
  return null;
};

/** A text that matches; `wanted` says so in words. */
export function matching(pattern: RegExp, wanted: string): Shape<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new Misfit(path, wanted);
    return value;
  };
}

export function oneOf<const T extends string | number | boolean>(values: readonly T[]): Shape<T> {
  return (value, path) => {
    const known = values.find((candidate) => candidate === value);
    if (known === undefined)
      throw new Misfit(path, values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`);
    return known;
  };
}

/** @param most entries, each of which costs its reader something */
export function list<T>(item: Shape<T>, most = Infinity): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Misfit(path, 'a list');
    if (value.length > most) throw new Misfit(path, `a list of ${String(most)} at most`);
    return value.map((entry: unknown, index) => item(entry, `${path}[${String(index)}]`));
  };
}

export function pair<A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw new Misfit(path, 'a pair');
    return [first(value[0], `${path}[0]`), second(value[1], `${path}[1]`)];
  };
}

type Fields<R, O> = { readonly [K in keyof R]: R[K] } & { readonly [K in keyof O]?: O[K] };

/** An object with these keys, and perhaps the optional ones; other keys are left out. */
export function object<R extends object, O extends object = object>(
  required: { readonly [K in keyof R]: Shape<R[K]> },
  optional?: { readonly [K in keyof O]: Shape<O[K]> },
): Shape<Fields<R, O>> {
  return (value, path) => {
    const fields = asObject(value, path);
    const read: [string, unknown][] = [];
    for (const [key, shape] of Object.entries<Shape<unknown>>(required)) {
      read.push([key, shape(ownValue(fields, key), join(path, key))]);
    }
    for (const [key, shape] of Object.entries<Shape<unknown>>(optional ?? {})) {
      const given = ownValue(fields, key);
      if (given !== undefined) read.push([key, shape(given, join(path, key))]);
    }
    return Object.fromEntries(read) as Fields<R, O>;
  };
}

/** One of several objects, told apart by a key. */
export function variants<T>(key: string, shapes: Readonly<Record<string, Shape<T>>>): Shape<T> {
  const kind = oneOf(Object.keys(shapes));
  return (value, path) => {
    const shape = shapes[kind(ownValue(asObject(value, path), key), join(path, key))];
    if (shape === undefined) throw new Misfit(join(path, key), 'known');
    return shape(value, path);
  };
}

/** Whatever it is, as what its sender says it is: for data that only passes through. */
export function passed<T>(): Shape<T> {
  return (value) => value as T;
}

function asObject(value: unknown, path: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Misfit(path, 'an object');
  return value;
}

/** Keys of a message are its own: `constructor` is none. */
function ownValue(fields: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(fields, key)?.value;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
