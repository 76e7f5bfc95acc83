/** All files that units were compiled from, in a form that a shell can compare with the host later. Pure. */
import { quoteWord } from '../text/shell-word.ts';

/** The inputs of the units, beside dockunit itself. */
export interface KeptInputs {
  /** The paths that each pattern of glob(7) matched, in the order a shell lists them. */
  readonly listings: readonly { readonly pattern: string; readonly paths: readonly string[] }[];
  /** Digests of the files that were read, by absolute path: BLAKE2b of 512 bits, as b2sum(1) prints them. */
  readonly digests: ReadonlyMap<string, string>;
  /** Paths that dockunit looked for, and that did not exist. */
  readonly missing: readonly string[];
  /** Units that were compiled, and unit files of those names in other directories. */
  readonly units: readonly string[];
  readonly directories: readonly string[];
  readonly others: readonly string[];
  /** Whether the inputs are complete: false where dockunit asked a program, or could not read a file. */
  readonly complete: boolean;
}

/**
 * A script to be sourced, which returns 1 if any name has changed. The shell gets the patterns unquoted,
 * and their matches are one string: no name holds the `/` that begins the next path.
 */
export function checkScript(inputs: KeptInputs): string {
  if (!inputs.complete) return 'return 1\n';
  const patterns = inputs.listings.map(({ pattern }) => barePattern(pattern)).join(' ');
  // A shell leaves a pattern without matches unchanged.
  const paths = inputs.listings.flatMap((one) => (one.paths.length === 0 ? [one.pattern] : one.paths));
  const others = inputs.others.map((path) => ` ${path}`).join('');
  const list = (words: readonly string[]): string => words.map(quoteWord).join(' ');
  return [
    `set -- ${patterns}`,
    `[ "$*" = ${quoteWord(paths.join(' '))} ] || return 1`,
    ...inputs.missing.map((path) => `[ ! -e ${quoteWord(path)} ] || return 1`),
    `found=`,
    ...(inputs.units.length === 0 ? [] : namesLoop(list(inputs.directories), list(inputs.units))),
    `[ "$found" = ${quoteWord(others)} ] || return 1`,
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

/** `'/etc/dockunit/'*.yaml`: all quoted, except the stars. */
function barePattern(pattern: string): string {
  return pattern
    .split('*')
    .map((part) => (part === '' ? '' : quoteWord(part)))
    .join('*');
}

/** Lines for `b2sum --check`. Undefined where they cannot hold a path unchanged. */
export function sumLines(digests: KeptInputs['digests']): string | undefined {
  const paths = [...digests.keys()];
  if (paths.some((path) => /[\\\n\r]/.test(path))) return undefined;
  return paths.map((path) => `${digests.get(path) ?? ''}  ${path}\n`).join('');
}
