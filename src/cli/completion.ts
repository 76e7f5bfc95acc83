/**
 * `completion`: a script for the shell, made from the table of verbs.
 */
import { bashCompletion, fishCompletion, zshCompletion } from './completion-scripts.ts';
import { type Context, type ExitCode, UsageError } from '../run/context.ts';
import { listVerbs } from './reference.ts';
import { type Shell, shells } from './verbs.ts';

export function run(context: Context, _options: object, names: readonly string[]): Promise<ExitCode> {
  const shell = shells.find((candidate) => candidate === names[0]);
  if (shell === undefined || names.length > 1)
    throw new UsageError(`no completions for ${names.join(' ')}`, `Name one of ${shells.join(', ')}`);
  context.out.write(`${scripts[shell](listVerbs()).join('\n')}\n`);
  return Promise.resolve(0);
}

const scripts = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} satisfies Record<Shell, typeof bashCompletion>;
