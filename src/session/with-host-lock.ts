/** Runs the work of a verb that changes a host: with the lock, and with its ports. */
import { type Context, type ExitCode, type GlobalOptions, scopeOf } from '../run/context.ts';
import { type HostPorts, withHost } from './session.ts';
import { withHostLock } from './host-lock.ts';

/** Does the work when no other dockunit changes the host; 1 where Ctrl-C ended the waiting for that. */
export async function changeHost(
  context: Context,
  options: GlobalOptions & { readonly dryRun?: boolean },
  work: (host: HostPorts) => Promise<ExitCode>,
): Promise<ExitCode> {
  const withPorts = (): Promise<ExitCode> => withHost(context, options, work);
  // A verb that only reads needs no lock.
  if (options.dryRun === true) return withPorts();
  return (await withHostLock(context, scopeOf(options), withPorts)) ?? 1;
}
