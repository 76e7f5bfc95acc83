/** `restart`: down and up again. */
import type { Context, ExitCode } from '../run/context.ts';
import { driveNamed } from '../jobs/run-jobs.ts';
import type { DriveOptions } from '../jobs/run-jobs.ts';

/** Restarts the units and what requires them; without names, the project at hand, what was down included. */
export function run(context: Context, options: DriveOptions, names: readonly string[]): Promise<ExitCode> {
  return driveNamed('restart', context, options, names);
}
