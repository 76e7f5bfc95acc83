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
  readonly installed: Installation;
  readonly now: RunningRevision;
  /** The units of the restored state. */
  readonly after: Installation;
  readonly planned: PlannedChanges;
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
  const installed = readInstallation(project, directory);
  const now = await readRunningState({ project, installed }, host);
  const manifest = chooseState(state, { project, installed }, now.before, number);
  const after = asItRan(state, manifest, now.before);
  const planned = await planChanges(setOf(project, after), directory, host, {
    prune: true,
    exact: true,
    installed: now.before,
  });
  return { project, directory, manifest, installed, now, after, planned };
}

/**
 * The units of a kept state, with each service pinned to the image it ran. Where the state does not know
 * that image, the service keeps its present pin: without a pin, it would run whatever its tag now stands
 * for.
 * @param present pinned to the images it runs
 */
function asItRan(stateDirectory: string, manifest: Manifest, present: Installation): Installation {
  const { project } = manifest;
  const ran = pinInstallation(
    project,
    readKept(stateDirectory, manifest),
    pinsOfState(stateDirectory, manifest),
  );
  const units = present.units.map(({ unit }) => unit);
  return pinInstallation(project, ran, keptPins(setOf(project, ran), units));
}

/**
 * The state of that number, or the last one that is not the present one.
 * @param before the present one, pinned to the images it runs: if an update found nothing newer and only
 *   pinned, its state is the present one too
 */
function chooseState(
  stateDirectory: string,
  { project, installed }: Pick<RollbackPlan, 'project' | 'installed'>,
  before: Installation,
  number: string | undefined,
): Manifest {
  const states = appliedStates(stateDirectory, project);
  const isPresent = (manifest: Manifest): boolean =>
    hasSameFiles(readKept(stateDirectory, manifest), installed) ||
    hasSameFiles(asItRan(stateDirectory, manifest, before), before);
  const chosen =
    number === undefined
      ? states.findLast((manifest) => !isPresent(manifest))
      : states.find((manifest) => String(manifest.number) === number);
  if (chosen !== undefined) return chosen;
  const known = states.map((manifest) => String(manifest.number)).join(', ');
  throw new UsageError(
    number === undefined
      ? `No earlier state of ${project} is kept`
      : `No state ${number} of ${project} is kept`,
    known === ''
      ? 'States are kept from the first dockunit apply on'
      : `Choose one of dockunit history: ${known}`,
  );
}

function hasSameFiles(kept: Installation, present: Installation): boolean {
  const files = installedFiles(kept);
  const contents = new Map(installedFiles(present).map(({ name, content }) => [name, content]));
  return files.length === contents.size && files.every(({ name, content }) => contents.get(name) === content);
}
