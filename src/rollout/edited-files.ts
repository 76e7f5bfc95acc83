/** Files of a project that were edited by hand. */
import { appliedFile, appliedStates } from '../host/revisions/store.ts';
import { type Installation, isEditedByHand } from './compare-units.ts';

/**
 * Their names, sorted. A unit has the hash of its text. The text of a file beside it is in the history: it is edited
 * where it differs there, while its unit does not.
 */
export function editedFiles(
  project: string,
  { units, files }: Installation,
  stateDirectory: string,
): readonly string[] {
  const last = appliedStates(stateDirectory, project).at(-1);
  const isApplied = (name: string, content: string): boolean =>
    last?.files.some((file) => file.name === name) === true &&
    appliedFile(stateDirectory, last, name) === content;
  const appliedNames = new Set(
    units.filter(({ unit, text }) => isApplied(unit.name, text)).map(({ unit }) => unit.name),
  );
  return [
    ...units.filter(isEditedByHand).map(({ unit }) => unit.name),
    ...files
      .filter(({ name, content, unit }) => appliedNames.has(unit) && !isApplied(name, content))
      .map(({ name }) => name),
  ].sort();
}
