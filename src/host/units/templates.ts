/**
 * The user's own house defaults for units.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isCode } from '../machine/error-codes.ts';
import { fileError } from '../machine/file-errors.ts';
import type { Scope } from '../../model/ports.ts';
import { configHome } from './unit-directories.ts';
import type { Environment } from '../../model/environment.ts';

/** The directory of the user's templates, which override the shipped ones. */
export function templateDirectory(scope: Scope, environment: Environment): string {
  return scope === 'system' ? '/etc/dockunit/templates' : join(configHome(environment), 'dockunit/templates');
}

/** The texts of the files in it, by name; none where the directory is missing. HostError where one cannot be read. */
export function readTemplateOverrides(directory: string): ReadonlyMap<string, string> {
  try {
    const names = readdirSync(directory).sort();
    return new Map(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
  } catch (error) {
    // An inaccessible home (su, setpriv) contains nothing for this user.
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return new Map();
    throw fileError(error, 'read', directory);
  }
}
