/**
 * The states of a project as commands create and read them: units and the files beside them, and files of
 * a directory.
 */
import { attachedNames } from '../units/attached-names.ts';
import type { InstalledFile, Installation } from './compare-units.ts';
import { pinsOf } from '../images/pin-images.ts';
import {
  type Manifest,
  type NewState,
  appliedFile,
  keepFoundState,
  keepImages,
} from '../host/revisions/store.ts';
import { ensureOwnDirectory } from '../host/machine/own-directory.ts';
import type { FileToWrite } from '../host/units/unit-files.ts';
import { parseUnit, serialiseUnit } from '../units/unit-file.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { dockunitField } from '../units/unit-set.ts';
import type { ChangeContext } from '../run/context.ts';
import type { HostPorts } from '../session/session.ts';

export function filesOf(set: UnitSet): readonly FileToWrite[] {
  return [
    ...set.units.map((unit) => ({ name: unit.name, mode: 0o644, content: serialiseUnit(unit) })),
    ...set.files.map(({ name, mode, content }) => ({ name, mode, content })),
  ];
}

/** As they are on disk, to the byte. */
export function installedFiles({ units, files }: Installation): readonly FileToWrite[] {
  return [
    ...units.map(({ unit, text }) => ({ name: unit.name, mode: 0o644, content: text })),
    ...files.map(({ name, mode, content }) => ({ name, mode, content })),
  ];
}

/** A kept state, as read from disk. */
export function readKept(stateDirectory: string, manifest: Manifest): Installation {
  const texts = manifest.files.map((file) => ({
    ...file,
    content: appliedFile(stateDirectory, manifest, file.name),
  }));
  const units = texts.flatMap(({ name, content }) => {
    const unit = /\.(service|target|slice)$/.test(name) ? parseUnit(name, content) : undefined;
    return unit === undefined || dockunitField(unit, 'Project') !== manifest.project
      ? []
      : [{ unit, text: content }];
  });
  const files = units.flatMap((entry) => {
    const names = new Set(attachedNames(entry, manifest.directory));
    return texts.flatMap(({ name, mode, content }): InstalledFile[] =>
      names.has(name) ? [{ name, mode, content, unit: entry.unit.name, written: 0 }] : [],
    );
  });
  return { units, files };
}

/**
 * The images that the services of a kept state ran, by service: as their units name them, else as
 * recorded when the state was replaced.
 */
export function pinsOfState(stateDirectory: string, manifest: Manifest): ReadonlyMap<string, string> {
  const units = readKept(stateDirectory, manifest).units.map(({ unit }) => unit);
  return new Map([...Object.entries(manifest.images ?? {}), ...pinsOf(units)]);
}

/** The directory of states of this host; creates it where it is missing. */
export function ensureStateDirectory({ directories }: HostPorts): string {
  ensureOwnDirectory(directories.state, 0o700);
  return directories.state;
}

/** The fields that are the same in every state a verb creates. */
export function newState(
  { project, directory }: { readonly project: string; readonly directory: string },
  { now, who }: ChangeContext,
): Pick<NewState, 'project' | 'directory' | 'time' | 'who' | 'changes' | 'remove' | 'start'> {
  return { project, directory, time: now(), who, changes: [], remove: [], start: [] };
}

/**
 * Keeps the installed state before another one replaces it: its files, unless they are those of the last
 * kept state, and the images of its services.
 * @param running pins by service
 */
export function snapshotInstalled(
  stateDirectory: string,
  installation: Installation,
  about: ReturnType<typeof newState>,
  running: ReadonlyMap<string, string>,
): void {
  keepFoundState(stateDirectory, { ...about, verb: 'found', files: installedFiles(installation) });
  if (running.size > 0) keepImages(stateDirectory, about.project, running);
}
