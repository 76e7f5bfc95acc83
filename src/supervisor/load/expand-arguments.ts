/** `$VARIABLE` and `${VARIABLE}` of a command, replaced just before it runs; systemd.service(5), COMMAND LINES. */
import { splitEnvironmentWords } from './environment.ts';
import type { ExecCommand } from '../engine/unit-config.ts';

export interface ExpandedCommand {
  /** The program: variables in it are not replaced. */
  readonly path: string;
  /** All arguments from argv[0] on. */
  readonly argv: readonly string[];
}

/**
 * The command with its variables replaced. `$NAME` as a separate argument becomes the words of its value, none where it
 * is unset; `${NAME}` becomes its value anywhere; `$$` is a `$`.
 */
export function expandArguments(
  command: ExecCommand,
  environment: ReadonlyMap<string, string>,
): ExpandedCommand {
  const [path = '', ...rest] = command.argv;
  const argv = [command.argv0 ?? path, ...rest];
  if (command.literalDollar) return { path, argv };
  return { path, argv: argv.flatMap((word) => expandWord(word, environment)) };
}

function expandWord(word: string, environment: ReadonlyMap<string, string>): readonly string[] {
  if (/^\$(?![{$])/.test(word)) return splitEnvironmentWords(environment.get(word.slice(1)) ?? '');
  return [
    // A name without an end, or with a shell default after it, is not a name.
    word.replace(
      /\$(?:\$|\{([^}:]*)([}:]|$))/g,
      (match, name: string | undefined, end: string | undefined) => {
        if (match === '$$') return '$';
        return end !== '}' ? match : (environment.get(name ?? '') ?? '');
      },
    ),
  ];
}
