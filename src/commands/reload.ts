/** `reload`: has the manager read unit files again. */
import { isOurFront } from '../generator/front.ts';
import { generatorPaths } from '../generator/paths.ts';
import { readReport } from '../host/units/kept-units.ts';
import { readUnitFile } from '../host/units/unit-directories.ts';
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { withHost } from '../session/session.ts';

/**
 * Has the manager read the changes on disk; running units keep the settings they started with. 1 where a file in
 * /etc/dockunit has errors.
 */
export function run(context: Context, options: GlobalOptions): Promise<ExitCode> {
  return withHost(context, options, async ({ manager }) => {
    await manager.reload();
    context.err.write('The manager has read the unit files again.\n');
    if (manager.kind !== 'systemd' || manager.scope === 'user') return 0;
    return tellReport(context);
  });
}

/** The report of the generator, which the reload ran: the kernel log has it too, but few users look there. */
function tellReport({ err }: Context): ExitCode {
  const paths = generatorPaths('', []);
  if (!isOurFront(readUnitFile(paths.front) ?? '')) return 0;
  const report = readReport(paths);
  for (const line of report) err.write(`${line.replace(/^<\d>/, '')}\n`);
  return report.some((line) => line.startsWith('<3>')) ? 1 : 0;
}
