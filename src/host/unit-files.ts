/**
 * Unit files on disk: finding them, and writing a set of them so that all of it changes or none.
 * Synchronous on purpose: no signal handler of ours runs between two renames.
 */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileError, isCode } from './file-errors.ts';
import { HostError } from './ports.ts';

export interface FileToWrite {
  readonly name: string;
  /** The file has it from its creation on, whatever the umask: 0o644, 0o600. */
  readonly mode: number;
  readonly content: string;
}

export type FileChange = 'created' | 'changed' | 'unchanged' | 'removed';

export interface FoundUnit {
  readonly path: string;
  /** Empty for a mask. */
  readonly text: string;
  /** A link to /dev/null or an empty file: somebody forbade the unit (systemd.unit(5)). */
  readonly masked: boolean;
}

/** The unit of that name in the first of the directories that has one; undefined where none has. */
export function findUnit(name: string, directories: readonly string[]): FoundUnit | undefined {
  for (const directory of directories) {
    const path = join(directory, name);
    const stats = occupantOf(path);
    if (stats === undefined) continue;
    if (stats.isSymbolicLink() && readlinkSync(path) === '/dev/null') return { path, text: '', masked: true };
    const text = readText(path);
    return { path, text: text ?? '', masked: text === '' };
  }
  return undefined;
}

/** All files of a directory whose name `matches`, sorted; [] where there is no such directory. */
export function readUnitDirectory(
  directory: string,
  matches: (name: string) => boolean,
): readonly { readonly name: string; readonly text: string }[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw fileError(error, 'list', directory);
  }
  return names
    .filter(matches)
    .sort()
    .flatMap((name) => {
      const text = readText(join(directory, name));
      return text === undefined ? [] : [{ name, text }];
    });
}

/** A file to be replaced or removed, and the temporary files that make it undoable. */
interface Step {
  readonly name: string;
  /** The new content; undefined for a removal. */
  readonly staged: string | undefined;
  /** A second name of the old file; undefined where there was none. */
  readonly kept: string | undefined;
}

/**
 * Writes the files and removes others, in a directory that is made where its parent exists.
 * Everything is staged and on disk before the first file is replaced; until then a failure leaves
 * the directory as it was, and a failure afterwards puts back what was replaced. Only a power cut
 * between two renames can leave some of them done. Files whose content and mode are right already
 * are not touched.
 * @param removals names; those that do not exist are not reported
 * @returns what became of each file, then of each removed one
 * @throws HostError with the path
 */
export function writeFiles(
  directory: string,
  files: readonly FileToWrite[],
  removals: readonly string[] = [],
): ReadonlyMap<string, FileChange> {
  makeDirectory(directory);
  const changes = new Map<string, FileChange>(files.map((file) => [file.name, compare(directory, file)]));
  const removed = removals.filter((name) => isReplaceable(join(directory, name)));
  const steps: Step[] = [];
  const temporary: string[] = [];
  try {
    for (const file of files) {
      const change = changes.get(file.name);
      if (change === 'unchanged') continue;
      const staged = stage(directory, file, temporary);
      const kept = change === 'changed' ? keep(directory, file.name, temporary) : undefined;
      steps.push({ name: file.name, staged, kept });
    }
    for (const name of removed) {
      steps.push({ name, staged: undefined, kept: keep(directory, name, temporary) });
      changes.set(name, 'removed');
    }
    replaceAll(directory, steps);
  } finally {
    for (const path of temporary) rmSync(path, { force: true });
  }
  return changes;
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (isCode(error, 'EEXIST') && statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return;
    if (isCode(error, 'EEXIST')) {
      throw new HostError(`${directory} is a file, not a directory`, 'Name a directory with -o', {
        cause: error,
      });
    }
    throw fileError(error, 'make the directory', directory);
  }
}

function compare(directory: string, { name, mode, content }: FileToWrite): FileChange {
  const path = join(directory, name);
  if (!isReplaceable(path)) return 'created';
  try {
    const same = (lstatSync(path).mode & 0o7777) === mode && readFileSync(path).equals(Buffer.from(content));
    return same ? 'unchanged' : 'changed';
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

/** True for a regular file, false for nothing. HostError for what is neither: links, directories. */
function isReplaceable(path: string): boolean {
  const stats = occupantOf(path);
  if (stats === undefined) return false;
  if (stats.isFile()) return true;
  if (stats.isSymbolicLink()) {
    throw new HostError(
      `Cannot write ${path}: it is a symbolic link (an alias or a mask)`,
      `Remove the link first: rm ${path}`,
    );
  }
  throw new HostError(
    `Cannot write ${path}: it is ${stats.isDirectory() ? 'a directory' : 'no regular file'}`,
    `Move it aside first: mv ${path} ${path}.old`,
  );
}

function occupantOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isCode(error, 'ENOTDIR')) return undefined;
    throw fileError(error, 'look at', path);
  }
}

/** A name systemd takes for no unit, short enough for any file system. */
function temporaryPath(directory: string, temporary: string[]): string {
  const path = join(directory, `.dockunit-${randomBytes(6).toString('hex')}.tmp`);
  temporary.push(path);
  return path;
}

function stage(directory: string, { name, mode, content }: FileToWrite, temporary: string[]): string {
  const path = temporaryPath(directory, temporary);
  try {
    const descriptor = openSync(path, 'wx', mode);
    try {
      // The umask may have taken bits away, never added any: no moment at which more may read it.
      fchmodSync(descriptor, mode);
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw directoryError(error, directory, name);
  }
  return path;
}

function keep(directory: string, name: string, temporary: string[]): string {
  const path = temporaryPath(directory, temporary);
  try {
    linkSync(join(directory, name), path);
  } catch (error) {
    throw directoryError(error, directory, name);
  }
  return path;
}

function replaceAll(directory: string, steps: readonly Step[]): void {
  const done: Step[] = [];
  try {
    for (const step of steps) {
      const path = join(directory, step.name);
      try {
        if (step.staged === undefined) rmSync(path);
        else renameSync(step.staged, path);
      } catch (error) {
        throw directoryError(error, directory, step.name);
      }
      done.push(step);
    }
    if (steps.length > 0) syncDirectory(directory);
  } catch (error) {
    putBack(directory, done, error);
    throw error;
  }
}

/** Undoes the steps, the last one first. */
function putBack(directory: string, done: readonly Step[], cause: unknown): void {
  for (const { name, kept } of [...done].reverse()) {
    const path = join(directory, name);
    try {
      if (kept === undefined) rmSync(path, { force: true });
      else renameSync(kept, path);
    } catch (error) {
      const reason = fileError(error, 'put back', path).message;
      throw new HostError(
        `${cause instanceof Error ? cause.message : String(cause)}; and then: ${reason}`,
        `Some files of ${directory} are new and some old: mend the cause, then write them again`,
        { cause },
      );
    }
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Makes the renames themselves outlive a power cut. */
function syncDirectory(directory: string): void {
  try {
    const descriptor = openSync(directory, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileError(error, 'write', directory);
  }
}

/** What is missing is the directory, since the file itself is being made. */
function directoryError(error: unknown, directory: string, name: string): HostError {
  return fileError(error, 'write', isCode(error, 'ENOENT') ? directory : join(directory, name));
}
