/** Free space on the disk of a path; statfs(2). */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isCode } from '../machine/error-codes.ts';
import { lookAt } from '../machine/fs.ts';
import { machine } from '../machine/machine.ts';
import { HostError } from '../../model/ports.ts';
import { runProgram } from '../machine/run-program.ts';

export interface DiskSpace {
  /** Bytes. */
  readonly size: number;
  /** Bytes available to users other than root. */
  readonly free: number;
  /** Free share of the inodes, 0 to 1; 1 where the file system does not count them, as btrfs. */
  readonly freeInodes: number;
}

/** For the path, or for its nearest existing parent directory. Rejects where access is denied. */
export async function diskSpace(path: string): Promise<DiskSpace> {
  if (machine().name !== undefined) return diskSpaceThere(path);
  try {
    const { bsize, blocks, bavail, files, ffree } = await statfs(path);
    return { size: blocks * bsize, free: bavail * bsize, freeInodes: files === 0 ? 1 : ffree / files };
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR') && path !== '/') return diskSpace(dirname(path));
    throw error;
  }
}

/** The same figures, in the output of stat(1). */
async function diskSpaceThere(path: string): Promise<DiskSpace> {
  if (lookAt(path) === undefined && path !== '/') return diskSpaceThere(dirname(path));
  const { hasFailed, stdout, stderr } = await runProgram('stat', [
    '-f',
    '-L',
    '-c',
    '%S %b %a %c %d',
    '--',
    path,
  ]);
  if (hasFailed) throw new HostError(`Cannot look at ${path}: ${stderr}`, `Try it by hand: stat -f ${path}`);
  const [bsize = 0, blocks = 0, bavail = 0, files = 0, ffree = 0] = stdout.split(' ').map(Number);
  return { size: blocks * bsize, free: bavail * bsize, freeInodes: files === 0 ? 1 : ffree / files };
}
