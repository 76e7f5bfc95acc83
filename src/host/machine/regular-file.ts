/**
 * Files that a Compose file names. The author may name a pipe, a terminal or a device: opening one can wait forever, or
 * start it (/dev/watchdog). So dockunit opens a path only when it is known to be a regular file.
 */
import { closeSync, constants, fstatSync, openSync, readlinkSync, realpathSync, statfsSync } from 'node:fs';
import { O_PATH, nullDevice } from './descriptors.ts';

/**
 * The kernel generates their content on read, which can wait or consume the content (/proc/kmsg); statfs(2), f_type.
 */
const kernelFileSystems: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x64626720, // debugfs
  0x74726163, // tracefs
]);

/** Why an existing file is not opened. */
export type FileRefusal = 'directory' | 'special' | 'outside';

/**
 * A descriptor for reading, or why there is none; follows links. /dev/null is an empty file.
 * @param within a directory: does not open a file outside it, wherever links lead
 * @throws the errors of open(2), with their `code`
 */
export function openRegular(path: string, within?: string): number | FileRefusal {
  const place = openSync(path, O_PATH);
  try {
    // The descriptor stays with the examined file, wherever the path leads now.
    const entry = `/proc/self/fd/${String(place)}`;
    const stats = fstatSync(place);
    if (!stats.isCharacterDevice() || stats.rdev !== nullDevice) {
      if (within !== undefined && !isBelow(readlinkSync(entry), realpathSync(within))) return 'outside';
      if (stats.isDirectory()) return 'directory';
      if (!stats.isFile() || kernelFileSystems.has(statfsSync(entry).type)) return 'special';
    }
    return openSync(entry, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } finally {
    closeSync(place);
  }
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}
