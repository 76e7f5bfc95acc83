/** What `remove` takes away of a project. */
import type { RemovableContainer } from '../model/ports.ts';
import { networkOf, volumeOf } from '../session/gone-resources.ts';
import type { Unit } from '../units/unit-set.ts';
import { type Installation, isEditedByHand } from './compare-units.ts';
import { appliedFile, appliedStates } from '../host/revisions/store.ts';
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
  readonly edited: readonly string[];
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
  const installed = readInstallation(project, directory);
  const units = installed.units.map(({ unit }) => unit);
  const files = [...units, ...installed.files].map(({ name }) => name).sort();
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
  const edited = editedFiles(project, installed, directories.state);
  return { project, directory, units, files, edited, containers, resources: removable };
}

/**
 * A unit has the hash of its text. The text of a file beside it is in the history: it is edited where it differs there,
 * while its unit does not.
 */
function editedFiles(
  project: string,
  { units, files }: Installation,
  stateDirectory: string,
): readonly string[] {
  const last = appliedStates(stateDirectory, project).at(-1);
  const isApplied = (name: string, content: string): boolean =>
    last?.files.some((file) => file.name === name) === true &&
    appliedFile(stateDirectory, last, name) === content;
  const applied = new Set(
    units.filter(({ unit, text }) => isApplied(unit.name, text)).map(({ unit }) => unit.name),
  );
  return [
    ...units.filter(isEditedByHand).map(({ unit }) => unit.name),
    ...files
      .filter(({ name, content, unit }) => applied.has(unit) && !isApplied(name, content))
      .map(({ name }) => name),
  ].sort();
}
