/** Room on the disk that a path is on; statfs(2). */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isCode } from './file-errors.ts';

export interface DiskSpace {
  /** Bytes. */
  readonly size: number;
  /** Bytes that others than root may write. */
  readonly free: number;
  /** Of inodes, 0 to 1; 1 where the file system does not count them, as btrfs. */
  readonly freeInodes: number;
}

/** Of the path, or of the nearest directory above it that there is. Rejects where it may not be looked at. */
export async function diskSpace(path: string): Promise<DiskSpace> {
  try {
    const { bsize, blocks, bavail, files, ffree } = await statfs(path);
    return { size: blocks * bsize, free: bavail * bsize, freeInodes: files === 0 ? 1 : ffree / files };
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR') && path !== '/') return diskSpace(dirname(path));
    throw error;
  }
}
