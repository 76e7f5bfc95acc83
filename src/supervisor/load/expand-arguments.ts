/** `$VARIABLE` and `${VARIABLE}` of a command, as it is about to run; systemd.service(5), COMMAND LINES. */
import { splitEnvironmentWords } from './environment.ts';
import type { ExecCommand } from '../engine/unit-config.ts';

export interface ExpandedCommand {
  /** The program: variables do not count in it. */
  readonly path: string;
  /** All arguments from argv[0] on. */
  readonly argv: readonly string[];
}

/**
 * The command with its variables replaced. `$NAME` as an argument of its own becomes the words of its
 * value, none where it is unset; `${NAME}` stands for its value wherever it is; `$$` is a `$`.
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
    // A name that does not end, or holds what a shell would read a default after, is no name.
    word.replace(
      /\$(?:\$|\{([^}:]*)([}:]|$))/g,
      (match, name: string | undefined, end: string | undefined) => {
        if (match === '$$') return '$';
        return end !== '}' ? match : (environment.get(name ?? '') ?? '');
      },
    ),
  ];
}
