/**
 * Finding and reading the Compose files, as `docker compose` does it.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../diagnostic.ts';
import { composeFileNames, composeOverrideFileNames } from '../spec/compose-files.ts';
import type { FileText, SourceFile } from '../spec/loading.ts';
import { HostError } from './ports.ts';

/** Larger than any file a person writes, smaller than one that would stall the parser. */
export const largestFile = 4 * 1024 * 1024;

export interface ComposeSource {
  /** In merge order. */
  readonly files: readonly SourceFile[];
  /** The project directory. */
  readonly directory: string;
  readonly dotenv: readonly SourceFile[];
}

export interface ComposeLocation {
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** -f, in order; `-` is standard input. */
  readonly files?: readonly string[];
  readonly envFiles?: readonly string[];
  readonly projectDirectory?: string;
}

/**
 * The files -f names, else COMPOSE_FILE, else the first of the usual names in the working directory
 * or the nearest directory above it, with its override; and the .env beside the project. Throws
 * UsageError where one is missing, a directory or far too large, HostError where one cannot be read.
 */
export function readComposeSource(location: ComposeLocation): ComposeSource {
  const { workingDirectory, environment } = location;
  const named = location.files ?? splitComposeFile(environment);
  const paths =
    named === undefined
      ? discover(workingDirectory)
      : named.map((path) => (path === '-' ? path : resolve(workingDirectory, path)));
  const [first] = paths;
  const directory = resolve(
    workingDirectory,
    location.projectDirectory ?? (first === undefined || first === '-' ? '.' : dirname(first)),
  );
  const files = paths.map((path) =>
    path === '-'
      ? { path: join(directory, '(standard input)'), text: readOrThrow(0, 'standard input') }
      : readSource(path),
  );
  return { files, directory, dotenv: readDotenv(location, directory) };
}

/** A file the specification names, such as an env_file; a value rather than an error when it cannot be read. */
export function readSpecificationFile(path: string): FileText {
  try {
    const status = statSync(path);
    if (status.isDirectory()) return { ok: false, reason: 'directory' };
    if (status.size > largestFile) return { ok: false, reason: 'too-large' };
    return { ok: true, text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { ok: false, reason: codeOf(error) === 'ENOENT' ? 'missing' : 'unreadable' };
  }
}

function splitComposeFile(environment: ComposeLocation['environment']): readonly string[] | undefined {
  const value = environment.COMPOSE_FILE;
  if (value === undefined || value === '') return undefined;
  return value.split(environment.COMPOSE_PATH_SEPARATOR ?? ':').filter((path) => path !== '');
}

function discover(start: string): readonly string[] {
  for (let directory = start; ; directory = dirname(directory)) {
    const main = composeFileNames.find((name) => exists(join(directory, name)));
    if (main !== undefined) {
      const override = composeOverrideFileNames.find((name) => exists(join(directory, name)));
      return [main, ...(override === undefined ? [] : [override])].map((name) => join(directory, name));
    }
    if (directory === dirname(directory)) break;
  }
  throw new UsageError(
    `there is no ${composeFileNames.join(', ')} in ${start} or above it`,
    'Change to the directory of the Compose file, or name it with -f',
  );
}

function readDotenv(location: ComposeLocation, directory: string): readonly SourceFile[] {
  if (location.envFiles !== undefined) {
    return location.envFiles.map((path) => readSource(resolve(location.workingDirectory, path)));
  }
  const path = join(directory, '.env');
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? [readSource(path)] : [];
}

function readSource(path: string): SourceFile {
  return { path, text: readOrThrow(path, path) };
}

function readOrThrow(source: string | number, shown: string): string {
  if (typeof source === 'string' && (statSync(source, { throwIfNoEntry: false })?.size ?? 0) > largestFile) {
    throw new UsageError(
      `${shown} is larger than ${largestFile / 1024 / 1024} MiB, which no Compose file is`,
      'Name the right file with -f',
    );
  }
  try {
    return readFileSync(source, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') throw new UsageError(`${shown} does not exist`, 'Check the path');
    if (code === 'EISDIR')
      throw new UsageError(`${shown} is a directory, not a file`, 'Name the Compose file in it');
    const remedy =
      code === 'EACCES' || code === 'EPERM'
        ? 'Run as its owner or as root, or change its mode'
        : 'Check the file and its file system';
    throw new HostError(`${shown} cannot be read (${code})`, remedy, { cause: error });
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
