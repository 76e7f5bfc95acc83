/**
 * The file system of a machine, as far as units, what lies beside them and their states need it.
 * Synchronous: no signal handler of ours runs between two renames. Errors are those of node:fs(3),
 * with their `code`, or a HostError where the machine is gone.
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
  readonly modified: number;
}

export interface Files {
  /** Says what will be read: each directory, and the small files in it. Where reading is cheap nothing is done. */
  prefetch(directories: readonly string[]): void;
  /** As UTF-8. */
  read(path: string): string;
  /** Names, in no order. */
  list(directory: string): readonly string[];
  /** Of the path itself, where it is a link; undefined where there is nothing. */
  status(path: string): FileStatus | undefined;
  /** The path without links. */
  realPath(path: string): string;
  /** Links are followed. */
  isDirectory(path: string): boolean;
  /** Makes a file that is not there yet; its content is on disk when this returns. It never has more than the mode. */
  create(path: string, content: string | Uint8Array, mode: number): void;
  /**
   * Adds to a file, which is made where it is missing, with that mode; on disk when this returns. A link is not followed.
   * @returns the size it has now, in bytes
   */
  append(path: string, text: string, mode: number): number;
  /**
   * Makes the directory and the parents that are missing, each with that mode, whatever the umask. One that is
   * there keeps its mode.
   */
  makeDirectory(path: string, mode: number): void;
  setMode(path: string, mode: number): void;
  rename(from: string, to: string): void;
  /** A second name, where there is nothing of that name. */
  link(from: string, to: string): void;
  symlink(target: string, path: string): void;
  /** A file that is there. */
  remove(path: string): void;
  /** Whatever it is, with all in it, if it is there. */
  discard(path: string): void;
  /**
   * Does the work in the directory that the path leads to now: others cannot have it done elsewhere meanwhile.
   * @param work gets the path to work by as long as it runs
   * @throws HostError where the path leads there by the word of another user
   */
  within<T>(directory: string, work: (inside: string) => T): T;
  /** Makes names given and taken in the directory outlive a power cut. */
  sync(directory: string): void;
}

/** Those of the machine that dockunit runs on. */
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
    return { kind, mode: stats.mode & 0o7777, owner: stats.uid, modified: stats.mtimeMs };
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
      // The umask may have taken bits away, never added any: no moment at which more may read it.
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
      // One write(2): what two append at once does not mix.
      writeSync(descriptor, text);
      fsyncSync(descriptor);
      const { size } = fstatSync(descriptor);
      // The umask may have taken bits away.
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
    // A file of the name, or a link that leads nowhere.
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
    // Another process makes it at the same time.
    if (isCode(error, 'EEXIST')) return;
    throw error;
  }
  // By descriptor: who may write to the parent can put a link in its place meanwhile.
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}
