/** `stop`: jobs that bring services down. */
import type { Context, ExitCode } from './context.ts';
import { driveNamed } from './drive-units.ts';
import type { DriveOptions } from './drive-units.ts';

/** Stops the units and all that need them, in reverse order; without names, the project at hand. */
export function run(context: Context, options: DriveOptions, names: readonly string[]): Promise<ExitCode> {
  return driveNamed('stop', context, options, names);
}
