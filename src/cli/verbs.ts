/**
 * Every verb in one table: the source of the program, the help, the completions and the man page.
 */
import { host } from '../run/verb.ts';
import type { VerbSpec } from '../run/verb.ts';
import { fileVerbs } from './compose-verbs.ts';
import { hostVerbs } from './host-verbs.ts';

export type { OptionSpec, VerbSpec } from '../run/verb.ts';

/** In the order of help. */
export const verbs = withHostOption({ ...fileVerbs, ...hostVerbs });

export type VerbName = keyof typeof verbs;

export const verbNames = Object.keys(verbs) as readonly VerbName[];

/** --host with every verb that can work elsewhere. */
function withHostOption<Name extends string>(
  table: Readonly<Record<Name, VerbSpec>>,
): Readonly<Record<Name, VerbSpec>> {
  return Object.fromEntries(
    Object.entries<VerbSpec>(table).map(([name, spec]) => [
      name,
      spec.remote === 'there' ? { ...spec, options: [...spec.options, host] } : spec,
    ]),
  ) as Record<Name, VerbSpec>;
}

/** Shells `completion` knows. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];
