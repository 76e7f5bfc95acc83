/** Executes the plan of `rollback`, on trial. */
import { isId, pinsOf } from '../images/pin-images.ts';
import { HostError, type ImagePort } from '../model/ports.ts';
import type { ChangeContext } from '../run/context.ts';
import { pinRunningImages, writeLockOf } from './pin-running.ts';
import type { RollbackPlan } from './plan-rollback.ts';
import type { RolloutHost } from './rollout-host.ts';
import { keepLastStates, keepOnDisk } from './running-images.ts';
import { summarise } from './summarise-changes.ts';
import type { TrialOutcome } from './trial.ts';
import { runPlanTrial } from './trial-plan.ts';

/**
 * Puts the earlier state in force; restores the present one where that does not run.
 * HostError where an image cannot be fetched: then nothing has been changed.
 */
export async function executeRollback(
  plan: RollbackPlan,
  host: RolloutHost,
  change: ChangeContext,
): Promise<TrialOutcome> {
  const { project, directory, manifest, installation, now, after, changePlan } = plan;
  const { images } = host;
  await fetchMissing(plan, images, change);
  await pinRunningImages({ project, directory, installation }, now, host, change);
  const changes = [`state ${String(manifest.number)} again`, ...summarise(changePlan.changes)];
  const outcome = await runPlanTrial(
    { directory, verb: 'rollback', before: now.before, after, changes },
    changePlan,
    host,
    change,
  );
  await keepLastStates(project, host.directories.state, images, change);
  if (outcome.isKept) writeLockOf(project, after, host.manager.scope, change);
  return outcome;
}

/**
 * The images of that state that are no longer on the disk. HostError where one cannot be fetched: then
 * nothing has been changed.
 */
async function fetchMissing(
  { project, manifest, after }: RollbackPlan,
  images: ImagePort,
  change: ChangeContext,
): Promise<void> {
  const pins = pinsOf(after.units.map(({ unit }) => unit));
  const here = await images.inspect([...pins.values()]);
  for (const [service, pin] of pins) {
    if (here.has(pin)) continue;
    if (isId(pin)) {
      throw new HostError(
        `The image that ${service} ran in state ${String(manifest.number)} is not on this host any more, and came from no registry`,
        `Make it again, or choose a later state: dockunit history ${project}`,
      );
    }
    change.err.write(`Pulling ${pin}\n`);
    change.recordChange({ kind: 'pulled', image: pin });
    await images.pull(pin, [], change.signal);
  }
  const localImages = await images.inspect([...pins.values()]);
  await keepOnDisk(project, localImages.values(), images, change);
}
