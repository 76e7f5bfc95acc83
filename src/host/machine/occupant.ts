/** What is at a path. */
import { isCode } from './error-codes.ts';
import { fileError } from './file-errors.ts';
import type { FileStatus } from './files.ts';
import { lookAt } from './fs.ts';

/** What is at the path itself; undefined for nothing. HostError where that cannot be looked at. */
export function occupantOf(path: string): FileStatus | undefined {
  try {
    return lookAt(path);
  } catch (error) {
    if (isCode(error, 'ENOTDIR')) return undefined;
    throw fileError(error, 'look at', path);
  }
}
