/**
 * Finds and reads the Compose files, as `docker compose` does.
 */
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../../model/diagnostic.ts';
import { composeFileNames, composeOverrideFileNames } from '../../compose/compose-files.ts';
import { readDotenv } from '../../compose/dotenv.ts';
import { Findings } from '../../compose/findings.ts';
import { type FileText, type LoadInput, type SourceFile, unopenedFiles } from '../../compose/loading.ts';
import { SourceText } from '../../compose/tree.ts';
import { HostError } from '../../model/ports.ts';
import { openRegular, type FileRefusal } from '../machine/regular-file.ts';
import { textOfBytes } from '../machine/text-of-bytes.ts';
import type { Environment } from '../../model/environment.ts';

/** The file name in messages for a specification from standard input. */
export const standardInputName = '(standard input)';

/**
 * Larger than any file a person writes, smaller than one that would stall the parser.
 * @internal exported for tests: the test writes a file of this size
 */
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
  readonly environment: Environment;
  /** -f, in order; `-` is standard input. */
  readonly files?: readonly string[];
  readonly envFiles?: readonly string[];
  readonly projectDirectory?: string;
  /** Whether the files are untrusted: then dockunit reads no file outside the project directory. */
  readonly untrusted?: boolean;
}

/** The paths of a project's files, before any is read. */
export interface ComposeFiles {
  /** Absolute, in merge order; `-` is standard input. */
  readonly paths: readonly string[];
  /** Whether -f or COMPOSE_FILE names them. */
  readonly isExplicit: boolean;
  /** The project directory. */
  readonly directory: string;
  /** The .env files that were read on the way: those of the current directory. */
  readonly early: readonly SourceFile[];
}

/**
 * The files -f names, else COMPOSE_FILE (of the environment or a .env), else the first of the usual
 * names in the project directory or the nearest directory above it, with its override. Throws
 * UsageError where none is found or a .env is missing, HostError where a .env cannot be read.
 */
export function findComposeFiles(location: ComposeLocation): ComposeFiles {
  const { workingDirectory } = location;
  const start = resolve(workingDirectory, location.projectDirectory ?? '.');
  const early = readDotenvFiles(location, start);
  const explicitPaths = location.files ?? splitComposeFile(location.environment, early);
  const paths =
    explicitPaths === undefined
      ? discover(start)
      : explicitPaths.map((path) => (path === '-' ? path : resolve(workingDirectory, path)));
  const [first] = paths;
  const directory =
    location.projectDirectory === undefined && first !== undefined && first !== '-' ? dirname(first) : start;
  return { paths, isExplicit: explicitPaths !== undefined, directory, early };
}

/**
 * The project's files, read. Throws UsageError where one is missing, a directory or far too large,
 * HostError where one cannot be read.
 *
 * The .env files are those of docker compose: --env-file, else COMPOSE_ENV_FILES, else .env in the
 * working (or --project-directory) and in the project's directory, of which the former wins.
 */
export function readComposeSource(location: ComposeLocation): ComposeSource {
  const { paths, directory, early } = findComposeFiles(location);
  const start = resolve(location.workingDirectory, location.projectDirectory ?? '.');
  const isTyped = location.files !== undefined || (location.environment.COMPOSE_FILE ?? '') !== '';
  const fence = location.untrusted === true ? directory : undefined;
  const files = paths.map((path) =>
    path === '-'
      ? { path: join(directory, standardInputName), text: readOrThrow(() => standardInput, 'standard input') }
      : isTyped && fence === undefined
        ? readTyped(path)
        : readFound(path, fence),
  );
  const late = directory === start || namesEnvFiles(location) ? [] : readDotenvFiles(location, directory);
  return { files, directory, dotenv: [...late, ...early] };
}

/** What reads the files that a specification names. */
export function specificationReader(
  { untrusted }: Pick<ComposeLocation, 'untrusted'>,
  directory: string,
): LoadInput['readFile'] {
  return untrusted === true
    ? (path) => readSpecificationFile(path, directory)
    : (path) => readSpecificationFile(path);
}

/**
 * The path without symbolic links on this machine, so that two paths of one file compare as equal; unchanged where
 * there is no such file.
 */
export function realComposePath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * A file that the specification names, such as an env_file; returns an error as a value when it cannot be read.
 * @param within a directory: does not read files outside it, links resolved
 */
export function readSpecificationFile(path: string, within?: string): FileText {
  try {
    const descriptor = openRegular(path, within);
    if (typeof descriptor === 'string') return { ok: false, reason: descriptor };
    const text = readAtMost(descriptor, largestFile);
    return text === undefined ? { ok: false, reason: 'too-large' } : { ok: true, text };
  } catch (error) {
    const reasons: Readonly<Record<string, 'missing' | 'directory'>> = {
      ENOENT: 'missing',
      EISDIR: 'directory',
    };
    return { ok: false, reason: reasons[codeOf(error)] ?? 'unreadable' };
  }
}

function splitComposeFile(
  environment: ComposeLocation['environment'],
  dotenv: readonly SourceFile[],
): readonly string[] | undefined {
  const variables = new Map<string, string>();
  // Loading the project reports problems of the file.
  const lookup = (name: string): string | undefined => environment[name];
  for (const { path, text } of dotenv)
    readDotenv(new SourceText(path, text), variables, lookup, new Findings());
  const variable = (name: string): string | undefined => environment[name] ?? variables.get(name);
  const value = variable('COMPOSE_FILE');
  if (value === undefined || value === '') return undefined;
  return value.split(variable('COMPOSE_PATH_SEPARATOR') || ':').filter((path) => path !== '');
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

/** --env-file, else COMPOSE_ENV_FILES; undefined where neither names any. */
function namesEnvFiles({ envFiles, environment }: ComposeLocation): readonly string[] | undefined {
  if (envFiles !== undefined) return envFiles;
  const paths = (environment.COMPOSE_ENV_FILES ?? '').split(',').filter((path) => path !== '');
  return paths.length > 0 ? paths : undefined;
}

function readDotenvFiles(location: ComposeLocation, directory: string): readonly SourceFile[] {
  const envFiles = namesEnvFiles(location);
  const fence = location.untrusted === true ? directory : undefined;
  if (envFiles !== undefined) {
    const paths = envFiles.map((path) => resolve(location.workingDirectory, path));
    return paths.map((path) => (fence === undefined ? readTyped(path) : readFound(path, fence)));
  }
  if (/^(1|t|true)$/i.test(location.environment.COMPOSE_DISABLE_ENV_FILE ?? '')) return [];
  const path = join(directory, '.env');
  return isFile(path) ? [readFound(path, fence)] : [];
}

/** A file that the user names: it may be a pipe. */
function readTyped(path: string): SourceFile {
  return { path, text: readOrThrow(() => openSync(path, 'r'), path) };
}

/** A file that exists under a usual name, or that another file names. */
function readFound(path: string, within?: string): SourceFile {
  return { path, text: readOrThrow(() => openRegular(path, within), path) };
}

function readOrThrow(open: () => number | FileRefusal, label: string): string {
  try {
    const descriptor = open();
    if (typeof descriptor === 'string')
      throw new UsageError(`${label} ${refusals[descriptor][0]}`, refusals[descriptor][1]);
    const text = readAtMost(descriptor, largestFile);
    if (text !== undefined) return text;
    throw new UsageError(
      `${label} is larger than ${largestFile / 1024 / 1024} MiB, which no Compose file is`,
      'Name the right file with -f',
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT') throw new UsageError(`${label} does not exist`, 'Check the path');
    if (code === 'EISDIR') throw new UsageError(`${label} ${refusals.directory[0]}`, refusals.directory[1]);
    const remedy =
      code === 'EACCES' || code === 'EPERM'
        ? 'Run as its owner or as root, or change its mode'
        : 'Check the file and its file system';
    throw new HostError(`${label} cannot be read (${code})`, remedy, { cause: error });
  }
}

const refusals = {
  directory: ['is a directory, not a file', 'Name the Compose file in it'],
  ...unopenedFiles,
} as const satisfies Record<FileRefusal, readonly [string, string]>;

/** Its descriptor: /dev/stdin cannot be opened where it is a socket, as a Node parent creates it. */
const standardInput = 0;

/** The text, or undefined where it is longer: pipes do not report their size. */
function readAtMost(descriptor: number, limit: number): string | undefined {
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const chunk = readChunk(descriptor);
      if (chunk.length === 0) return textOfBytes(Buffer.concat(chunks));
      chunks.push(chunk);
      total += chunk.length;
      if (total > limit) return undefined;
    }
  } finally {
    if (descriptor !== standardInput) closeSync(descriptor);
  }
}

/** The next bytes, none at the end. Waits where a parent process has made standard input non-blocking. */
function readChunk(descriptor: number): Buffer {
  const chunk = Buffer.alloc(64 * 1024);
  for (;;) {
    try {
      return chunk.subarray(0, readSync(descriptor, chunk));
    } catch (error) {
      if (codeOf(error) === 'EOF') return chunk.subarray(0, 0);
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
