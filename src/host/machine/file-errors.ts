/** Errors of the file system as HostErrors. */
import { messageOf } from '../../model/diagnostic.ts';
import { codeOf } from './error-codes.ts';
import { asRoot } from './machine.ts';
import { HostError } from '../../model/ports.ts';

/**
 * @param action on the file that failed: `read`, `write`
 * @returns a HostError that names the path; returns a HostError unchanged
 */
export function fileError(error: unknown, action: string, path: string): HostError {
  if (error instanceof HostError) return error;
  const [reason, remedy] = explanations[codeOf(error) ?? ''] ?? [
    messageOf(error),
    'Look at the file and its directory: ls -ld PATH',
  ];
  return new HostError(
    `Cannot ${action} ${path}: ${reason}`,
    remedy.replace('PATH', path).replace('ROOT', asRoot()),
    { cause: error },
  );
}

/** An unhandled error of node:fs, as a HostError; undefined for any other error. */
export function systemError(error: unknown): HostError | undefined {
  const code = codeOf(error);
  if (!(error instanceof Error) || !('syscall' in error) || code === undefined) return undefined;
  if (!Object.hasOwn(explanations, code)) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : '.';
  return fileError(error, String(error.syscall), path);
}

/** The meaning of the code, and what to do. */
const explanations: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'Make room on the disk (df -h PATH), then try again'],
  EDQUOT: ['the disk quota is used up', 'Make room or have the quota raised (quota -s), then try again'],
  EROFS: ['the file system is read-only', 'Choose another directory with -o, or remount it writable'],
  EACCES: ['permission denied', 'ROOT, or choose a place of your own'],
  EPERM: ['not permitted', 'Look whether the file is immutable (lsattr PATH). ROOT'],
  ENOENT: ['it does not exist', 'Make it first, or name another: mkdir -p PATH'],
  ENOTDIR: ['part of the path is a file, not a directory', 'Name another path'],
  EISDIR: ['it is a directory', 'Name a file'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter name'],
  ELOOP: ['its symbolic links lead in a circle', 'Repair the links: ls -l PATH'],
  EMFILE: ['too many files are open', 'Raise the limit: ulimit -n 4096'],
  EIO: ['the disk does not answer properly', 'Look at the disk: journalctl -k -n 30'],
  EBUSY: ['it is in use by the system', 'Unmount what is mounted there: findmnt PATH'],
};
