/** `restart`: stops services and starts them again. */
import type { Context, ExitCode } from '../run/context.ts';
import { driveNamed } from '../jobs/run-jobs.ts';
import type { DriveOptions } from '../jobs/run-jobs.ts';

/**
 * Restarts the units and those that require them; without names the default project, including its units
 * that were down.
 */
export function run(context: Context, options: DriveOptions, names: readonly string[]): Promise<ExitCode> {
  return driveNamed('restart', context, options, names);
}
