/** The type of file at a path. */
import { isCode } from './error-codes.ts';
import { fileError } from './file-errors.ts';
import type { FileStatus } from './files.ts';
import { lookAt } from './fs.ts';

/** The type of file at the path itself; undefined for nothing. HostError where it cannot be examined. */
export function occupantOf(path: string): FileStatus | undefined {
  try {
    return lookAt(path);
  } catch (error) {
    if (isCode(error, 'ENOTDIR')) return undefined;
    throw fileError(error, 'look at', path);
  }
}
