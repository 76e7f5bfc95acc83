/** `apply`: applies the Compose file: installs, restarts and stops only what changed, and touches nothing else. */
import type { UnitChange } from '../rollout/compare-units.ts';
import type { Drift } from '../rollout/drift.ts';
import { type Plan, isEmptyPlan } from '../rollout/plan-apply.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { isUnstarted, recordStart } from '../host/revisions/store.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { unitSearchPath } from '../host/units/unit-directories.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { changeHost } from '../session/with-host-lock.ts';
import { type ApplyOutcome, executePlan, writeState } from '../rollout/execute-plan.ts';
import {
  type Compiled,
  compileOverInstalled,
  printDiagnostics,
  setOrPrint,
} from '../session/compile-project.ts';
import { isRefused } from '../session/container-conflicts.ts';
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { type Failure, renderFailures } from '../jobs/explain-failure.ts';
import { findObstacles } from '../session/conflicts.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import type { HostPorts } from '../session/session.ts';
import { findOrigin } from '../session/origin.ts';
import { type PlannedChanges, planChanges, startingBy } from '../rollout/plan.ts';
import { renderPins, toldPins } from '../rollout/render-pins.ts';
import { renderChanges, renderPlan, renderRemarks } from '../rollout/render-changes.ts';
import { ensureStateDirectories } from '../rollout/revisions.ts';
import { rolledBack, writeRollbackOutcome } from '../rollout/trial.ts';
import { commandHint } from '../run/command-hint.ts';
import { writeReport } from '../run/report.ts';

export interface ApplyOptions extends GlobalOptions {
  /** Show the plan; change nothing. */
  readonly dryRun?: boolean;
  /** Remove units that the file no longer names. */
  readonly prune?: boolean;
}

/** `--json` of apply: one object, at the end. */
export interface ApplyReport {
  readonly project: string;
  readonly directory: string;
  /** Units that are the same are left out. */
  readonly units: readonly UnitChange[];
  readonly drift: readonly Drift[];
  readonly plan: Plan;
  /** False with `--dry-run`, where there was nothing to do, and after a rollback. */
  readonly applied: boolean;
  /** Whether all units that it restarted and started run, and are healthy where they have a health check. */
  readonly ok: boolean;
  readonly failures: readonly Failure[];
  /** The units that do not run although apply was rolled back. */
  readonly lost: readonly Failure[];
}

/** 0 where all is up to date, or would be; 1 where a unit is in the way, or a service did not come up. */
export async function run(context: Context, options: ApplyOptions): Promise<ExitCode> {
  const compiled = await compileOverInstalled(context, options);
  const set = setOrPrint(context, compiled);
  if (set === undefined) return 2;
  return changeHost(context, options, (host) => applySet(context, options, compiled, set, host));
}

async function applySet(
  context: Context,
  options: ApplyOptions,
  compiled: Compiled,
  set: UnitSet,
  host: HostPorts,
): Promise<ExitCode> {
  const { directory, scope } = compiled.target;
  refuseGenerated('change', set.project, scope, context);
  const obstacles = [
    ...findObstacles(set, directory, unitSearchPath(scope, context.environment)),
    ...findOrigin(compiled, set, host.installed, context, options),
  ];
  printDiagnostics(context, { source: compiled.source, diagnostics: obstacles });
  if (hasErrors(obstacles)) return 1;
  // The command that takes the project over does not remove units of another file.
  const other = obstacles.some(({ code }) => code === 'project-of-another-file')
    ? host.installed.find(({ kind, project }) => kind === 'target' && project === set.project)?.source
    : undefined;
  const planned = await planChanges(set, directory, host.manager, {
    prune: options.prune === true && other === undefined,
    exact: options.unpin === true,
    unstarted: isUnstarted(stateDirectories(scope, context.environment, context.uid).state, set.project),
  });
  if (await isRefused(startingBy(planned, host.installed), host.manager, context)) return 1;
  if (options.json !== true) showPlan(context, planned);
  for (const line of [
    ...planned.unseen.map((text) => `note: ${text}`),
    ...renderRemarks(planned.plan, commandHint(scope), other),
    ...renderPins(toldPins(planned), 'apply'),
  ]) {
    context.err.write(`${line}\n`);
  }
  const outcome =
    options.dryRun === true || isEmptyPlan(planned.plan)
      ? { applied: false, failures: [] }
      : await carryOutSafely(planned, directory, host, context);
  report(context, options, compiled, planned, outcome);
  return outcome.failures.length > 0 || outcome.interrupted === true ? 1 : 0;
}

interface ReportedOutcome extends ApplyOutcome {
  /** Present after a rollback: the units that do not run. */
  readonly lost?: readonly Failure[];
}

/** Rolls back to the previous state where the new one does not run; a new project has no previous state. */
async function carryOutSafely(
  planned: PlannedChanges,
  directory: string,
  host: HostPorts,
  context: Context,
): Promise<ReportedOutcome> {
  const { installationAfter, runApplyTrial } = await import('../rollout/trial-apply.ts');
  if (planned.plan.first) {
    const outcome = await executePlan(planned, host, context, () =>
      writeState(planned, directory, host, context),
    );
    const { project } = planned.plan;
    const { state } = ensureStateDirectories(host.manager.scope, context);
    if (outcome.failures.length === 0 && outcome.interrupted !== true) recordStart(state, project);
    const { images } = await import('../host/docker/images.ts');
    const { recordRunningImages } = await import('../rollout/pin-running.ts');
    await recordRunningImages(project, installationAfter(planned), images, host.manager.scope, context);
    return outcome;
  }
  const { kept, failures, lost, interrupted } = await runApplyTrial(planned, directory, host, context);
  return { applied: kept, failures, interrupted, ...(!kept && { lost }) };
}

/** On standard output the differences, then the steps of the plan. */
export function showPlan({ out, err }: Context, { changes, drift, plan }: PlannedChanges): void {
  if (isEmptyPlan(plan)) {
    err.write(`${plan.project} is up to date\n`);
    return;
  }
  for (const line of renderChanges(changes, drift, out.style)) out.write(`${line}\n`);
  out.write(
    `\n${renderPlan(plan, out.style)
      .map((step) => `    ${step}\n`)
      .join('')}\n`,
  );
}

function report(
  { out, err }: Context,
  options: ApplyOptions,
  { target: { directory, scope } }: Compiled,
  { changes, drift, plan }: PlannedChanges,
  { applied, failures, lost, interrupted = false }: ReportedOutcome,
): void {
  if (options.json === true) {
    const value: ApplyReport = {
      project: plan.project,
      directory,
      units: changes.filter(({ change }) => change !== 'same'),
      drift,
      plan,
      applied,
      ok: failures.length === 0 && !interrupted,
      failures,
      lost: lost ?? [],
    };
    writeReport(out, value);
  }
  for (const line of renderFailures([...failures, ...(lost ?? [])], err.style)) err.write(`${line}\n`);
  if (lost !== undefined) {
    writeRollbackOutcome(err, rolledBack(plan.project), lost, interrupted);
  } else if (interrupted) {
    err.write(
      `Interrupted; the jobs continue in the background. Check them with: dockunit status${commandHint(scope)}\n`,
    );
  } else if (failures.length > 0) {
    err.write(`The new units are installed; not all of their services run.\n`);
  } else if (options.dryRun === true && !isEmptyPlan(plan)) {
    err.write('Nothing was changed (--dry-run)\n');
  }
}
