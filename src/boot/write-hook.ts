/** Writes the boot hook of an init, and removes it. */
import {
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileError } from '../host/machine/file-errors.ts';
import { HostError } from '../model/ports.ts';
import { findProgram } from '../host/machine/programs.ts';
import { ensureDirectory, readUnitFile } from '../host/units/unit-directories.ts';
import { writeFiles } from '../host/units/unit-files.ts';

/** `created /etc/init.d/dockunit`. */
export interface HookChange {
  readonly change: 'created' | 'changed' | 'unchanged' | 'removed' | 'ran';
  readonly what: string;
}

/** A file that dockunit writes as a whole. */
export interface HookFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes files of mode 0755, with the directories above them.
 * @param isOurs whether a file with that text may be replaced
 * @throws HostError where one belongs to other software; then none is written
 */
export function writeHookFiles(
  files: readonly HookFile[],
  isOurs: (text: string) => boolean,
): readonly HookChange[] {
  for (const { path } of files) {
    const there = readUnitFile(path);
    if (there === undefined || isOurs(there)) continue;
    throw new HostError(
      `${path} is there already, and dockunit did not write it`,
      `Move it aside first: mv ${path} ${path}.old`,
    );
  }
  return files.flatMap(({ path, text }) => {
    ensureDirectory(dirname(path));
    return writeFiles(dirname(path), [{ name: basename(path), mode: 0o755, content: text }]).map(
      ({ change }) => ({ change, what: path }),
    );
  });
}

/** Removes the files that are dockunit's; ignores others. */
export function removeHookFiles(
  files: readonly HookFile[],
  isOurs: (text: string) => boolean,
): readonly HookChange[] {
  return files.flatMap(({ path }): HookChange[] => {
    const there = readUnitFile(path);
    if (there === undefined || !isOurs(there)) return [];
    remove(path);
    return [{ change: 'removed', what: path }];
  });
}

/** Changes a text file that is not dockunit's, through links; keeps its mode, but makes it executable. */
export function rewriteHookLines(
  path: string,
  rewrite: (text: string | undefined) => string | undefined,
): readonly HookChange[] {
  const real = existsSync(path) ? realpathSync(path) : path;
  const text = readUnitFile(real);
  const next = rewrite(text);
  if (next === undefined) {
    if (text === undefined) return [];
    remove(real);
    return [{ change: 'removed', what: real }];
  }
  const mode = text === undefined ? 0o755 : (statSync(real).mode & 0o777) | 0o111;
  if (next === text && (statSync(real).mode & 0o777) === mode) return [{ change: 'unchanged', what: real }];
  return writeFiles(dirname(real), [{ name: basename(real), mode, content: next }]).map(({ change }) => ({
    change,
    what: real,
  }));
}

/** @throws HostError where the path is taken by something else */
export function makeHookLink({ path, target }: { path: string; target: string }): readonly HookChange[] {
  const what = `${path} → ${target}`;
  if (isLinkTo(path, target)) return [{ change: 'unchanged', what }];
  try {
    symlinkSync(target, path);
  } catch (error) {
    throw fileError(error, 'make', path);
  }
  return [{ change: 'created', what }];
}

export function removeHookLink({ path, target }: { path: string; target: string }): readonly HookChange[] {
  if (!isLinkTo(path, target)) return [];
  remove(path);
  return [{ change: 'removed', what: path }];
}

/** A directory that is dockunit's, with all files in it. */
export function removeHookDirectory(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError(error, 'remove', path);
  }
}

/**
 * Runs the first of the commands whose program the host has; does nothing where it has none.
 * @throws HostError where it fails
 */
export async function runFirst(
  commands: readonly (readonly [string, ...(readonly string[])])[],
): Promise<readonly HookChange[]> {
  const command = commands.flatMap(([program, ...args]) => {
    const path = findProgram(program, programDirectories);
    return path === undefined ? [] : [[path, program, ...args] as const];
  })[0];
  if (command === undefined) return [];
  const [path, program, ...args] = command;
  const { execa } = await import('execa');
  const { failed, all, shortMessage } = await execa(path, args, {
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  const line = [program, ...args].join(' ');
  if (failed) throw new HostError(`${line} failed: ${all.trim() || shortMessage}`, `Run it by hand: ${line}`);
  return [{ change: 'ran', what: line }];
}

/** Runs a line of shell to its end, without waiting for processes that it leaves in the background. */
export async function runShell(line: string): Promise<void> {
  const { execa } = await import('execa');
  // In a session of its own, so that closing a terminal does not end the background processes.
  const { failed, stderr, shortMessage } = await execa('/bin/sh', ['-c', line], {
    reject: false,
    detached: true,
    stdin: 'ignore',
  });
  if (failed)
    throw new HostError(`${line} failed: ${stderr.trim() || shortMessage}`, `Run it by hand: ${line}`);
}

/** Directories of programs for administrators, whatever $PATH contains. */
const programDirectories = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin'];

function isLinkTo(path: string, target: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isSymbolicLink() === true && readlinkSync(path) === target;
}

function remove(path: string): void {
  try {
    rmSync(path);
  } catch (error) {
    throw fileError(error, 'remove', path);
  }
}

/** The name of the program that is PID 1; '' where dockunit cannot find it out. */
export const initProgram = (): string => programOf('1');

/** Whether a process runs a program of that name, of 15 bytes at most; proc_pid_comm(5). */
export function runsProgram(name: string): boolean {
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && programOf(entry) === name);
}

function programOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** The first of the paths that exists. */
export function firstExisting<T extends string>(paths: readonly T[]): T | undefined {
  return paths.find((path) => existsSync(path));
}
