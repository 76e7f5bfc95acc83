/**
 * Every verb in one table: the program, the help, the completions and the man page are made of it.
 */
import type { VerbSpec } from './verb-options.ts';
import { fileVerbs } from './verbs-of-files.ts';
import { hostVerbs } from './verbs-of-hosts.ts';

export type { OptionSpec, Verb, VerbSpec } from './verb-options.ts';

/** In the order of help. */
export const verbs = { ...fileVerbs, ...hostVerbs } satisfies Record<string, VerbSpec>;

export type VerbName = keyof typeof verbs;

/** Shells `completion` knows. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];
