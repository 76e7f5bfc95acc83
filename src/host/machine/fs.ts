/**
 * What of node:fs units and their states need, by the same names, on the machine that is worked with
 * (machine.ts). Errors are those of node:fs, with their `code`, or a HostError where the machine is gone.
 */
import type { FileStatus } from './files.ts';
import { machine } from './machine.ts';

/** As UTF-8. */
export const readText = (path: string): string => machine().files.read(path);
export const readdirSync = (path: string): readonly string[] => machine().files.list(path);
export const realpathSync = (path: string): string => machine().files.realPath(path);
export const linkSync = (from: string, to: string): void => machine().files.link(from, to);
export const renameSync = (from: string, to: string): void => machine().files.rename(from, to);
export const symlinkSync = (target: string, path: string): void => machine().files.symlink(target, path);
export const chmodSync = (path: string, mode: number): void => machine().files.setMode(path, mode);

/** With the parents that are missing, each with that mode, whatever the umask. */
export const makeDirectory = (path: string, mode: number): void => machine().files.makeDirectory(path, mode);

/** Work in a directory that others cannot have done elsewhere; see Files. */
export const within = <T>(directory: string, work: (inside: string) => T): T =>
  machine().files.within(directory, work);

/** With `force` whatever is there, if it is there; else a file that is there. */
export const rmSync = (
  path: string,
  { force }: { readonly force?: true; readonly recursive?: true } = {},
): void => (force === true ? machine().files.discard(path) : machine().files.remove(path));

/** lstat(2) in brief; undefined where there is nothing. */
export const lookAt = (path: string): FileStatus | undefined => machine().files.status(path);

export const isDirectory = (path: string): boolean => machine().files.isDirectory(path);

/** Says that these directories are about to be read, and most of what is in them. */
export const prefetch = (directories: readonly string[]): void => machine().files.prefetch(directories);
