/** The files that the generator keeps: the units ready to be copied, and their sources. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { KeptInputs } from '../../generator/kept-inputs.ts';
import { checkScript, sumLines } from '../../generator/kept-inputs.ts';
import type { GeneratorPaths } from '../../generator/paths.ts';
import { isCode } from '../machine/error-codes.ts';
import { fileError } from '../machine/file-errors.ts';
import { localFiles } from '../machine/files.ts';
import { globPaths } from '../machine/glob.ts';
import { ensureOwnDirectory } from '../machine/own-directory.ts';
import type { FileToWrite } from './unit-files.ts';

export interface KeptUnits {
  readonly files: readonly FileToWrite[];
  /** Paths below the directory of the units. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly report: readonly string[];
  readonly inputs: KeptInputs;
}

/**
 * Replaces the kept files in the directory, which is whole at any time or, for a moment, absent; accessible only to
 * root, as it contains the secrets of all projects. HostError where it cannot be written.
 */
export function keepUnits(directory: string, { files, links, report, inputs }: KeptUnits): void {
  const temporaryDirectory = `${directory}.${String(process.pid)}`;
  const old = `${temporaryDirectory}.old`;
  try {
    ensureOwnDirectory(dirname(directory), 0o700);
    ensureOwnDirectory(join(temporaryDirectory, 'units'), 0o700);
    for (const { name, mode, content } of files)
      writeFileSync(join(temporaryDirectory, 'units', name), content, { mode });
    for (const { path, target } of links) {
      localFiles.makeDirectory(dirname(join(temporaryDirectory, 'units', path)), 0o755);
      symlinkSync(target, join(temporaryDirectory, 'units', path));
    }
    // Restore the bits that the umask removed: the files are copied with their modes here.
    for (const { name, mode } of files) chmodSync(join(temporaryDirectory, 'units', name), mode);
    const sums = sumLines(inputs.digests);
    const complete = inputs.complete && sums !== undefined;
    const texts = {
      check: checkScript({ ...inputs, complete }),
      sums: sums ?? '',
      report: report.map((line) => `${line}\n`).join(''),
    };
    for (const [name, text] of Object.entries(texts))
      writeFileSync(join(temporaryDirectory, name), text, { mode: 0o600 });
    if (existsSync(directory)) renameSync(directory, old);
    renameSync(temporaryDirectory, directory);
  } catch (error) {
    throw fileError(error, 'write', directory);
  } finally {
    for (const path of [temporaryDirectory, old].filter((each) => existsSync(each)))
      rmSync(path, { recursive: true });
  }
}

/** The last messages of the generator, one a line; [] where it kept nothing. HostError where access is denied. */
export function readReport({ run, cache }: GeneratorPaths): readonly string[] {
  for (const directory of [run, cache]) {
    const path = join(directory, 'report');
    try {
      return readFileSync(path, 'utf8').split('\n').slice(0, -1);
    } catch (error) {
      if (!isCode(error, 'ENOENT', 'ENOTDIR')) throw fileError(error, 'read', path);
    }
  }
  return [];
}

/** Hash of a file's bytes, as b2sum(1) prints it. */
export function digestOf(content: string): string {
  return createHash('blake2b512').update(content).digest('hex');
}

/** The present matches of the pattern, in the order of a shell. */
export function listing(pattern: string): KeptInputs['listings'][number] {
  return { pattern, paths: globPaths(pattern) };
}

/** Without directories that are other names of listed ones, as /lib is /usr/lib where the two were merged. */
export function distinctDirectories<T extends { readonly directory: string }>(
  all: readonly T[],
): readonly T[] {
  const realPaths = new Set<string>();
  return all.filter(({ directory }) => {
    const real = existsSync(directory) ? realpathSync(directory) : directory;
    if (realPaths.has(real)) return false;
    realPaths.add(real);
    return true;
  });
}
