/** What `apply` and `rollback` show: the plan before they execute it, and how that ended. */
import { type Failure, renderFailures } from '../jobs/explain-failure.ts';
import { commandHint } from '../run/command-hint.ts';
import type { Context, Output } from '../run/context.ts';
import type { Scope } from '../model/ports.ts';
import type { UnitChange } from './compare-units.ts';
import type { Drift } from './drift.ts';
import type { ApplyOutcome } from './execute-plan.ts';
import type { Plan } from './plan-apply.ts';
import type { PlannedChanges } from './plan.ts';
import { renderChanges, renderPlan } from './render-changes.ts';
import { type TrialOutcome, rolledBack, writeRollbackOutcome } from './trial.ts';

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

/** How the execution of a plan ended; `applied` is false after a rollback, too. */
export interface ApplyResult extends ApplyOutcome {
  /** Present after a rollback to the previous state: the units that do not run. */
  readonly lost?: readonly Failure[];
}

/** The result of a plan that was executed on trial. */
export function trialResult({ isKept, failures, lost, isInterrupted }: TrialOutcome): ApplyResult {
  return { applied: isKept, failures, isInterrupted, ...(!isKept && { lost }) };
}

/** The fields that the reports of apply and rollback share. */
export function applyReport(
  directory: string,
  { changes, drift, plan }: PlannedChanges,
  result: ApplyResult,
): ApplyReport {
  return {
    project: plan.project,
    directory,
    units: changes.filter(({ change }) => change !== 'same'),
    drift,
    plan,
    applied: result.applied,
    ok: isDone(result),
    failures: result.failures,
    lost: result.lost ?? [],
  };
}

/** Whether all that was to run runs. */
export function isDone({ failures, isInterrupted = false }: ApplyResult): boolean {
  return failures.length === 0 && !isInterrupted;
}

/** For people: on standard output the differences, then the steps of the plan. */
export function showPlan({ out }: Pick<Context, 'out'>, { changes, drift, plan }: PlannedChanges): void {
  for (const line of renderChanges(changes, drift, out.style)) out.write(`${line}\n`);
  const steps = renderPlan(plan, out.style).map((step) => `    ${step}\n`);
  out.write(`\n${steps.join('')}\n`);
}

/**
 * For people: what does not run, and what dockunit did about it.
 * @param success the line where all runs; none where there is nothing to say
 */
export function showResult(
  err: Output,
  { project, scope, success }: { readonly project: string; readonly scope: Scope; readonly success?: string },
  result: ApplyResult,
): void {
  const { failures, lost, isInterrupted = false } = result;
  for (const line of renderFailures([...failures, ...(lost ?? [])], err.style)) err.write(`${line}\n`);
  if (lost !== undefined) {
    writeRollbackOutcome(err, rolledBack(project), lost, isInterrupted);
  } else if (isInterrupted) {
    err.write(
      `Interrupted; the jobs continue in the background. Check them with: dockunit status${commandHint(scope)}\n`,
    );
  } else if (failures.length > 0) {
    err.write('The new units are installed; not all of their services run.\n');
  } else if (success !== undefined) {
    err.write(`${success}\n`);
  }
}
