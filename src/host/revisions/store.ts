/**
 * Every applied state of a project, kept whole under `applied/PROJECT/N` of the state directory.
 */
import { dirname, join, relative } from 'node:path';
import { isCode } from '../machine/error-codes.ts';
import { fileError } from '../machine/file-errors.ts';
import {
  chmodSync,
  lookAt,
  makeDirectory,
  readText,
  readdirSync,
  renameSync,
  rmSync,
} from '../machine/fs.ts';
import { ensureOwnDirectory, requireOwnUpTo } from '../machine/own-directory.ts';
import { syncDirectory, writeSynced } from '../machine/synced-files.ts';
import type { FileToWrite } from '../units/unit-files.ts';

/** States kept for a project; older ones are removed. */
const keptStates = 20;

/** The origin of a state; `found`: it existed before dockunit kept states, or was changed by other means. */
export type StateVerb = 'apply' | 'remove' | 'found' | 'update' | 'rollback';

/** A state to apply to a directory of unit files. */
export interface NewState {
  readonly project: string;
  /** The directory of the unit files; absolute. */
  readonly directory: string;
  readonly verb: StateVerb;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** User who applied this state. */
  readonly who: string;
  /** The changes from the state before, in a few words each. */
  readonly changes: readonly string[];
  /** All files of the project, including unchanged ones. */
  readonly files: readonly FileToWrite[];
  readonly remove: readonly string[];
  /** Units to start now and at every boot. */
  readonly start: readonly string[];
}

/** `manifest.json` of a state; the files themselves are in `files/`. */
export interface Manifest extends Omit<NewState, 'files' | 'who' | 'changes'> {
  readonly number: number;
  readonly files: readonly Omit<FileToWrite, 'content'>[];
  /** Absent from states that an older dockunit kept. */
  readonly who?: string;
  readonly changes?: readonly string[];
  /** The images of its services at the last check: pins by service; see images/pin-images.ts. */
  readonly images?: Readonly<Record<string, string>>;
}

/** The kept states of a project, oldest first. */
export function appliedStates(stateDirectory: string, project: string): readonly Manifest[] {
  const directory = projectDirectory(stateDirectory, project);
  return stateNumbers(stateDirectory, project).map((number) => readManifest(join(directory, String(number))));
}

/** The content of a file of a kept state. */
export function appliedFile(stateDirectory: string, { project, number }: Manifest, name: string): string {
  return readText(join(projectDirectory(stateDirectory, project), String(number), 'files', name));
}

/** Removes all states of a project: they contain its secrets. */
export function forgetStates(stateDirectory: string, project: string): void {
  rmSync(projectDirectory(stateDirectory, project), { recursive: true, force: true });
}

/** Whether the units of the last kept state still have to be started. */
export function isUnstarted(stateDirectory: string, project: string): boolean {
  const numbers = namesIn(projectDirectory(stateDirectory, project)).map(Number).filter(Number.isInteger);
  const path = startList(stateDirectory, project, Math.max(0, ...numbers));
  try {
    return readText(path) !== '';
  } catch (error) {
    // The file is absent where it would be empty; and users other than root may view a plan, too.
    if (isCode(error, 'ENOENT', 'EACCES')) return false;
    throw fileError(error, 'read', path);
  }
}

/** Records that the units of the last kept state were started. */
export function recordStart(stateDirectory: string, project: string): void {
  const last = stateNumbers(stateDirectory, project).at(-1);
  if (last === undefined) return;
  const path = startList(stateDirectory, project, last);
  try {
    writeSynced(path, '', 0o600);
  } catch (error) {
    throw fileError(error, 'write', path);
  }
}

/** The units that a state starts; for the shell as well (units/recovery-unit.ts). */
function startList(stateDirectory: string, project: string, number: number): string {
  return join(projectDirectory(stateDirectory, project), String(number), 'start');
}

/** Whether the last kept state of the project has exactly these files. */
export function isLastState(stateDirectory: string, project: string, files: readonly FileToWrite[]): boolean {
  const last = appliedStates(stateDirectory, project).at(-1);
  return (
    last?.files.length === files.length &&
    files.every(
      ({ name, content }) =>
        last.files.some((file) => file.name === name) && appliedFile(stateDirectory, last, name) === content,
    )
  );
}

/** Keeps the present state, unless it is the last kept one. */
export function keepFoundState(stateDirectory: string, state: NewState): void {
  if (state.files.length === 0 || isLastState(stateDirectory, state.project, state.files)) return;
  try {
    writeRecord(stateDirectory, state);
  } catch (error) {
    throw fileError(error, 'write', stateDirectory);
  }
}

/** Records what the services of the last kept state run; absent services keep their entries. */
export function keepImages(
  stateDirectory: string,
  project: string,
  images: ReadonlyMap<string, string>,
): void {
  const last = appliedStates(stateDirectory, project).at(-1);
  if (last === undefined) return;
  const record = join(projectDirectory(stateDirectory, project), String(last.number));
  const temporaryFile = join(record, '.manifest.tmp');
  try {
    writeManifest(temporaryFile, {
      ...last,
      images: Object.fromEntries([...Object.entries(last.images ?? {}), ...images].sort()),
    });
    renameSync(temporaryFile, join(record, 'manifest.json'));
    syncDirectory(record);
  } catch (error) {
    rmSync(temporaryFile, { force: true });
    throw fileError(error, 'write', record);
  }
}

/** Whether the path is a record of a project below the state directory, a number or a name with a dot. */
export function isRecord(stateDirectory: string, path: string): boolean {
  const parts = relative(join(stateDirectory, 'applied'), path).split('/');
  return parts.length === 2 && parts[0] !== '..' && /^(\d+|\.[a-z]+)$/.test(parts[1] ?? '');
}

function projectDirectory(stateDirectory: string, project: string): string {
  return join(stateDirectory, 'applied', project);
}

function stateNumbers(stateDirectory: string, project: string): readonly number[] {
  const directory = projectDirectory(stateDirectory, project);
  requireOwnUpTo(stateDirectory, directory);
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

/** The record of the state on trial: complete before any change, and not yet in the history. */
const nextRecord = '.next';

/**
 * Complete and on disk before it has its name.
 * @param name in place of a number: a temporary record, and no state of its own
 * @returns its path
 * @throws errors of node:fs; then there is no such record
 */
export function writeRecord(stateDirectory: string, state: NewState, name?: string): string {
  const parent = projectDirectory(stateDirectory, state.project);
  ensureOwnDirectory(parent, 0o700);
  const numbers = stateNumbers(stateDirectory, state.project);
  // It contains secrets; the directory above may be older, and the supervisor's.
  chmodSync(dirname(parent), 0o700);
  const number = (numbers.at(-1) ?? 0) + 1;
  const temporaryDirectory = join(parent, '.new');
  try {
    fillRecord(temporaryDirectory, { ...state, number });
  } catch (error) {
    rmSync(temporaryDirectory, { recursive: true, force: true });
    throw error;
  }
  const record = join(parent, name ?? String(number));
  if (name !== undefined) rmSync(record, { recursive: true, force: true });
  renameSync(temporaryDirectory, record);
  for (const directory of [parent, dirname(parent), stateDirectory]) syncDirectory(directory);
  if (name === undefined) forgetOldStates(parent, numbers);
  return record;
}

/** Keeps a state before it is applied, so that a full disk is noticed then: `recordNext` moves it to the history. */
export function keepNext(stateDirectory: string, state: NewState): void {
  writeRecord(stateDirectory, state, nextRecord);
}

/** Makes the state of `keepNext` the last one of the history: a rename, which works even on a full disk. */
export function recordNext(stateDirectory: string, project: string): void {
  const parent = projectDirectory(stateDirectory, project);
  const numbers = stateNumbers(stateDirectory, project);
  renameSync(join(parent, nextRecord), numberedRecord(stateDirectory, project));
  syncDirectory(parent);
  forgetOldStates(parent, numbers);
}

/** The place of the next state in the history. */
export function numberedRecord(stateDirectory: string, project: string): string {
  const last = stateNumbers(stateDirectory, project).at(-1) ?? 0;
  return join(projectDirectory(stateDirectory, project), String(last + 1));
}

/** Removes the state of `keepNext`. */
export function forgetNext(stateDirectory: string, project: string): void {
  rmSync(join(projectDirectory(stateDirectory, project), nextRecord), { recursive: true, force: true });
}

function fillRecord(temporaryDirectory: string, state: NewState & Pick<Manifest, 'number'>): void {
  rmSync(temporaryDirectory, { recursive: true, force: true });
  makeDirectory(join(temporaryDirectory, 'files'), 0o700);
  for (const { name, mode, content } of state.files)
    writeSynced(join(temporaryDirectory, 'files', name), content, mode);
  const lines = (values: readonly string[]): string => values.map((value) => `${value}\n`).join('');
  writeManifest(join(temporaryDirectory, 'manifest.json'), {
    ...state,
    files: state.files.map(({ name, mode }) => ({ name, mode })),
  });
  // For the shell, which cannot read JSON.
  writeSynced(join(temporaryDirectory, 'directory'), `${state.directory}\n`, 0o600);
  writeSynced(join(temporaryDirectory, 'remove'), lines(state.remove), 0o600);
  writeSynced(join(temporaryDirectory, 'start'), lines(state.start), 0o600);
  syncDirectory(join(temporaryDirectory, 'files'));
  syncDirectory(temporaryDirectory);
}

/** @param numbers those before the newest */
function forgetOldStates(parent: string, numbers: readonly number[]): void {
  for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - keptStates))) {
    rmSync(join(parent, String(old)), { recursive: true, force: true });
  }
}

/** Records outside the history, of all projects: leftovers of a killed dockunit. */
export function unfinishedRecords(stateDirectory: string): readonly string[] {
  return projectsKept(stateDirectory).flatMap((project) => {
    const directory = projectDirectory(stateDirectory, project);
    requireOwnUpTo(stateDirectory, directory);
    return namesIn(directory).flatMap((name) => (name.startsWith('.') ? [join(directory, name)] : []));
  });
}

function projectsKept(stateDirectory: string): readonly string[] {
  return namesIn(join(stateDirectory, 'applied'));
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw fileError(error, 'list', directory);
  }
}

/**
 * For projects whose last state is their removal, the leftovers of an interrupted remove: everything kept for a project
 * whose files are gone; where the files exist, since the remove had not begun, only that state.
 */
export function cutOffRemovals(stateDirectory: string): readonly string[] {
  return projectsKept(stateDirectory).flatMap((project) => {
    const last = stateNumbers(stateDirectory, project).at(-1);
    if (last === undefined) return [];
    const recordDirectory = projectDirectory(stateDirectory, project);
    const { verb, directory, remove } = readManifest(join(recordDirectory, String(last)));
    if (verb !== 'remove') return [];
    return [
      remove.some((name) => lookAt(join(directory, name)) !== undefined)
        ? join(recordDirectory, String(last))
        : recordDirectory,
    ];
  });
}

function writeManifest(path: string, manifest: Manifest): void {
  writeSynced(path, `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
}

/** @param record its path */
export function readManifest(record: string): Manifest {
  return JSON.parse(readText(join(record, 'manifest.json'))) as Manifest;
}
