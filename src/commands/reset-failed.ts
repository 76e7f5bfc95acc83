/** `reset-failed`: clears the failed state of services. */
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { withMembers } from '../jobs/job-scope.ts';
import { chooseOnHost, withHost } from '../session/session.ts';
import { withDependencies } from '../session/installed-units.ts';
import { writeReport } from '../run/report.ts';

/** The output of `reset-failed --json`. */
export interface ResetReport {
  /** The units that had failed, sorted. */
  readonly units: readonly string[];
}

/**
 * Clears the failed state of the services named and of all units they depend on, and the counts for their
 * start limits, so that the next start counts as the first.
 */
export function run(context: Context, options: GlobalOptions, names: readonly string[]): Promise<ExitCode> {
  return withHost(context, options, async (host) => {
    const { manager, installedUnits } = host;
    const chosenUnits = await chooseOnHost(host, context, options, names);
    const units = withDependencies(withMembers(chosenUnits, installedUnits), installedUnits).map(
      ({ name }) => name,
    );
    const failures = (await manager.states(units))
      .filter(({ activeState }) => activeState === 'failed')
      .map(({ name }) => name)
      .sort();
    await manager.resetFailed(units);
    if (options.json === true) {
      const report: ResetReport = { units: failures };
      writeReport(context.out, report);
    }
    const { write, style } = context.err;
    for (const unit of failures) write(`${style.unit(unit)}: had failed, and is inactive now\n`);
    if (failures.length === 0) write('Nothing had failed.\n');
    return 0 as const;
  });
}
