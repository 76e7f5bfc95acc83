/**
 * Checks arguments of commands: the kernel, systemd and docker each refuse some.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Project } from '../compose/project.ts';
import { writtenPart } from './quoting.ts';
import type { Argument, Unit, VariableArgument } from './unit-set.ts';

/** MAX_ARG_STRLEN, execve(2): 32 pages, the terminating NUL included. */
const longestArgument = 131_071;
/** Printable ASCII of a length that is always accepted. */
const plain = /^[ -~]{0,1000}$/;
/** LONG_LINE_MAX of systemd, minus room for quoting: systemd refuses a line over 1 MiB. */
const longestLine = 900_000;

/** Arguments of a unit's commands that cannot be passed; reports all of them at `path`. */
export function checkArguments(project: Project, path: string, unit: Unit): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const report = (code: string, message: string, remedy: string): void => {
    const position = project.where(path);
    diagnostics.push({ severity: 'error', code, path, ...(position && { position }), message, remedy });
  };
  for (const argv of commandsOf(unit)) {
    const literals = argv.map(literalOf);
    for (const [index, argument] of literals.entries()) {
      // Nearly all arguments pass this test, so the rest is rarely needed.
      if (plain.test(argument)) continue;
      const label = shownAs(argv[index] ?? '');
      if (argument.includes('\0')) {
        report(
          'argument-nul',
          `${label} holds a NUL character, which no program can be given`,
          'Remove the NUL',
        );
      } else if (!argument.isWellFormed()) {
        report(
          'argument-not-unicode',
          `${label} holds a byte that does not belong to a character`,
          'Save the file that it comes from in UTF-8',
        );
      } else if (/\p{NChar}/u.test(argument)) {
        report(
          'argument-noncharacter',
          `${label} holds a Unicode noncharacter, over which systemctl show fails for the whole unit`,
          'Remove it',
        );
      } else if (Buffer.byteLength(argument) > longestArgument) {
        report(
          'argument-too-long',
          `${label} is longer than the 128 KiB the kernel passes to a program`,
          'Put it into a file and mount it',
        );
      }
    }
    const length = literals.reduce((sum, literal) => sum + Buffer.byteLength(literal) + 1, 0);
    if (length > longestLine) {
      report(
        'line-too-long',
        'the arguments of docker create make a line longer than systemd reads',
        'Shorten them',
      );
    }
  }
  return diagnostics;
}

function commandsOf(unit: Unit): (readonly Argument[])[] {
  return unit.sections
    .flatMap((section) => section.directives)
    .flatMap(({ value }) => (value.kind === 'exec' ? [value.command.argv] : []));
}

/** Including the values of variables: the same limits apply to them. */
function literalOf(argument: Argument): string {
  return partsOf(argument, ({ value = '' }) => value).join('');
}

/** The beginning of the argument; of a possible secret only what the unit shows. */
function shownAs(argument: Argument): string {
  const text = partsOf(argument, writtenPart).join('');
  return `${JSON.stringify(text.slice(0, 40))}${text.length > 40 ? '…' : ''}`;
}

function partsOf(argument: Argument, textOf: (variable: VariableArgument) => string): readonly string[] {
  if (typeof argument === 'string') return [argument];
  return argument.map((part) => (typeof part === 'string' ? part : 'variable' in part ? textOf(part) : ''));
}
