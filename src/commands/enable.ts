/** `enable`: services start at boot. */
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { enableNamed } from '../jobs/enable-units.ts';

/** Enables the units, or the project's target; with `--now` starts them too. Shows the links made. */
export function run(
  context: Context,
  options: GlobalOptions & { readonly now?: boolean },
  names: readonly string[],
): Promise<ExitCode> {
  return enableNamed('enable', context, options, names);
}
