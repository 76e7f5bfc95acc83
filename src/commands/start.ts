/** `start`: queues jobs that bring services up, and explains why a service does not come up. */
import type { Context, ExitCode } from '../run/context.ts';
import { driveNamed } from '../jobs/run-jobs.ts';
import type { DriveOptions } from '../jobs/run-jobs.ts';

/** Starts the units and all they need; without names, the default project. 1 where one of them failed. */
export function run(context: Context, options: DriveOptions, names: readonly string[]): Promise<ExitCode> {
  return driveNamed('start', context, options, names);
}
