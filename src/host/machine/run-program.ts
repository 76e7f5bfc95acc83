/** Programs that run to their end on the target machine. */
import { machine } from './machine.ts';
import { connectionLost, noSuchProgram, sshFailed } from './connection-errors.ts';
import type { Environment } from '../../model/environment.ts';

export interface ProgramResult {
  readonly hasFailed: boolean;
  /** The code of the system error where the program could not run at all: `ENOENT`. */
  readonly code: string | undefined;
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** Both without their final newline. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the program; never through a shell of this machine.
 * @param input on its standard input
 * @param env variables besides those of the session; with `alone` it has no others
 * @param timeout milliseconds; without one it may take any time
 * @param signal ends it
 * @throws HostError where the machine is no longer reachable
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  {
    input,
    env = {},
    alone = false,
    timeout,
    signal,
  }: {
    readonly input?: string;
    readonly env?: Environment;
    readonly alone?: boolean;
    readonly timeout?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<ProgramResult> {
  const there = machine();
  const { name } = there;
  // Loading it takes longer than the rest of `start`, which often runs no program.
  const { execa } = await import('execa');
  const limits = {
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(timeout !== undefined && { timeout }),
    ...(signal !== undefined && { cancelSignal: signal }),
  } as const;
  if (name === undefined) {
    const { failed, code, exitCode, timedOut, stdout, stderr } = await there.inTurn(() =>
      execa(program, args, { ...limits, env, extendEnv: !alone }),
    );
    return { hasFailed: failed, code, exitCode, timedOut, stdout, stderr };
  }
  // ssh does not pass variables on.
  const variables = Object.entries(env).flatMap(([variable, value]) =>
    value === undefined ? [] : [`${variable}=${value}`],
  );
  const [ssh, words] =
    variables.length === 0 && !alone
      ? there.command(program, args)
      : there.command('env', [...(alone ? ['-i'] : []), ...variables, program, ...args]);
  // dockunit itself handles Ctrl-C.
  const result = await there.inTurn(() => execa(ssh, words, { ...limits, detached: true, cleanup: false }));
  const { failed, exitCode, timedOut, stdout, stderr } = result;
  if (exitCode === sshFailed) throw connectionLost(name, stderr);
  const code = exitCode === noSuchProgram ? 'ENOENT' : result.code;
  return { hasFailed: failed, code, exitCode, timedOut, stdout, stderr };
}
