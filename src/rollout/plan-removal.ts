/** What `remove` takes away of a project. */
import type { RemovableContainer } from '../model/ports.ts';
import { networkOf, volumeOf } from '../session/gone-resources.ts';
import type { Unit } from '../units/unit-set.ts';
import { editedFiles } from './edited-files.ts';
import { readInstallation } from './installation.ts';
import { type RemovableResources, selectRemovable } from './removable-resources.ts';
import type { RolloutHost } from './rollout-host.ts';

export interface RemovalPlan {
  readonly project: string;
  /** Of the unit files; absolute. */
  readonly directory: string;
  readonly units: readonly Unit[];
  /** Names of the unit files and of the files beside them. */
  readonly files: readonly string[];
  /** Those of `files` that the user edited. */
  readonly edits: readonly string[];
  readonly containers: readonly RemovableContainer[];
  readonly resources: RemovableResources;
}

/**
 * Changes nothing. HostError where Docker does not answer.
 * @param withVolumes whether volumes are removed too, with all their data
 */
export async function planRemoval(
  project: string,
  withVolumes: boolean,
  { directories, resources, user }: RolloutHost,
): Promise<RemovalPlan> {
  const directory = directories.units;
  const installation = readInstallation(project, directory);
  const units = installation.units.map(({ unit }) => unit);
  const files = [...units, ...installation.files].map(({ name }) => name).sort();
  const [containers, networks, volumes] = await Promise.all([
    resources.containersOf(project, user),
    resources.labels(
      'network',
      units.flatMap((unit) => networkOf(unit)?.name ?? []),
    ),
    resources.labels(
      'volume',
      units.flatMap((unit) => volumeOf(unit) ?? []),
    ),
  ]);
  const removable = selectRemovable({ units, networks, volumes, user, withVolumes });
  const edits = editedFiles(project, installation, directories.state);
  return { project, directory, units, files, edits, containers, resources: removable };
}
