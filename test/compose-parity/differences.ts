/** Facts of two sides → where they differ, down to the smallest part. */
import type { Facts, Json } from './facts.ts';

export interface Difference {
  /** `services.web#1`, `networks.corpus_default`, `volumes.corpus_data`. */
  readonly of: string;
  /** Within it: [`HostConfig`, `Memory`]. */
  readonly path: readonly string[];
  /** Undefined where there is none. */
  readonly compose: Json | undefined;
  readonly ours: Json | undefined;
  /** All that is known of the thing on both sides. */
  readonly facts: { readonly compose: Json | undefined; readonly ours: Json | undefined };
}

type Found = Omit<Difference, 'of' | 'facts'>;

export function findDifferences(compose: Facts, ours: Facts): Difference[] {
  const keys = [...new Set([...compose.keys(), ...ours.keys()])].sort();
  return keys.flatMap((of) => {
    const facts = { compose: compose.get(of), ours: ours.get(of) };
    return compare(facts.compose, facts.ours).map((found) => ({ of, facts, ...found }));
  });
}

function compare(compose: Json | undefined, ours: Json | undefined): Found[] {
  if (isMap(compose) && isMap(ours)) {
    const keys = [...new Set([...Object.keys(compose), ...Object.keys(ours)])].sort();
    return keys.flatMap((key) => below(key, compare(compose[key], ours[key])));
  }
  if (isList(compose) && isList(ours) && compose.length === ours.length) {
    return compose.flatMap((item, index) => below(String(index), compare(item, ours[index])));
  }
  return isSame(compose, ours) ? [] : [{ path: [], compose, ours }];
}

function below(key: string, differences: readonly Found[]): Found[] {
  return differences.map((difference) => ({ ...difference, path: [key, ...difference.path] }));
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export function isMap(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
