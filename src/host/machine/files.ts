/**
 * The file system of a machine, as far as units, the files beside them and their states need it. Synchronous: no signal
 * handler of dockunit runs between two renames. Errors are those of node:fs(3), with their `code`, or a HostError where
 * the machine is unreachable.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isCode } from './error-codes.ts';
import { withinDirectory } from './open-directory.ts';

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** 0o644 */
  readonly mode: number;
  /** User id. */
  readonly owner: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface Files {
  /** Announces the next reads: each directory, and the small files in it. Does nothing where reading is cheap. */
  prefetch(directories: readonly string[]): void;
  /** As UTF-8. */
  read(path: string): string;
  /** Names, in no order. */
  list(directory: string): readonly string[];
  /** For the path itself, where it is a link; undefined where nothing exists there. */
  status(path: string): FileStatus | undefined;
  /** The path without links. */
  realPath(path: string): string;
  /** Follows links. */
  isDirectory(path: string): boolean;
  /** Creates a new file; its content is on disk when this returns. It never has more permissions than the mode. */
  create(path: string, content: string | Uint8Array, mode: number): void;
  /**
   * Appends to a file, which it creates with that mode where it is missing; on disk when this returns. Does not follow
   * a link.
   * @returns the new size, in bytes
   */
  append(path: string, text: string, mode: number): number;
  /**
   * Creates the directory and its missing parents, each with that mode, whatever the umask. An existing one keeps its
   * mode.
   */
  makeDirectory(path: string, mode: number): void;
  setMode(path: string, mode: number): void;
  rename(from: string, to: string): void;
  /** Adds a second name, where that name is free. */
  link(from: string, to: string): void;
  symlink(target: string, path: string): void;
  /** Removes an existing file. */
  remove(path: string): void;
  /** Removes whatever exists there, with its contents. */
  discard(path: string): void;
  /**
   * Does the work in the directory that the path leads to now: other users cannot redirect it meanwhile.
   * @param work receives the path to use while it runs
   * @throws HostError where a link of another user decides where the path leads
   */
  within<T>(directory: string, work: (inside: string) => T): T;
  /** Makes names added to and removed from the directory survive a power cut. */
  sync(directory: string): void;
}

/** The files of the machine that dockunit runs on. */
export const localFiles: Files = {
  prefetch: () => undefined,
  read: (path) => readFileSync(path, 'utf8'),
  list: (directory) => readdirSync(directory),
  status: (path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const kind = stats.isFile()
      ? 'file'
      : stats.isDirectory()
        ? 'directory'
        : stats.isSymbolicLink()
          ? 'link'
          : 'other';
    return { kind, mode: stats.mode & 0o7777, owner: stats.uid, modifiedAt: stats.mtimeMs };
  },
  realPath: (path) => realpathSync(path),
  isDirectory: (path) => {
    try {
      return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    } catch (error) {
      if (isCode(error, 'ENOTDIR', 'EACCES', 'ELOOP')) return false;
      throw error;
    }
  },
  create: (path, content, mode) => {
    const descriptor = openSync(path, 'wx', mode);
    try {
      // The umask may have removed bits, never added any: at no moment may more users read it.
      fchmodSync(descriptor, mode);
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  append: (path, text, mode) => {
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
    const descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode);
    try {
      // One write(2): concurrent appends do not mix.
      writeSync(descriptor, text);
      fsyncSync(descriptor);
      const { size } = fstatSync(descriptor);
      // The umask may have removed bits.
      if (size === Buffer.byteLength(text)) fchmodSync(descriptor, mode);
      return size;
    } finally {
      closeSync(descriptor);
    }
  },
  makeDirectory: (path, mode) => {
    const missing: string[] = [];
    for (let at = path; !isThere(at); at = dirname(at)) missing.unshift(at);
    for (const directory of missing) makeOneDirectory(directory, mode);
    // A file of that name exists, or a dangling link.
    if (!localFiles.isDirectory(path)) mkdirSync(path);
  },
  setMode: chmodSync,
  rename: renameSync,
  link: linkSync,
  symlink: symlinkSync,
  remove: (path) => {
    rmSync(path);
  },
  discard: (path) => {
    rmSync(path, { recursive: true, force: true });
  },
  within: (directory, work) => withinDirectory(directory, ({ inside }) => work(inside)),
  sync: (directory) => {
    const descriptor = openSync(directory, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
};

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function makeOneDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process creates it at the same time.
    if (isCode(error, 'EEXIST')) return;
    throw error;
  }
  // By descriptor: a user with write access to the parent can replace it by a link meanwhile.
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}
