/** Executes the plan of `apply`: at once where the project is new, else on trial. */
import type { Installation } from './compare-units.ts';
import { looksForNewer } from '../images/pin-images.ts';
import { type ApplyResult, trialResult } from './apply-report.ts';
import { type UpdatableService, pinInstallation, updatableServices } from './plan-update.ts';
import { summarise } from './summarise-changes.ts';
import type { ImagePort } from '../model/ports.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import { type Unit, dockunitField } from '../units/unit-set.ts';
import { recordStart } from '../host/revisions/store.ts';
import type { ChangeContext } from '../run/context.ts';
import { type ApplyOutcome, executePlan, remainingOrphans, writeFirstState } from './execute-plan.ts';
import { ensureStateDirectory } from './revisions.ts';
import type { RolloutHost } from './rollout-host.ts';
import { retainRunningImages, pinsAmong, readRunningState, recordRunningImages } from './pin-running.ts';
import type { PlannedChanges } from './plan.ts';
import { type RunningImage, keepLastStates } from './running-images.ts';
import type { TrialOutcome } from './trial.ts';
import { runPlanTrial } from './trial-plan.ts';

/**
 * Puts the planned units in force. Restores the previous state where the new one does not run; a new project
 * has no previous state.
 * HostError where Docker does not say what runs, or files cannot be written: then nothing has been changed.
 */
export async function executeApply(
  changePlan: PlannedChanges,
  host: RolloutHost,
  change: ChangeContext,
): Promise<ApplyResult> {
  if (changePlan.plan.first) return executeFirst(changePlan, host, change);
  return trialResult(await runApplyTrial(changePlan, host, change));
}

async function executeFirst(
  changePlan: PlannedChanges,
  host: RolloutHost,
  change: ChangeContext,
): Promise<ApplyOutcome> {
  const { project } = changePlan.plan;
  const outcome = await executePlan(changePlan, host, change, () =>
    writeFirstState(changePlan, host, change),
  );
  if (outcome.failures.length === 0 && outcome.isInterrupted !== true) {
    recordStart(ensureStateDirectory(host), project);
  }
  await recordRunningImages(project, installationAfter(changePlan), host);
  return outcome;
}

async function runApplyTrial(
  changePlan: PlannedChanges,
  host: RolloutHost,
  change: ChangeContext,
): Promise<TrialOutcome> {
  const { plan, installation, changes } = changePlan;
  const { project } = plan;
  const { images } = host;
  const directory = host.directories.units;
  const { running } = await readRunningState({ project, installation }, host);
  const moving = await servicesWithMovedTag(changePlan, running, images);
  const before = pinInstallation(project, installation, pinsAmong(moving, running));
  const after = installationAfter(changePlan);
  await retainRunningImages({ project, directory, installation }, running, host, change);
  const outcome = await runPlanTrial(
    {
      directory,
      verb: 'apply',
      before,
      after,
      changes: summarise(changes.filter(({ unit }) => !plan.orphans.includes(unit))),
    },
    changePlan,
    host,
    change,
  );
  if (outcome.isKept) await recordRunningImages(project, after, host);
  await keepLastStates(project, host.directories.state, images, change);
  return outcome;
}

/**
 * Services whose image name stands for another image than they run, or may stand for one by the time of a
 * rollback: their units have to name the image by its digest. Of the services that stop, those where this
 * is so already; of all services, running or not, those where a service that starts pulls the same name. A
 * rollback restores the others unchanged.
 */
async function servicesWithMovedTag(
  { plan, installation, set }: PlannedChanges,
  running: ReadonlyMap<string, RunningImage>,
  images: ImagePort,
): Promise<readonly UpdatableService[]> {
  const units = installation.units.map(({ unit }) => unit);
  const services = updatableServices(units, units);
  const stopping = [...plan.stop, ...plan.restart.flatMap(({ unit, follows }) => [unit, ...follows])];
  const stops = servicesCalled(stopping, units);
  const pulls = pulledBy(servicesCalled([...stopping, ...plan.start], [...units, ...set.units]), [
    ...units,
    ...set.units,
  ]);
  const now = await images.inspect(services.map(({ reference }) => reference));
  return services.filter(
    ({ service, reference }) =>
      pulls.has(reference) ||
      (stops.has(service) && now.get(reference)?.id !== running.get(service)?.image.id),
  );
}

function servicesCalled(names: readonly string[], units: readonly Unit[]): ReadonlySet<string> {
  return new Set(
    units.flatMap((unit) => (names.includes(unit.name) ? (dockunitField(unit, 'Service') ?? []) : [])),
  );
}

/** The images that these services look for at their registries when they start. */
function pulledBy(services: ReadonlySet<string>, units: readonly Unit[]): ReadonlySet<string> {
  return new Set(
    units.flatMap((unit) =>
      unit.kind === 'image' && looksForNewer(unit) && services.has(dockunitField(unit, 'Service') ?? '')
        ? (dockunitField(unit, 'Image') ?? [])
        : [],
    ),
  );
}

/** The files in the directory after the plan: the wanted units, and orphans that stay. */
function installationAfter(changePlan: PlannedChanges): Installation {
  const { set } = changePlan;
  const orphans = remainingOrphans(changePlan);
  return {
    units: [...set.units.map((unit) => ({ unit, text: serialiseUnit(unit) })), ...orphans.units],
    files: [
      ...set.files.map(({ name, mode, content, unit }) => ({ name, mode, content, unit, written: 0 })),
      ...orphans.files,
    ],
  };
}
