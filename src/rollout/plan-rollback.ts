/** Which earlier state `rollback` restores, and the steps to it. */
import { keptPins } from '../images/pin-images.ts';
import { UsageError } from '../model/diagnostic.ts';
import { type Manifest, appliedStates } from '../host/revisions/store.ts';
import { type Installation, setOf } from './compare-units.ts';
import { readInstallation } from './installation.ts';
import { type RunningRevision, readRunningState } from './pin-running.ts';
import { type PlannedChanges, planChanges } from './plan.ts';
import { pinInstallation } from './plan-update.ts';
import { installedFiles, pinsOfState, readKept } from './revisions.ts';
import type { RolloutHost } from './rollout-host.ts';

/** The state to restore, and the present one. */
export interface RollbackPlan {
  readonly project: string;
  /** Of the unit files; absolute. */
  readonly directory: string;
  /** The state to restore. */
  readonly manifest: Manifest;
  /** As its units are on disk. */
  readonly installation: Installation;
  readonly now: RunningRevision;
  /** The units of the restored state. */
  readonly after: Installation;
  readonly changePlan: PlannedChanges;
}

/**
 * Changes nothing. HostError where Docker does not say what runs; UsageError where there is no such state.
 * @param number of the state; undefined for the last one that is not the present one
 */
export async function planRollback(
  project: string,
  number: string | undefined,
  host: RolloutHost,
): Promise<RollbackPlan> {
  const { state, units: directory } = host.directories;
  const installation = readInstallation(project, directory);
  const now = await readRunningState({ project, installation }, host);
  const manifest = chooseState(state, { project, installation }, now.before, number);
  const after = asItRan(state, manifest, now.before);
  const changePlan = await planChanges(setOf(project, after), directory, host, {
    prune: true,
    exact: true,
    installation: now.before,
  });
  return { project, directory, manifest, installation, now, after, changePlan };
}

/**
 * The units of a kept state, with each service pinned to the image it ran. Where the state does not know
 * that image, the service keeps its present pin: without a pin, it would run whatever its tag now stands
 * for.
 * @param present pinned to the images it runs
 */
function asItRan(stateDirectory: string, manifest: Manifest, present: Installation): Installation {
  const { project } = manifest;
  const earlierState = pinInstallation(
    project,
    readKept(stateDirectory, manifest),
    pinsOfState(stateDirectory, manifest),
  );
  const units = present.units.map(({ unit }) => unit);
  return pinInstallation(project, earlierState, keptPins(setOf(project, earlierState), units));
}

/**
 * The state of that number, or the last one that is not the present one.
 * @param before the present one, pinned to the images it runs: if an update found nothing newer and only
 *   pinned, its state is the present one too
 */
function chooseState(
  stateDirectory: string,
  { project, installation }: Pick<RollbackPlan, 'project' | 'installation'>,
  before: Installation,
  number: string | undefined,
): Manifest {
  const states = appliedStates(stateDirectory, project);
  const isPresent = (manifest: Manifest): boolean =>
    hasSameFiles(readKept(stateDirectory, manifest), installation) ||
    hasSameFiles(asItRan(stateDirectory, manifest, before), before);
  const manifest =
    number === undefined
      ? states.findLast((manifest) => !isPresent(manifest))
      : states.find((manifest) => String(manifest.number) === number);
  if (manifest !== undefined) return manifest;
  const numbers = states.map((manifest) => String(manifest.number)).join(', ');
  throw new UsageError(
    number === undefined
      ? `No earlier state of ${project} is kept`
      : `No state ${number} of ${project} is kept`,
    numbers === ''
      ? 'States are kept from the first dockunit apply on'
      : `Choose one of dockunit history: ${numbers}`,
  );
}

function hasSameFiles(before: Installation, present: Installation): boolean {
  const files = installedFiles(before);
  const contents = new Map(installedFiles(present).map(({ name, content }) => [name, content]));
  return files.length === contents.size && files.every(({ name, content }) => contents.get(name) === content);
}
