/**
 * Writes many files of one directory so that all of them change or none. Synchronous on purpose: no signal handler of
 * dockunit runs between two renames.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { messageOf } from '../../model/diagnostic.ts';
import { isCode } from '../machine/error-codes.ts';
import { fileError } from '../machine/file-errors.ts';
import { occupantOf } from '../machine/occupant.ts';
import { linkSync, lookAt, readText, readdirSync, renameSync, rmSync, within } from '../machine/fs.ts';
import { HostError } from '../../model/ports.ts';
import { syncDirectory, writeSynced } from '../machine/synced-files.ts';

export interface FileToWrite {
  readonly name: string;
  /** The file has it from its creation on, whatever the umask: 0o644, 0o600. */
  readonly mode: number;
  readonly content: string;
}

export interface FileChange {
  readonly name: string;
  readonly change: 'created' | 'changed' | 'unchanged' | 'removed';
}

/** A directory to write to: its path for messages, and the one to use. */
interface OpenPlace {
  readonly directory: string;
  readonly inside: string;
}

/** A file to replace or remove, and the temporary files that allow undoing it. */
interface FileStep {
  readonly name: string;
  /** The new content; undefined for a removal. */
  readonly stagedPath: string | undefined;
  /** A second name of the old file; undefined where there was none. */
  readonly backup: string | undefined;
}

/**
 * Writes the files and removes others, in a directory that exists. Everything is staged and on disk before the first
 * file is replaced; until then a failure leaves the directory unchanged, and a later failure restores the replaced
 * files. Only a power cut between two renames can leave some of them done. Does not touch files whose content and mode
 * are already right.
 * @param removals names; missing ones are not reported
 * @returns the result for each file, then for each removed one
 * @throws HostError with the path
 */
export function writeFiles(
  directory: string,
  files: readonly FileToWrite[],
  removals: readonly string[] = [],
): readonly FileChange[] {
  try {
    return within(directory, (inside) => writeWithin({ directory, inside }, files, removals));
  } catch (error) {
    throw fileError(error, 'write', directory);
  }
}

/**
 * Does all but the last step of writing to the directory and of removing the files: so a read-only or full disk, or an
 * immutable file, is noticed before any change.
 * @param removals names; ignores missing ones
 * @throws HostError with the path
 */
export function checkWritable(directory: string, removals: readonly string[]): void {
  const temporary: string[] = [];
  try {
    within(directory, (inside) => {
      const place = { directory, inside };
      try {
        stage(place, { name: '', mode: 0o600, content: '' }, temporary);
        for (const name of removals) if (isReplaceable(place, name)) keep(place, name, temporary);
      } finally {
        discardAll(temporary);
      }
    });
  } catch (error) {
    throw fileError(error, 'write', directory);
  }
}

function writeWithin(
  place: OpenPlace,
  files: readonly FileToWrite[],
  removals: readonly string[],
): readonly FileChange[] {
  const comparisons = files.map((file) => ({ file, change: compare(place, file) }));
  const removedNames = removals.filter((name) => isReplaceable(place, name));
  const steps: FileStep[] = [];
  const temporary: string[] = [];
  try {
    for (const { file, change } of comparisons) {
      if (change === 'unchanged') continue;
      const stagedPath = stage(place, file, temporary);
      const backup = change === 'changed' ? keep(place, file.name, temporary) : undefined;
      steps.push({ name: file.name, stagedPath, backup });
    }
    for (const name of removedNames) {
      steps.push({ name, stagedPath: undefined, backup: keep(place, name, temporary) });
    }
    replaceAll(place, steps);
  } finally {
    discardAll(temporary);
  }
  return [
    ...comparisons.map(({ file, change }) => ({ name: file.name, change })),
    ...removedNames.map((name) => ({ name, change: 'removed' as const })),
  ];
}

/** A leftover is no failure of the operation: the next verb that changes something finds it (temporariesIn). */
function discardAll(temporary: readonly string[]): void {
  for (const path of temporary) {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      if (error instanceof HostError) throw error;
    }
  }
}

function compare(
  place: OpenPlace,
  { name, mode, content }: FileToWrite,
): Exclude<FileChange['change'], 'removed'> {
  if (!isReplaceable(place, name)) return 'created';
  const path = join(place.inside, name);
  try {
    const same = lookAt(path)?.mode === mode && readText(path) === content;
    return same ? 'unchanged' : 'changed';
  } catch (error) {
    throw fileError(error, 'read', join(place.directory, name));
  }
}

/** True for a regular file, false for nothing. HostError for links, directories and other types. */
function isReplaceable({ directory, inside }: OpenPlace, name: string): boolean {
  const path = join(directory, name);
  const stats = occupantOf(join(inside, name));
  if (stats === undefined) return false;
  if (stats.kind === 'file') return true;
  if (stats.kind === 'link') {
    throw new HostError(
      `Cannot write ${path}: it is a symbolic link (an alias or a mask)`,
      `Remove the link first: rm ${path}`,
    );
  }
  throw new HostError(
    `Cannot write ${path}: it is ${stats.kind === 'directory' ? 'a directory' : 'no regular file'}`,
    `Move it aside first: mv ${path} ${path}.old`,
  );
}

/** Leftovers of an interrupted write: they have the contents of the files. */
export function temporariesIn(directory: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw fileError(error, 'list', directory);
  }
  return names.filter(isTemporary).map((name) => join(directory, name));
}

export function isTemporary(name: string): boolean {
  return /^\.dockunit-([0-9a-f]{12}|finish)\.tmp$/.test(name);
}

/** A name that systemd does not read as a unit, short enough for any file system, and unpredictable. */
export function temporaryPath(directory: string): string {
  return join(directory, `.dockunit-${randomBytes(6).toString('hex')}.tmp`);
}

function stage(place: OpenPlace, { name, mode, content }: FileToWrite, temporary: string[]): string {
  const path = temporaryPath(place.inside);
  temporary.push(path);
  try {
    writeSynced(path, content, mode);
  } catch (error) {
    throw directoryError(error, place, name);
  }
  return path;
}

function keep(place: OpenPlace, name: string, temporary: string[]): string {
  const path = temporaryPath(place.inside);
  temporary.push(path);
  try {
    linkSync(join(place.inside, name), path);
  } catch (error) {
    throw directoryError(error, place, name);
  }
  return path;
}

function replaceAll(place: OpenPlace, steps: readonly FileStep[]): void {
  const doneSteps: FileStep[] = [];
  try {
    for (const step of steps) {
      const path = join(place.inside, step.name);
      try {
        if (step.stagedPath === undefined) rmSync(path);
        else renameSync(step.stagedPath, path);
      } catch (error) {
        throw directoryError(error, place, step.name);
      }
      doneSteps.push(step);
    }
    if (steps.length > 0) syncRenames(place);
  } catch (error) {
    putBack(place, doneSteps, error);
    throw error;
  }
}

/** Undoes the steps, the last one first. */
function putBack({ directory, inside }: OpenPlace, doneSteps: readonly FileStep[], cause: unknown): void {
  for (const { name, backup } of [...doneSteps].reverse()) {
    const path = join(inside, name);
    try {
      if (backup === undefined) rmSync(path, { force: true });
      else renameSync(backup, path);
    } catch (error) {
      const reason = fileError(error, 'put back', join(directory, name)).message;
      throw new HostError(
        `${messageOf(cause)}; and then: ${reason}`,
        `Some files of ${directory} are new and some old: remove the cause, then write them again`,
        { cause },
      );
    }
  }
}

function syncRenames({ directory, inside }: OpenPlace): void {
  try {
    syncDirectory(inside);
  } catch (error) {
    throw fileError(error, 'write', directory);
  }
}

/** The directory is missing, since the file itself is being created. */
function directoryError(error: unknown, { directory }: OpenPlace, name: string): HostError {
  return fileError(error, 'write', isCode(error, 'ENOENT') ? directory : join(directory, name));
}
