/** All that units were made of, as what a shell can hold against the host of a later day. Pure. */
import { quoteWord } from '../text/shell-word.ts';

/** What the units depend on, beside dockunit itself. */
export interface KeptInputs {
  /** What each pattern of glob(7) matched, in the order a shell lists it. */
  readonly listings: readonly { readonly pattern: string; readonly paths: readonly string[] }[];
  /** Digests of the files that were read, by absolute path: BLAKE2b of 512 bits, as b2sum(1) has them. */
  readonly digests: ReadonlyMap<string, string>;
  /** Paths that were looked for, where there was nothing. */
  readonly missing: readonly string[];
  /** Units that were made, and unit files of those names that lie elsewhere. */
  readonly units: readonly string[];
  readonly directories: readonly string[];
  readonly others: readonly string[];
  /** Whether that is all: not where a program was asked, or a file could not be read. */
  readonly complete: boolean;
}

/**
 * A script that is sourced, and returns 1 unless names are as they were. Patterns are given to the shell
 * bare, and what they match is one string: no name holds the `/` that begins the next path.
 */
export function checkScript(inputs: KeptInputs): string {
  if (!inputs.complete) return 'return 1\n';
  const patterns = inputs.listings.map(({ pattern }) => barePattern(pattern)).join(' ');
  // A shell leaves a pattern that matches nothing as it is.
  const paths = inputs.listings.flatMap((one) => (one.paths.length === 0 ? [one.pattern] : one.paths));
  const found = inputs.others.map((path) => ` ${path}`).join('');
  const list = (words: readonly string[]): string => words.map(quoteWord).join(' ');
  return [
    `set -- ${patterns}`,
    `[ "$*" = ${quoteWord(paths.join(' '))} ] || return 1`,
    ...inputs.missing.map((path) => `[ ! -e ${quoteWord(path)} ] || return 1`),
    `found=`,
    ...(inputs.units.length === 0 ? [] : namesLoop(list(inputs.directories), list(inputs.units))),
    `[ "$found" = ${quoteWord(found)} ] || return 1`,
    '',
  ].join('\n');
}

const namesLoop = (directories: string, units: string): readonly string[] => [
  `for directory in ${directories}; do`,
  `  for unit in ${units}; do`,
  '    [ ! -e "$directory/$unit" ] || found="$found $directory/$unit"',
  '  done',
  'done',
];

/** `'/etc/dockunit/'*.yaml`: quoted all but the stars. */
function barePattern(pattern: string): string {
  return pattern
    .split('*')
    .map((part) => (part === '' ? '' : quoteWord(part)))
    .join('*');
}

/** Lines for `b2sum --check`. Undefined where a path is one that they cannot carry as it is. */
export function sumLines(digests: KeptInputs['digests']): string | undefined {
  const paths = [...digests.keys()];
  if (paths.some((path) => /[\\\n\r]/.test(path))) return undefined;
  return paths.map((path) => `${digests.get(path) ?? ''}  ${path}\n`).join('');
}
