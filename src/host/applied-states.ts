/**
 * Every state of a project that was applied, kept whole under `applied/PROJECT/N` of the state directory; and
 * the replacing of files in such a way that a power cut leaves either the old ones or the new ones:
 * the new state is on disk first, then a marker `pending` names it, then the files are replaced, then
 * the marker goes. Who finds the marker replaces the files again.
 */
import { dirname, join } from 'node:path';
import { finishSections, finishUnit, wantedBy } from '../changes/finish-unit.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import { fileError, isCode } from './file-errors.ts';
import { chmodSync, mkdirSync, readText, readdirSync, renameSync, rmSync, symlinkSync } from './fs.ts';
import type { Scope } from './ports.ts';
import { syncDirectory, writeSynced } from './synced-files.ts';
import type { FileChange, FileToWrite } from './unit-files.ts';
import { writeFiles } from './unit-files.ts';

/** States kept of a project; older ones go. */
const keptStates = 20;

/** A state to be made of a directory of unit files. */
export interface NewState {
  readonly project: string;
  /** Of the unit files; absolute. */
  readonly directory: string;
  /** `found`: what lay there before dockunit kept states. */
  readonly verb: 'apply' | 'remove' | 'found';
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** All files of the project, those that stay as they are included. */
  readonly files: readonly FileToWrite[];
  readonly remove: readonly string[];
  /** Targets that are started, and are to be at every boot. */
  readonly start: readonly string[];
}

/** `manifest.json` of a state; the files themselves lie in `files/`. */
export interface Manifest extends Omit<NewState, 'files'> {
  readonly number: number;
  readonly files: readonly Omit<FileToWrite, 'content'>[];
}

/**
 * Puts the state on disk and makes it that of the directory: all files change, or none.
 * @param systemd whether the manager is one that runs units before ours at a boot
 * @throws HostError; the directory is as it was
 */
export function replaceState(
  stateDirectory: string,
  scope: Scope,
  state: NewState,
  systemd: boolean,
): readonly FileChange[] {
  try {
    const record = writeRecord(stateDirectory, state);
    if (systemd) writeFinishUnit(scope, stateDirectory, state.directory);
    writeSynced(join(stateDirectory, '.pending.tmp'), `${record}\n`, 0o600);
    renameSync(join(stateDirectory, '.pending.tmp'), join(stateDirectory, 'pending'));
    syncDirectory(stateDirectory);
    try {
      return writeFiles(state.directory, state.files, state.remove);
    } catch (error) {
      clearPending(stateDirectory, scope, state.directory);
      rmSync(record, { recursive: true, force: true });
      throw error;
    } finally {
      clearPending(stateDirectory, scope, state.directory);
    }
  } catch (error) {
    throw fileError(error, 'write', stateDirectory);
  }
}

/** Whether files were being replaced when dockunit, or the host, was cut off. */
export function isCutOff(stateDirectory: string): boolean {
  return readPending(stateDirectory) !== undefined;
}

/** Replaces the files that were to be replaced; the manifest of the state they are now in, or undefined where nothing was cut off. */
export function finishCutOff(stateDirectory: string, scope: Scope): Manifest | undefined {
  const record = readPending(stateDirectory);
  if (record === undefined) return undefined;
  try {
    const manifest = readManifest(record);
    const files = manifest.files.map(({ name, mode }) => ({
      name,
      mode,
      content: readText(join(record, 'files', name)),
    }));
    writeFiles(manifest.directory, files, manifest.remove);
    clearPending(stateDirectory, scope, manifest.directory);
    return manifest;
  } catch (error) {
    throw fileError(error, 'finish', record);
  }
}

/** The states of a project that are kept, oldest first. */
export function appliedStates(stateDirectory: string, project: string): readonly Manifest[] {
  const directory = projectDirectory(stateDirectory, project);
  return numbersIn(directory).map((number) => readManifest(join(directory, String(number))));
}

/** The content of a file of a kept state. */
export function appliedFile(stateDirectory: string, { project, number }: Manifest, name: string): string {
  return readText(join(projectDirectory(stateDirectory, project), String(number), 'files', name));
}

/** Forgets all states of a project: they hold its secrets. */
export function forgetStates(stateDirectory: string, project: string): void {
  rmSync(projectDirectory(stateDirectory, project), { recursive: true, force: true });
}

/** Keeps a state that is there already, where it is not the one kept last. */
export function keepFoundState(stateDirectory: string, state: NewState): void {
  const last = appliedStates(stateDirectory, state.project).at(-1);
  const same =
    last?.files.length === state.files.length &&
    state.files.every(
      ({ name, content }) =>
        last.files.some((file) => file.name === name) && appliedFile(stateDirectory, last, name) === content,
    );
  if (!same && state.files.length > 0) writeRecord(stateDirectory, state);
}

function projectDirectory(stateDirectory: string, project: string): string {
  return join(stateDirectory, 'applied', project);
}

function numbersIn(directory: string): readonly number[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw fileError(error, 'list', directory);
  }
}

/** Complete and on disk before it has its name. @returns its path */
function writeRecord(stateDirectory: string, state: NewState): string {
  const parent = projectDirectory(stateDirectory, state.project);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  // It holds secrets; the directory above may be older, and the supervisor's.
  chmodSync(dirname(parent), 0o700);
  const numbers = numbersIn(parent);
  const number = (numbers.at(-1) ?? 0) + 1;
  const staged = join(parent, '.new');
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, 'files'), { recursive: true });
  for (const { name, mode, content } of state.files) writeSynced(join(staged, 'files', name), content, mode);
  const lines = (values: readonly string[]): string => values.map((value) => `${value}\n`).join('');
  const manifest: Manifest = {
    ...state,
    number,
    files: state.files.map(({ name, mode }) => ({ name, mode })),
  };
  writeSynced(join(staged, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
  // For the shell, which reads no JSON.
  writeSynced(join(staged, 'directory'), `${state.directory}\n`, 0o600);
  writeSynced(join(staged, 'remove'), lines(state.remove), 0o600);
  writeSynced(join(staged, 'start'), lines(state.start), 0o600);
  syncDirectory(join(staged, 'files'));
  syncDirectory(staged);
  const record = join(parent, String(number));
  renameSync(staged, record);
  for (const directory of [parent, dirname(parent), stateDirectory]) syncDirectory(directory);
  for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - keptStates))) {
    rmSync(join(parent, String(old)), { recursive: true, force: true });
  }
  return record;
}

function readManifest(record: string): Manifest {
  return JSON.parse(readText(join(record, 'manifest.json'))) as Manifest;
}

function readPending(stateDirectory: string): string | undefined {
  try {
    return readText(join(stateDirectory, 'pending')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
    throw fileError(error, 'read', join(stateDirectory, 'pending'));
  }
}

function writeFinishUnit(scope: Scope, stateDirectory: string, directory: string): void {
  const sections = finishSections(scope, stateDirectory, directory);
  writeFiles(directory, [{ name: finishUnit, mode: 0o644, content: serialiseUnit({ sections }) }]);
  const wants = join(directory, `${wantedBy[scope]}.wants`);
  mkdirSync(wants, { recursive: true });
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
