/** `stop`: queues jobs that bring services down. */
import type { Context, ExitCode } from '../run/context.ts';
import { driveNamed } from '../jobs/run-jobs.ts';
import type { DriveOptions } from '../jobs/run-jobs.ts';

/** Stops the units and all that need them, in reverse order; without names, the default project. */
export function run(context: Context, options: DriveOptions, names: readonly string[]): Promise<ExitCode> {
  return driveNamed('stop', context, options, names);
}
