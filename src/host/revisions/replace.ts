/**
 * Replaces unit files so that a power cut leaves either the old ones or the new ones: first dockunit writes the new
 * state to disk (store.ts), then a marker `pending` names its place in the history, then the state moves there, then
 * dockunit replaces the files, then it removes the marker. A process that finds the marker replaces the files again; where
 * the state has not moved yet, no file has changed, and the process removes the marker.
 *
 * During a trial the marker instead names the state to roll back to: until the new units have proved themselves, a
 * power cut leaves the old ones.
 */
import { basename, dirname, join } from 'node:path';
import { finishSections, finishUnit, trialMarker, wantedBy } from '../../units/recovery-unit.ts';
import { generatorPaths } from '../../generator/paths.ts';
import { serialiseUnit } from '../../units/unit-file.ts';
import type { Manifest, NewState } from './store.ts';
import {
  cutOffRemovals,
  forgetNext,
  isRecord,
  keepNext,
  numberedRecord,
  readManifest,
  recordNext,
  unfinishedRecords,
  writeRecord,
} from './store.ts';
import { isCode } from '../machine/error-codes.ts';
import { fileError } from '../machine/file-errors.ts';
import { lookAt, makeDirectory, readText, renameSync, rmSync, symlinkSync } from '../machine/fs.ts';
import { ensureOwnDirectory, requireOwnUpTo } from '../machine/own-directory.ts';
import { HostError, type Scope } from '../../model/ports.ts';
import type { StateDirectories } from '../units/state-directories.ts';
import { syncDirectory, writeSynced } from '../machine/synced-files.ts';
import type { FileChange } from '../units/unit-files.ts';
import { temporariesIn, writeFiles } from '../units/unit-files.ts';

/**
 * Writes the state to disk and then to the directory: all files change, or none.
 * @param systemd whether the manager runs units before dockunit's at a boot
 * @throws HostError; the directory is unchanged
 */
export function replaceState(
  stateDirectory: string,
  scope: Scope,
  state: NewState,
  systemd: boolean,
): readonly FileChange[] {
  try {
    keepNext(stateDirectory, state);
    const record = numberedRecord(stateDirectory, state.project);
    let changes: readonly FileChange[];
    try {
      writePending(stateDirectory, scope, record, state.directory, systemd);
      recordNext(stateDirectory, state.project);
      changes = writeFiles(state.directory, state.files, state.remove);
    } catch (error) {
      // The marker first, which names the record.
      clearPending(stateDirectory, scope, state.directory);
      rmSync(record, { recursive: true, force: true });
      forgetNext(stateDirectory, state.project);
      throw error;
    }
    clearPending(stateDirectory, scope, state.directory);
    return changes;
  } catch (error) {
    throw fileError(error, 'write', stateDirectory);
  }
}

/** The record of a state to roll back to. It has no number, since it is no step of the history. */
const backRecord = '.back';

/**
 * From here on, after a power cut or the death of this process, the directory returns to `back`; the caller writes the
 * files on trial. `endTrial` ends it.
 * @param back its `remove` names the files on trial that it does not have
 * @param next the state after the trial, for the history; undefined where it is the last state already
 * @throws HostError; the directory is unchanged
 */
export function beginTrial(
  { state, runtime }: StateDirectories,
  scope: Scope,
  back: NewState,
  next: NewState | undefined,
  systemd: boolean,
): void {
  try {
    // First, as that is the number of `back`, too.
    if (next !== undefined) keepNext(state, next);
    const record = writeRecord(state, back, backRecord);
    ensureOwnDirectory(runtime, 0o700);
    writeSynced(join(runtime, trialMarker), '', 0o600);
    writePending(state, scope, record, back.directory, systemd);
  } catch (error) {
    // The marker may exist, and not be synced.
    clearPending(state, scope, back.directory);
    discardTrial({ state, runtime }, back.project);
    throw fileError(error, 'write', state);
  }
}

/**
 * Keeps the present contents of the directory for good.
 * @param isKept whether it is the new state: then it enters the history before it becomes permanent
 */
export function endTrial(
  directories: StateDirectories,
  scope: Scope,
  { project, directory }: NewState,
  isKept: boolean,
): void {
  const { state } = directories;
  try {
    if (isKept) recordNext(state, project);
    clearPending(state, scope, directory);
    discardTrial(directories, project);
  } catch (error) {
    throw fileError(error, 'write', state);
  }
}

function discardTrial(
  { state, runtime }: Pick<StateDirectories, 'state' | 'runtime'>,
  project: string,
): void {
  forgetNext(state, project);
  rmSync(join(runtime, trialMarker), { force: true });
  rmSync(join(state, 'applied', project, backRecord), { recursive: true, force: true });
}

/**
 * Whether dockunit, or the host, was interrupted while it replaced files. HostError where the marker cannot be trusted.
 */
export function isCutOff(stateDirectory: string): boolean {
  return readPending(stateDirectory) !== undefined;
}

export interface Recovery {
  readonly manifest: Manifest;
  /** Whether a trial was in progress, and the files are those from before it. */
  readonly wentBack: boolean;
}

/** Replaces the remaining files; returns their state, or undefined where nothing was interrupted. */
export function finishCutOff(stateDirectory: string, scope: Scope): Recovery | undefined {
  const record = readPending(stateDirectory);
  if (record === undefined) return undefined;
  try {
    if (!isThere(record)) {
      rmSync(join(stateDirectory, 'pending'), { force: true });
      return undefined;
    }
    const manifest = readManifest(record);
    const files = manifest.files.map(({ name, mode }) => ({
      name,
      mode,
      content: readText(join(record, 'files', name)),
    }));
    const wentBack = basename(record) === backRecord;
    writeFiles(manifest.directory, files, manifest.remove);
    // The state of the trial may be in the history already.
    if (wentBack) rmSync(join(dirname(record), String(manifest.number)), { recursive: true, force: true });
    clearPending(stateDirectory, scope, manifest.directory);
    return { manifest, wentBack };
  } catch (error) {
    throw fileError(error, 'finish', record);
  }
}

/** Where install-generator writes. */
const generators = dirname(generatorPaths('', []).front);

/**
 * Paths of leftovers of a killed dockunit, including secrets; or of the files that a running dockunit needs.
 * @param directory of the unit files
 */
export function findLeftovers(
  { state, runtime }: StateDirectories,
  scope: Scope,
  directory: string,
): readonly string[] {
  return [
    ...unfinishedRecords(state),
    ...cutOffRemovals(state),
    join(state, '.pending.tmp'),
    join(runtime, trialMarker),
    join(directory, `${wantedBy[scope]}.wants`, finishUnit),
    join(directory, finishUnit),
    ...temporariesIn(directory),
    ...temporariesIn(state),
    ...(scope === 'system' ? temporariesIn(generators) : []),
  ].filter(isThere);
}

/** False where access is denied: a user other than root has no leftovers there. */
function isThere(path: string): boolean {
  try {
    return lookAt(path) !== undefined;
  } catch (error) {
    if (isCode(error, 'ENOTDIR', 'EACCES')) return false;
    throw fileError(error, 'look at', path);
  }
}

/** Only the process that alone changes the host may remove them, and only after `finishCutOff`. */
export function removeLeftovers(...of: Parameters<typeof findLeftovers>): void {
  for (const path of findLeftovers(...of)) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (error) {
      throw fileError(error, 'remove', path);
    }
  }
}

function readPending(stateDirectory: string): string | undefined {
  const marker = join(stateDirectory, 'pending');
  let record: string;
  try {
    record = readText(marker).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
    throw fileError(error, 'read', marker);
  }
  requireOwnUpTo(stateDirectory, marker);
  if (!isRecord(stateDirectory, record)) {
    throw new HostError(
      `Cannot trust ${marker}: it names ${JSON.stringify(record)}, which is no record below ${stateDirectory}`,
      `Look who wrote it (ls -l ${marker}), then remove it: rm ${marker}`,
    );
  }
  requireOwnUpTo(stateDirectory, join(record, 'files'));
  return record;
}

function writePending(
  stateDirectory: string,
  scope: Scope,
  record: string,
  directory: string,
  systemd: boolean,
): void {
  if (systemd) writeFinishUnit(scope, stateDirectory, directory);
  writeSynced(join(stateDirectory, '.pending.tmp'), `${record}\n`, 0o600);
  renameSync(join(stateDirectory, '.pending.tmp'), join(stateDirectory, 'pending'));
  syncDirectory(stateDirectory);
}

function writeFinishUnit(scope: Scope, stateDirectory: string, directory: string): void {
  const sections = finishSections(scope, stateDirectory, directory);
  writeFiles(directory, [{ name: finishUnit, mode: 0o644, content: serialiseUnit({ sections }) }]);
  const wants = join(directory, `${wantedBy[scope]}.wants`);
  makeDirectory(wants, 0o755);
  rmSync(join(wants, finishUnit), { force: true });
  symlinkSync(`../${finishUnit}`, join(wants, finishUnit));
  syncDirectory(wants);
  syncDirectory(directory);
}

/** The marker first: without it the unit does nothing. */
function clearPending(stateDirectory: string, scope: Scope, directory: string): void {
  rmSync(join(stateDirectory, 'pending'), { force: true });
  syncDirectory(stateDirectory);
  rmSync(join(directory, `${wantedBy[scope]}.wants`, finishUnit), { force: true });
  rmSync(join(directory, finishUnit), { force: true });
}
