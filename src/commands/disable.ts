/** `disable`: services do not start at boot. */
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { enableNamed } from '../jobs/enable-units.ts';

/** Disables the units, for a project its target and all its services; with `--now` stops them too. Shows the links removed. */
export function run(
  context: Context,
  options: GlobalOptions & { readonly now?: boolean },
  names: readonly string[],
): Promise<ExitCode> {
  return enableNamed('disable', context, options, names);
}
