/**
 * The table of verbs in parts: the source of completions, the man page and their tests.
 */
import { type OptionSpec, type VerbName, type VerbSpec, verbs } from './verbs.ts';

export interface OptionReference {
  /** As the user types them: `-o`, `--output`. */
  readonly names: readonly string[];
  readonly what: string;
  /** Undefined for an option that takes none. */
  readonly value?: ValueReference;
  readonly repeatable: boolean;
}

export interface ValueReference {
  /** Its placeholder: `dir`. */
  readonly name: string;
  /** The kind of words that a shell offers for it. */
  readonly offer: 'directories' | 'files' | 'choices' | 'nothing';
  /** [] unless `offer` is `choices`. */
  readonly choices: readonly string[];
}

export interface VerbReference {
  readonly name: VerbName;
  readonly spec: VerbSpec;
  readonly options: readonly OptionReference[];
}

/** Every verb that people type, in the order of the help. */
export function listVerbs(): readonly VerbReference[] {
  return Object.entries<VerbSpec>(verbs)
    .filter(([, { internal }]) => internal !== true)
    .map(([name, spec]) => ({ name: name as VerbName, spec, options: spec.options.map(readOption) }));
}

/** `-o, --output <dir>` → its names and its value. */
function readOption({ flags, what, choices = [], parse }: OptionSpec): OptionReference {
  const names = flags.split(/,? /).filter((word) => word.startsWith('-'));
  const placeholder = /<([^<>]+)>/.exec(flags)?.[1];
  const offer =
    choices.length > 0
      ? 'choices'
      : placeholder === 'dir'
        ? 'directories'
        : placeholder === 'path'
          ? 'files'
          : 'nothing';
  return {
    names,
    what,
    repeatable: parse === 'list',
    ...(placeholder !== undefined && { value: { name: placeholder, offer, choices } }),
  };
}
