/** dockunit.lock beside a Compose file: on the machine that dockunit runs on, where such files are read, whatever --host names. */
import { chownSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lockName } from '../changes/image-lock.ts';
import { fileError, isCode } from './file-errors.ts';
import { localFiles } from './files.ts';

/** The path beside the Compose file; undefined where that file is not on this host, and the units came alone. */
export function lockPath(composeFile: string | undefined): string | undefined {
  const stats = composeFile === undefined ? undefined : statSync(composeFile, { throwIfNoEntry: false });
  return composeFile === undefined || stats?.isFile() !== true
    ? undefined
    : join(dirname(composeFile), lockName);
}

/**
 * Whole or not at all, and owned by whom its directory belongs to: it is part of the project as its
 * Compose file is. HostError where it cannot be written.
 * @returns whether it was other before
 */
export function writeLockFile(path: string, text: string): boolean {
  const staged = `${path}.tmp`;
  try {
    if (textOf(path) === text) return false;
    localFiles.discard(staged);
    localFiles.create(staged, text, 0o644);
    const { uid, gid } = statSync(dirname(path));
    if (process.getuid?.() === 0) chownSync(staged, uid, gid);
    localFiles.rename(staged, path);
    localFiles.sync(dirname(path));
    return true;
  } catch (error) {
    localFiles.discard(staged);
    throw fileError(error, 'write', path);
  }
}

function textOf(path: string): string | undefined {
  try {
    return localFiles.read(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
