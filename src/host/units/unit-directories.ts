/**
 * The directories from which systemd reads units (systemd.unit(5), UNIT FILE LOAD PATH), first wins; and their
 * contents.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isCode } from '../machine/error-codes.ts';
import { fileError } from '../machine/file-errors.ts';
import { lookAt, makeDirectory, prefetch, readText, readdirSync } from '../machine/fs.ts';
import { HostError } from '../../model/ports.ts';
import type { Scope } from '../../model/ports.ts';
import type { Environment } from '../../model/environment.ts';

/** A unit file on disk. */
export interface UnitFileText {
  /** Name with suffix: `shop-web.service`. */
  readonly name: string;
  /** Absolute where the directory is. */
  readonly path: string;
  readonly text: string;
}

/** Where dockunit installs units: /etc/systemd/system, or the user's own directory. */
export function unitDirectory(scope: Scope, environment: Environment): string {
  return scope === 'system' ? '/etc/systemd/system' : join(configHome(environment), 'systemd', 'user');
}

/**
 * All directories of the scope, in order of precedence. Includes those of generators: a SysV script's unit
 * (generator.late) can be shadowed as well as any other.
 */
export function unitSearchPath(scope: Scope, environment: Environment): readonly string[] {
  if (scope === 'system') {
    return [
      '/etc/systemd/system.control',
      '/run/systemd/system.control',
      '/run/systemd/transient',
      '/run/systemd/generator.early',
      '/etc/systemd/system',
      '/etc/systemd/system.attached',
      '/run/systemd/system',
      '/run/systemd/system.attached',
      '/run/systemd/generator',
      '/usr/local/lib/systemd/system',
      '/usr/lib/systemd/system',
      '/lib/systemd/system',
      '/run/systemd/generator.late',
    ];
  }
  const runtime = (name: string): string[] =>
    environment.XDG_RUNTIME_DIR ? [join(environment.XDG_RUNTIME_DIR, 'systemd', name)] : [];
  return [
    join(configHome(environment), 'systemd/user.control'),
    ...runtime('user.control'),
    ...runtime('transient'),
    ...runtime('generator.early'),
    unitDirectory('user', environment),
    '/etc/systemd/user',
    ...runtime('user'),
    '/run/systemd/user',
    ...runtime('generator'),
    join(environment.XDG_DATA_HOME || join(homeOf(environment), '.local/share'), 'systemd/user'),
    ...(environment.XDG_DATA_DIRS || '/usr/local/share:/usr/share')
      .split(':')
      .filter((directory) => directory !== '')
      .map((directory) => join(directory, 'systemd/user')),
    '/usr/local/lib/systemd/user',
    '/usr/lib/systemd/user',
    ...runtime('generator.late'),
  ];
}

/**
 * Paths of the files of that name in the directories, in their order; includes masking and dangling links, which also
 * decide what systemd loads. [] where there are none.
 */
export function findUnitFiles(name: string, directories: readonly string[]): readonly string[] {
  prefetch(directories);
  return directories.map((directory) => join(directory, name)).filter(isOccupied);
}

function isOccupied(path: string): boolean {
  try {
    return lookAt(path) !== undefined;
  } catch (error) {
    // A directory that denies this user access is not this user's to shadow.
    if (isCode(error, 'ENOTDIR', 'EACCES')) return false;
    throw fileError(error, 'look at', path);
  }
}

/** systemd.unit(5): the types of units. */
const unitSuffix = /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

/**
 * The unit files of a directory, sorted by name; leaves out masks and dangling links. [] where the directory does not
 * exist, HostError where it or a file cannot be read.
 */
export function listUnitFiles(directory: string): readonly UnitFileText[] {
  let names: readonly string[];
  try {
    prefetch([directory]);
    names = readdirSync(directory);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw fileError(error, 'list', directory);
  }
  return names
    .filter((name) => unitSuffix.test(name))
    .sort()
    .flatMap((name): UnitFileText[] => {
      const path = join(directory, name);
      const text = readUnitFile(path);
      return text === undefined || text === '' ? [] : [{ name, path, text }];
    });
}

/**
 * Text of a unit file, '' for a mask; undefined where there is no file (nothing, a dangling link, a directory).
 * HostError where it cannot be read.
 */
export function readUnitFile(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP')) return undefined;
    throw fileError(error, 'read', path);
  }
}

/**
 * Creates the directory of units or hooks, and its parents, where they are missing, as ~/.config/systemd/user may be.
 */
export function ensureDirectory(directory: string): void {
  try {
    makeDirectory(directory, 0o755);
  } catch (error) {
    if (lookAt(directory)?.kind === 'file') {
      throw new HostError(`${directory} is a file, not a directory`, 'Name a directory with -o', {
        cause: error,
      });
    }
    throw fileError(error, 'make the directory', directory);
  }
}

/** XDG_CONFIG_HOME, or its default. */
export function configHome(environment: Environment): string {
  return environment.XDG_CONFIG_HOME || join(homeOf(environment), '.config');
}

function homeOf(environment: Environment): string {
  return environment.HOME || homedir();
}
