/** Executes the plan of `remove`. */
import { replaceState } from '../host/revisions/replace.ts';
import { forgetStates } from '../host/revisions/store.ts';
import { checkWritable } from '../host/units/unit-files.ts';
import type { Failure } from '../jobs/explain-failure.ts';
import { driveAndJudge } from '../jobs/run-jobs.ts';
import { type RemovableContainer, HostError } from '../model/ports.ts';
import type { ChangeContext } from '../run/context.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { Unit } from '../units/unit-set.ts';
import type { RemovalPlan } from './plan-removal.ts';
import type { KeptResource, RemovableResources } from './removable-resources.ts';
import { ensureStateDirectory, newState } from './revisions.ts';
import type { RolloutHost } from './rollout-host.ts';
import { releaseImages } from './running-images.ts';

/** What Docker no longer has, and what stays. */
export interface RemovedResources extends RemovableResources {
  /** Names. */
  readonly containers: readonly string[];
}

export type RemovalOutcome =
  | { readonly kind: 'removed'; readonly resources: RemovedResources }
  /** Services could not be stopped: nothing is removed. */
  | { readonly kind: 'kept'; readonly failures: readonly Failure[] }
  | { readonly kind: 'interrupted' };

/**
 * Stops the project, and removes what units and Docker have of it.
 * HostError where files cannot be removed, or Docker does not answer: `remove` can be run again then.
 * @param target the target of the project
 */
export async function executeRemoval(
  plan: RemovalPlan,
  target: InstalledUnit,
  host: RolloutHost,
  change: ChangeContext,
): Promise<RemovalOutcome> {
  const { manager, images } = host;
  const state = ensureStateDirectory(host);
  checkWritable(plan.directory, plan.files);
  checkWritable(state, []);
  const stop = await driveAndJudge('stop', [target], host, change);
  if (stop === undefined) return { kind: 'interrupted' };
  if (stop.failures.length > 0) return { kind: 'kept', failures: stop.failures };
  await manager.disable(namesOf(plan.units.filter(isInstallable)));
  // While the units exist, the user can run remove again after an interruption or an error of Docker.
  const resources = await discardResources(plan, host, change);
  await releaseImages(plan.project, images, change);
  removeFiles(plan, state, host, change);
  await manager.reload();
  await manager.resetFailed(namesOf(plan.units));
  return { kind: 'removed', resources };
}

/** Sorted. */
export function namesOf(things: readonly { readonly name: string }[]): readonly string[] {
  return things.map(({ name }) => name).sort();
}

function isInstallable({ sections }: Unit): boolean {
  return sections.some(({ name }) => name === 'Install');
}

/** With the same marker as apply: after a power cut either all files are there or none. */
function removeFiles(
  plan: RemovalPlan,
  state: string,
  { manager }: RolloutHost,
  change: ChangeContext,
): void {
  const { project, directory, files: remove } = plan;
  change.recordChange({ kind: 'files', directory, written: [], removed: remove });
  const nothing = { ...newState({ project, directory }, change), verb: 'remove', files: [], remove } as const;
  replaceState(state, manager.scope, nothing, manager.kind === 'systemd');
  forgetStates(state, project);
}

/** By label, so that resources of other software with the same name stay; so does the container of a masked unit. */
async function discardResources(
  { project, containers, resources: removable }: RemovalPlan,
  { resources, user }: RolloutHost,
  { recordChange }: ChangeContext,
): Promise<RemovedResources> {
  const strayContainers = await resources.containersOf(project, user);
  const ids = strayContainers.map(({ id }) => id);
  if (ids.length > 0) recordChange({ kind: 'removed', what: 'container', names: ids });
  await resources.remove('container', ids);
  const refusals: KeptResource[] = [];
  const discard = async (
    what: KeptResource['what'],
    names: readonly string[],
  ): Promise<readonly string[]> => {
    const removedNames: string[] = [];
    for (const name of names) {
      try {
        await resources.remove(what, [name]);
        removedNames.push(name);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        refusals.push({ what, name, why: error.message, remedy: `docker ${what} rm ${name}` });
      }
    }
    if (removedNames.length > 0) recordChange({ kind: 'removed', what, names: removedNames });
    return removedNames;
  };
  const networks = await discard('network', removable.networks);
  const volumes = await discard('volume', removable.volumes);
  const all: readonly RemovableContainer[] = [...containers, ...strayContainers];
  return {
    containers: [...new Set(namesOf(all))],
    networks,
    volumes,
    kept: [...removable.kept, ...refusals],
  };
}
