/**
 * Unit files on disk: finding them, and writing a set of them so that either all of it is there or
 * nothing has changed.
 */
import {
  closeSync,
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
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { HostError } from './ports.ts';

export interface FileToWrite {
  readonly name: string;
  /** Permission bits, in force from the file's creation on. */
  readonly mode: number;
  readonly content: string;
}

export type FileChange = 'created' | 'changed' | 'unchanged';

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
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status === undefined) continue;
    if (status.isSymbolicLink() && readlinkSync(path) === '/dev/null')
      return { path, text: '', masked: true };
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
    if (codeOf(error) === 'ENOENT') return [];
    throw failure(`cannot list ${directory}`, error);
  }
  return names
    .filter(matches)
    .sort()
    .flatMap((name) => {
      const text = readText(join(directory, name));
      return text === undefined ? [] : [{ name, text }];
    });
}

/**
 * Writes the files into the directory, which is made where its parent exists. All are first written
 * beside their places and synced; only then are they renamed into them, and a rename that fails puts
 * back those before it. So a full disk or a lost permission leaves the old files whole. Files whose
 * content and mode are right already are not touched.
 */
export function writeFiles(
  directory: string,
  files: readonly FileToWrite[],
): ReadonlyMap<string, FileChange> {
  makeDirectory(directory);
  const changes = new Map(files.map((file) => [file.name, compareFile(directory, file)] as const));
  const pending = files.filter((file) => changes.get(file.name) !== 'unchanged');
  const staged: StagedFile[] = [];
  try {
    for (const file of pending) staged.push(stageFile(directory, file));
    exchangeFiles(staged);
  } catch (error) {
    throw failure(`cannot write to ${directory}; what was there is as it was`, error);
  } finally {
    for (const { temporary, backup } of staged) {
      rmSync(temporary, { force: true });
      rmSync(backup, { force: true });
    }
  }
  if (pending.length > 0) syncDirectory(directory);
  return changes;
}

interface StagedFile {
  readonly path: string;
  readonly temporary: string;
  /** A second link to the file being replaced, for as long as the exchange can fail. */
  readonly backup: string;
}

function stageFile(directory: string, file: FileToWrite): StagedFile {
  const path = join(directory, file.name);
  // The names begin with a dot and end in no unit suffix, so that systemd never reads them.
  const temporary = join(directory, `.${file.name}.dockunit-new-${process.pid}`);
  const backup = join(directory, `.${file.name}.dockunit-old-${process.pid}`);
  rmSync(temporary, { force: true });
  rmSync(backup, { force: true });
  const descriptor = openSync(temporary, 'wx', file.mode);
  try {
    const bytes = Buffer.from(file.content);
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return { path, temporary, backup };
}

function exchangeFiles(staged: readonly StagedFile[]): void {
  const done: (StagedFile & { readonly replaced: boolean })[] = [];
  try {
    for (const file of staged) {
      const replaced = lstatSync(file.path, { throwIfNoEntry: false }) !== undefined;
      if (replaced) linkSync(file.path, file.backup);
      renameSync(file.temporary, file.path);
      done.push({ ...file, replaced });
    }
  } catch (error) {
    for (const file of done.reverse()) {
      if (file.replaced) renameSync(file.backup, file.path);
      else rmSync(file.path, { force: true });
    }
    throw error;
  }
}

function compareFile(directory: string, file: FileToWrite): FileChange {
  const path = join(directory, file.name);
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 'created';
  const same = status.isFile() && (status.mode & 0o777) === file.mode && readText(path) === file.content;
  return same ? 'unchanged' : 'changed';
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw failure(`cannot make the directory ${directory}`, error);
    if (!lstatSync(directory).isSymbolicLink() && !lstatSync(directory).isDirectory()) {
      throw new HostError(`${directory} is a file, not a directory`, 'Name a directory with -o');
    }
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const remedies: Readonly<Record<string, string>> = {
  EACCES: 'Run as root (sudo), or choose a directory of your own with -o',
  EPERM: 'Run as root (sudo), or choose a directory of your own with -o',
  EROFS: 'The file system is read-only: remount it, or choose another directory with -o',
  ENOSPC: 'The disk is full: free some space and run the same command again',
  EDQUOT: 'The quota is used up: free some space and run the same command again',
  ENOENT: 'Create its parent directory first',
};

function failure(what: string, error: unknown): HostError {
  const code = codeOf(error);
  return new HostError(`${what} (${code})`, remedies[code] ?? 'Check the directory and its file system', {
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
