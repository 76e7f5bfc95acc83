/** Replaces load-verb.ts in the program that has only `generate`; see scripts/build.mjs. */
import * as generate from '../commands/generate.ts';
import type { Verb } from '../run/verb.ts';

export const loadVerb: Readonly<Record<'generate', () => Promise<Verb>>> = {
  generate: () => Promise.resolve(generate),
};
