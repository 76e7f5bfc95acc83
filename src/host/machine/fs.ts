/**
 * The part of node:fs that units and their states need, by the same names, on the target machine (machine.ts). Errors
 * are those of node:fs, with their `code`, or a HostError where the machine is unreachable.
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

/** Also creates missing parents, each with that mode, whatever the umask. */
export const makeDirectory = (path: string, mode: number): void => machine().files.makeDirectory(path, mode);

/** Works in a directory that other users cannot redirect; see Files. */
export const within = <T>(directory: string, work: (inside: string) => T): T =>
  machine().files.within(directory, work);

/** With `force`, removes whatever exists there; else an existing file. */
export const rmSync = (
  path: string,
  { force }: { readonly force?: true; readonly recursive?: true } = {},
): void => (force === true ? machine().files.discard(path) : machine().files.remove(path));

/** lstat(2) in brief; undefined where nothing exists there. */
export const lookAt = (path: string): FileStatus | undefined => machine().files.status(path);

export const isDirectory = (path: string): boolean => machine().files.isDirectory(path);

/** Announces that these directories are about to be read, with most of their contents. */
export const prefetch = (directories: readonly string[]): void => machine().files.prefetch(directories);
