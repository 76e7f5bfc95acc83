/** `apply`: applies the Compose file: installs, restarts and stops only what changed, and touches nothing else. */
import { hasErrors } from '../model/diagnostic.ts';
import { isUnstarted } from '../host/revisions/store.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { changeHost } from '../session/with-host-lock.ts';
import {
  type Compilation,
  compileOverInstalled,
  printDiagnostics,
  setOrPrint,
} from '../session/compile-project.ts';
import { isRefused } from '../session/container-conflicts.ts';
import { changeContext } from '../run/audit.ts';
import { type Context, type ExitCode, type GlobalOptions, scopeOf } from '../run/context.ts';
import { findObstacles } from '../session/conflicts.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import type { HostPorts } from '../session/session.ts';
import { findOrigin } from '../session/origin.ts';
import { type ApplyResult, applyReport, isDone, showPlan, showResult } from '../rollout/apply-report.ts';
import { executeApply } from '../rollout/execute-apply.ts';
import { type PlannedChanges, planChanges, startingBy } from '../rollout/plan.ts';
import { isEmptyPlan } from '../rollout/plan-apply.ts';
import { renderPins, reportedPins } from '../rollout/render-pins.ts';
import { renderRemarks } from '../rollout/render-changes.ts';
import { withDocker } from '../rollout/rollout-host.ts';
import { commandHint } from '../run/command-hint.ts';
import { writeRemark, writeReport } from '../run/report.ts';

export interface ApplyOptions extends GlobalOptions {
  /** Show the plan; change nothing. */
  readonly dryRun?: boolean;
  /** Remove units that the file no longer names. */
  readonly prune?: boolean;
}

/** 0 where all is up to date, or would be; 1 where a unit is in the way, or a service did not come up. */
export async function run(context: Context, options: ApplyOptions): Promise<ExitCode> {
  const compilation = await compileOverInstalled(context, options);
  const set = setOrPrint(context, compilation);
  if (set === undefined) return 2;
  return changeHost(context, options, (host) => applySet(context, options, compilation, set, host));
}

async function applySet(
  context: Context,
  options: ApplyOptions,
  compilation: Compilation,
  set: UnitSet,
  ports: HostPorts,
): Promise<ExitCode> {
  const { directory, scope } = compilation.target;
  refuseGenerated('change', set.project, scope, context);
  const obstacles = [
    ...findObstacles(set, directory, ports.directories.searchPath),
    ...findOrigin(compilation, set, ports.installedUnits, context, options),
  ];
  printDiagnostics(context, { source: compilation.source, diagnostics: obstacles });
  if (hasErrors(obstacles)) return 1;
  // The command that takes the project over does not remove units of another file.
  const other = obstacles.some(({ code }) => code === 'project-of-another-file')
    ? ports.installedUnits.find(({ kind, project }) => kind === 'target' && project === set.project)?.source
    : undefined;
  const host = await withDocker(ports);
  const changePlan = await planChanges(set, directory, host, {
    prune: options.prune === true && other === undefined,
    exact: options.unpin === true,
    isUnstarted: isUnstarted(host.directories.state, set.project),
  });
  if (await isRefused(startingBy(changePlan, host.installedUnits), host.manager, context)) return 1;
  announce(context, options, changePlan, other);
  const isIdle = options.dryRun === true || isEmptyPlan(changePlan.plan);
  const result: ApplyResult = isIdle
    ? { applied: false, failures: [] }
    : await executeApply(changePlan, host, changeContext(context));
  if (options.json === true) writeReport(context.out, applyReport(directory, changePlan, result));
  showResult(context.err, { project: set.project, scope, ...success(options, changePlan) }, result);
  return isDone(result) ? 0 : 1;
}

/** Shows the plan, and what it leaves unchanged. */
function announce(
  context: Context,
  options: ApplyOptions,
  changePlan: PlannedChanges,
  other: string | undefined,
): void {
  const { err } = context;
  const { plan, gaps } = changePlan;
  if (options.json !== true) {
    if (isEmptyPlan(plan)) err.write(`${plan.project} is up to date\n`);
    else showPlan(context, changePlan);
  }
  for (const line of gaps) writeRemark(err, 'note', line);
  for (const line of [
    ...renderRemarks(plan, commandHint(scopeOf(options)), other),
    ...renderPins(reportedPins(changePlan), 'apply'),
  ]) {
    err.write(`${line}\n`);
  }
}

function success({ dryRun }: ApplyOptions, { plan }: PlannedChanges): { readonly success?: string } {
  return dryRun === true && !isEmptyPlan(plan) ? { success: 'Nothing was changed (--dry-run)' } : {};
}
