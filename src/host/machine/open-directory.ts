/**
 * A directory that is opened once and worked in by its descriptor, so that who may write to the directories above
 * it, or owns it, cannot have the work done elsewhere by putting a link in its place meanwhile.
 *
 * Node has no openat(2). A path below /proc/self/fd/N starts at the directory that the descriptor N is of, whatever
 * has its old path by now; proc_pid_fd(5).
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { O_PATH } from './descriptors.ts';
import { HostError } from '../../model/ports.ts';

export interface OpenDirectory {
  /** Its own path, as long as it is open. */
  readonly inside: string;
  readonly owner: number;
  readonly group: number;
}

const plainDirectory = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** As the kernel's own limit; path_resolution(7). */
const mostLinks = 40;

/**
 * Links on the way are followed where they are root's, those of the user who runs dockunit, or of the owner of the
 * directory that they lead to, who could have done the work there himself.
 * @param path absolute
 * @throws HostError where another user's link leads elsewhere; errors of node:fs
 */
export function withinDirectory<T>(path: string, work: (directory: OpenDirectory) => T): T {
  const { descriptor, linkOwners } = openPath(path);
  try {
    const { uid: owner, gid: group } = fstatSync(descriptor);
    const stranger = linkOwners.find((user) => user !== owner);
    if (stranger !== undefined) {
      throw new HostError(
        `Cannot trust ${path}: a symbolic link of user ${String(stranger)} leads to a directory of user ${String(owner)}`,
        `Name the directory itself: realpath ${path}`,
      );
    }
    return work({ inside: `/proc/self/fd/${String(descriptor)}`, owner, group });
  } finally {
    closeSync(descriptor);
  }
}

/** A descriptor of the directory, and whose word the links on the way are, but for those that are trusted. */
function openPath(path: string): { readonly descriptor: number; readonly linkOwners: readonly number[] } {
  const linkOwners: number[] = [];
  let left = path.split('/');
  let at = openSync('/', plainDirectory);
  try {
    for (let links = 0; left.length > 0;) {
      const [name = '', ...after] = left;
      left = after;
      if (name === '' || name === '.') continue;
      const next = `/proc/self/fd/${String(at)}/${name}`;
      if (!lstatSync(next).isSymbolicLink()) {
        const below = openSync(next, plainDirectory);
        closeSync(at);
        at = below;
        continue;
      }
      if (++links > mostLinks) throw Object.assign(new Error(`${path}: too many links`), { code: 'ELOOP' });
      const owner = ownerOfLink(at, next);
      if (owner !== undefined) linkOwners.push(owner);
      const target = readlinkSync(next);
      left = [...target.split('/'), ...left];
      if (!isAbsolute(target)) continue;
      closeSync(at);
      at = openSync('/', plainDirectory);
    }
    return { descriptor: at, linkOwners };
  } catch (error) {
    closeSync(at);
    throw error;
  }
}

/** Who owns the directory that a link is in may put another in its place: it is that user's word. */
function ownerOfLink(directory: number, link: string): number | undefined {
  const owners = [fstatSync(directory).uid, lstatSync(link).uid];
  return owners.find((owner) => owner !== 0 && owner !== process.geteuid?.());
}
