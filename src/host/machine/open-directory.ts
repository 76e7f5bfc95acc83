/**
 * A directory that is opened once and then used by its descriptor. So a user who owns it, or can write to the
 * directories above it, cannot redirect the work by a link in its place.
 *
 * Node has no openat(2). A path below /proc/self/fd/N starts at the directory of descriptor N, whatever now has its old
 * path; proc_pid_fd(5).
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { O_PATH } from './descriptors.ts';
import { HostError } from '../../model/ports.ts';

export interface OpenDirectory {
  /** Its path while it is open. */
  readonly inside: string;
  readonly owner: number;
  readonly group: number;
}

const plainDirectory = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** As the kernel's own limit; path_resolution(7). */
const mostLinks = 40;

/**
 * Follows links on the way that belong to root, to the user who runs dockunit, or to the owner of the target directory,
 * who could have done the work there anyway.
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

/** A descriptor of the directory, and the owners of the links on the way, without trusted ones. */
function openPath(path: string): { readonly descriptor: number; readonly linkOwners: readonly number[] } {
  const linkOwners: number[] = [];
  let names = path.split('/');
  let at = openSync('/', plainDirectory);
  try {
    for (let links = 0; names.length > 0;) {
      const [name = '', ...after] = names;
      names = after;
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
      names = [...target.split('/'), ...names];
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

/** The owner of the directory that contains a link can replace the link: that user decides where it leads. */
function ownerOfLink(directory: number, link: string): number | undefined {
  const owners = [fstatSync(directory).uid, lstatSync(link).uid];
  return owners.find((owner) => owner !== 0 && owner !== process.geteuid?.());
}
