/**
 * Directories and files whose content decides what dockunit does, as root: no other user may have write access. A
 * directory that an older dockunit created under a permissive umask may be open to all, so other users may have written
 * its contents.
 */
import { dirname } from 'node:path';
import { fileError } from './file-errors.ts';
import type { FileStatus } from './files.ts';
import { makeDirectory, realpathSync } from './fs.ts';
import { machine } from './machine.ts';
import { HostError } from '../../model/ports.ts';
import { occupantOf } from './occupant.ts';

/**
 * Creates the directory where it is missing, with its parents.
 * @param mode 0o700, 0o750, 0o755
 * @throws HostError where it cannot be created, or is not dockunit's own
 */
export function ensureOwnDirectory(path: string, mode: number): void {
  try {
    makeDirectory(path, mode);
  } catch (error) {
    throw fileError(error, 'make', path);
  }
  requireOwn(path);
}

/** As `requireOwn`, for the path and every directory above it up to `top`, which is one of them. */
export function requireOwnUpTo(top: string, path: string): void {
  for (let at = path; ; at = dirname(at)) {
    requireOwn(at);
    if (at === top || at === dirname(at)) return;
  }
}

/**
 * Does nothing where nothing exists.
 * @throws HostError where it belongs to a user other than root and the one who runs dockunit, or others may write to it
 * @internal exported for tests: the test has directories of other owners
 */
export function requireOwn(path: string): void {
  const status = occupantOf(path);
  if (status === undefined) return;
  const reason = distrust(status);
  // An administrator may have moved it to another disk: the link must be root's, and so must its target.
  if (reason === undefined && status.kind === 'link') requireOwn(realpathSync(path));
  if (reason === undefined) return;
  throw new HostError(
    `Cannot trust ${path}: ${reason}`,
    `Look at what is in it (ls -lR ${path}) and move it aside if anything is not yours: mv ${path} ${path}.old`,
  );
}

function distrust({ kind, owner, mode }: FileStatus): string | undefined {
  if (owner !== 0 && owner !== machine().uid) return `it belongs to user ${String(owner)}`;
  // The mode of a link means nothing; symlink(7).
  if (kind === 'link' || (mode & 0o022) === 0) return undefined;
  return `other users may write to it (mode ${mode.toString(8)})`;
}
