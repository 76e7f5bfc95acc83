/**
 * Executes a plan on trial: dockunit keeps the result if all units that it restarts and starts run, else
 * it undoes the plan.
 */
import { type Installation, setOf } from './compare-units.ts';
import type { Plan } from './plan-apply.ts';
import { writeFiles } from '../host/units/unit-files.ts';
import { executePlan } from './execute-plan.ts';
import type { ChangeContext } from '../run/context.ts';
import { reloadInstalled } from '../session/session.ts';
import { installedFiles } from './revisions.ts';
import { type PlannedChanges, planChanges } from './plan.ts';
import type { RolloutHost } from './rollout-host.ts';
import { type Trial, type TrialOutcome, runTrial } from './trial.ts';

export function runPlanTrial(
  trial: Omit<Trial, 'project' | 'disabledUnits'>,
  changePlan: PlannedChanges,
  host: RolloutHost,
  change: ChangeContext,
): Promise<TrialOutcome> {
  const { directory, before, after } = trial;
  const { plan } = changePlan;
  const { project, disable } = plan;
  const put = (installation: Installation, { write, remove }: PlannedChanges['plan']): void => {
    change.recordChange({ kind: 'files', directory, written: write, removed: remove });
    writeFiles(directory, installedFiles(installation), remove);
  };
  return runTrial({ ...trial, project, disabledUnits: disable }, host, change, {
    forward: () => executePlan(changePlan, host, change, () => put(after, plan)),
    back: async (now, calm) => {
      const again = await planChanges(setOf(project, before), directory, host, {
        prune: true,
        exact: true,
      });
      const outcome = await executePlan(leavingAlone(again, plan), reloadInstalled(now), calm, () =>
        put(before, again.plan),
      );
      if (disable.length > 0) await host.manager.enable(disable);
      return outcome.failures;
    },
  });
}

/**
 * A unit that the plan did not touch runs its old image, though it may now be pinned to it: it is not
 * restarted.
 */
function leavingAlone(again: PlannedChanges, { stop, restart, start }: Plan): PlannedChanges {
  const drivenUnits = new Set([
    ...stop,
    ...start,
    ...restart.flatMap(({ unit, follows }) => [unit, ...follows]),
  ]);
  return {
    ...again,
    plan: { ...again.plan, restart: again.plan.restart.filter(({ unit }) => drivenUnits.has(unit)) },
  };
}
