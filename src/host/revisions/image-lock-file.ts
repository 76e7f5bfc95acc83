/**
 * dockunit.lock beside a Compose file: on the machine that dockunit runs on, where it reads such files, whatever --host
 * names.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lockName } from '../../images/image-lock.ts';
import { fileError } from '../machine/file-errors.ts';
import { localFiles } from '../machine/files.ts';
import { type OpenDirectory, withinDirectory } from '../machine/open-directory.ts';
import { HostError } from '../../model/ports.ts';
import { isTemporary, temporaryPath } from '../units/unit-files.ts';

/** The path beside the Compose file; undefined where that file is not on this host, and only its units came. */
export function lockPath(composeFile: string | undefined): string | undefined {
  const stats = composeFile === undefined ? undefined : statSync(composeFile, { throwIfNoEntry: false });
  return composeFile === undefined || stats?.isFile() !== true
    ? undefined
    : join(dirname(composeFile), lockName);
}

/**
 * Writes the lock as a whole or not at all, with the owner of its directory: like the Compose file, it is part of the
 * project. HostError where it cannot be written.
 * @returns whether it changed
 */
export function writeLockFile(path: string, text: string): boolean {
  try {
    return withinDirectory(dirname(path), (directory) => {
      const own = join(directory.inside, basename(path));
      discardTemporaries(directory);
      if (isRegular(own, path) && readRegular(own) === text) return false;
      const temporaryFile = temporaryPath(directory.inside);
      try {
        createFor(directory, temporaryFile, text);
        localFiles.rename(temporaryFile, own);
      } finally {
        localFiles.discard(temporaryFile);
      }
      localFiles.sync(directory.inside);
      return true;
    });
  } catch (error) {
    throw fileError(error, 'write', path);
  }
}

/**
 * The text of an existing lock; follows no link, so that it reads no other user's file.
 * @throws HostError where it cannot be read
 */
export function readLockFile(path: string): string | undefined {
  try {
    return withinDirectory(dirname(path), ({ inside }) => {
      const own = join(inside, basename(path));
      return isRegular(own, path) ? readRegular(own) : undefined;
    });
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

/**
 * False for nothing.
 * @param path for messages
 * @throws HostError where it is not a file
 */
function isRegular(own: string, path: string): boolean {
  const status = localFiles.status(own);
  if (status === undefined || status.kind === 'file') return status !== undefined;
  throw new HostError(
    `Cannot use ${path}: it is ${status.kind === 'link' ? 'a symbolic link' : 'no regular file'}`,
    `Move it aside, and have dockunit update write one: mv ${path} ${path}.old`,
  );
}

/**
 * Removes leftovers of a killed dockunit; only files, since an owner may change the contents of a directory meanwhile.
 */
function discardTemporaries({ inside }: OpenDirectory): void {
  for (const name of localFiles.list(inside).filter(isTemporary)) {
    const path = join(inside, name);
    if (localFiles.status(path)?.kind === 'file') localFiles.remove(path);
  }
}

/**
 * The file gets the owner of the directory before it has content; chown(2) by path would follow a link put in its
 * place.
 */
function createFor({ owner, group }: OpenDirectory, path: string, text: string): void {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const descriptor = openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    if (process.geteuid?.() === 0) fchownSync(descriptor, owner, group);
    fchmodSync(descriptor, 0o644);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Larger than any lock. */
const largestLock = 4 * 1024 * 1024;

/** The path may now be a link, or a FIFO without a writer. */
function readRegular(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > largestLock) throw new Error('it is no lock that dockunit wrote');
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
