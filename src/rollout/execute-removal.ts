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
  | { readonly kind: 'removed'; readonly removed: RemovedResources }
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
  const stopped = await driveAndJudge('stop', [target], host, change);
  if (stopped === undefined) return { kind: 'interrupted' };
  if (stopped.failures.length > 0) return { kind: 'kept', failures: stopped.failures };
  await manager.disable(namesOf(plan.units.filter(isInstallable)));
  // While the units exist, the user can run remove again after an interruption or an error of Docker.
  const removed = await discardResources(plan, host, change);
  await releaseImages(plan.project, images, change);
  removeFiles(plan, state, host, change);
  await manager.reload();
  await manager.resetFailed(namesOf(plan.units));
  return { kind: 'removed', removed };
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
  change.changed({ kind: 'files', directory, written: [], removed: remove });
  const nothing = { ...newState({ project, directory }, change), verb: 'remove', files: [], remove } as const;
  replaceState(state, manager.scope, nothing, manager.kind === 'systemd');
  forgetStates(state, project);
}

/** By label, so that resources of other software with the same name stay; so does the container of a masked unit. */
async function discardResources(
  { project, containers, resources: removable }: RemovalPlan,
  { resources, user }: RolloutHost,
  { changed }: ChangeContext,
): Promise<RemovedResources> {
  const left = await resources.containersOf(project, user);
  const ids = left.map(({ id }) => id);
  if (ids.length > 0) changed({ kind: 'removed', what: 'container', names: ids });
  await resources.remove('container', ids);
  const refused: KeptResource[] = [];
  const discard = async (
    what: KeptResource['what'],
    names: readonly string[],
  ): Promise<readonly string[]> => {
    const removed: string[] = [];
    for (const name of names) {
      try {
        await resources.remove(what, [name]);
        removed.push(name);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        refused.push({ what, name, why: error.message, remedy: `docker ${what} rm ${name}` });
      }
    }
    if (removed.length > 0) changed({ kind: 'removed', what, names: removed });
    return removed;
  };
  const networks = await discard('network', removable.networks);
  const volumes = await discard('volume', removable.volumes);
  const all: readonly RemovableContainer[] = [...containers, ...left];
  return {
    containers: [...new Set(namesOf(all))],
    networks,
    volumes,
    kept: [...removable.kept, ...refused],
  };
}
