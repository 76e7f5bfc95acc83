/** `rollback`: restores an earlier state, units and images; like a new one, it stays only if all of it runs. */
import { hasErrors } from '../model/diagnostic.ts';
import { changeContext } from '../run/audit.ts';
import { commandHint } from '../run/command-hint.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError, scopeOf } from '../run/context.ts';
import { writeReport } from '../run/report.ts';
import {
  type ApplyReport,
  type ApplyResult,
  applyReport,
  isDone,
  showPlan,
  showResult,
  trialResult,
} from '../rollout/apply-report.ts';
import { setOf } from '../rollout/compare-units.ts';
import { executeRollback } from '../rollout/execute-rollback.ts';
import { startingBy } from '../rollout/plan.ts';
import { isEmptyPlan } from '../rollout/plan-apply.ts';
import { type RollbackPlan, planRollback } from '../rollout/plan-rollback.ts';
import { renderRemarks } from '../rollout/render-changes.ts';
import { withDocker } from '../rollout/rollout-host.ts';
import { printDiagnostics } from '../session/compile-project.ts';
import { findObstacles } from '../session/conflicts.ts';
import { isRefused } from '../session/container-conflicts.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { type HostPorts, chooseOnHost } from '../session/session.ts';
import { changeHost } from '../session/with-host-lock.ts';

export interface RollbackOptions extends GlobalOptions {
  /** Show the plan; change nothing. */
  readonly dryRun?: boolean;
}

/** `--json` of rollback: that of apply, and the state it restores. */
export interface RollbackReport extends ApplyReport {
  /** The number of the restored state, or of the one that would be restored. */
  readonly state: number;
}

/** 0 where the restored state runs; 1 where it does not, and dockunit has restored the present one. */
export async function run(
  context: Context,
  options: RollbackOptions,
  names: readonly string[],
): Promise<ExitCode> {
  return changeHost(context, options, (host) => rollBack(context, options, names[0], host));
}

async function rollBack(
  context: Context,
  options: RollbackOptions,
  number: string | undefined,
  ports: HostPorts,
): Promise<ExitCode> {
  const [target] = await chooseOnHost(ports, context, options, []);
  if (target === undefined) throw new UsageError('There is no project', 'Name one: -p NAME');
  refuseGenerated('change', target.project, ports.manager.scope, context);
  const host = await withDocker(ports);
  const plan = await planRollback(target.project, number, host);
  const { directory, after, changePlan } = plan;
  const obstacles = findObstacles(setOf(plan.project, after), directory, host.directories.searchPath);
  if (hasErrors(obstacles)) {
    printDiagnostics(context, { source: { files: [], directory, dotenv: [] }, diagnostics: obstacles });
    return 1;
  }
  if (await isRefused(startingBy(changePlan, host.installedUnits), host.manager, context)) return 1;
  announce(context, options, plan);
  let result: ApplyResult = { applied: false, failures: [] };
  if (options.dryRun !== true && !isEmptyPlan(changePlan.plan)) {
    result = trialResult(await executeRollback(plan, host, changeContext(context)));
  }
  return report(context, options, plan, result);
}

function announce(context: Context, options: RollbackOptions, { changePlan, manifest }: RollbackPlan): void {
  const { err } = context;
  if (isEmptyPlan(changePlan.plan))
    err.write(`${changePlan.plan.project} is as in state ${String(manifest.number)}\n`);
  else if (options.json !== true) showPlan(context, changePlan);
  const remarks = renderRemarks(changePlan.plan, commandHint(scopeOf(options)));
  for (const line of remarks) err.write(`${line}\n`);
}

function report(
  { out, err }: Context,
  options: RollbackOptions,
  { project, directory, manifest, changePlan }: RollbackPlan,
  result: ApplyResult,
): ExitCode {
  if (options.json === true) {
    const value: RollbackReport = { ...applyReport(directory, changePlan, result), state: manifest.number };
    writeReport(out, value);
  }
  const success = result.applied
    ? `${project} runs as in state ${String(manifest.number)}`
    : options.dryRun === true && !isEmptyPlan(changePlan.plan)
      ? 'Nothing was changed (--dry-run)'
      : undefined;
  showResult(err, { project, scope: scopeOf(options), ...(success !== undefined && { success }) }, result);
  return isDone(result) ? 0 : 1;
}
