/** `reload`: unit files are read anew. */
import type { Context, ExitCode, GlobalOptions } from './context.ts';
import { withHost } from './host-ports.ts';

/** Has the manager take in what changed on disk; what runs goes on as it was started. */
export function run(context: Context, options: GlobalOptions): Promise<ExitCode> {
  return withHost(context, options, async ({ manager }) => {
    await manager.reload();
    context.err.write('The unit files have been read anew.\n');
    return 0 as const;
  });
}
