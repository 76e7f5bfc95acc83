/**
 * dockunit.ini, the host's and the user's own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCode } from '../machine/error-codes.ts';
import { fileError } from '../machine/file-errors.ts';
import { configHome } from './unit-directories.ts';
import type { Environment } from '../../model/environment.ts';

/** Its possible paths, the user's last. */
export function configurationPaths(environment: Environment): readonly string[] {
  return ['/etc/dockunit/dockunit.ini', join(configHome(environment), 'dockunit/dockunit.ini')];
}

/**
 * Reads the files that exist and are readable. Loads the ini package only for them: cold start is a feature. HostError
 * where one exists and is invalid.
 */
export async function readConfiguration(
  paths: readonly string[],
): Promise<readonly { readonly path: string; readonly values: Readonly<Record<string, unknown>> }[]> {
  const texts = paths.flatMap((path) => {
    try {
      return [{ path, text: readFileSync(path, 'utf8') }];
    } catch (error) {
      // An inaccessible home (su, setpriv) contains nothing for this user.
      if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
      throw fileError(error, 'read', path);
    }
  });
  if (texts.length === 0) return [];
  const { parse } = await import('ini');
  return texts.map(({ path, text }) => ({ path, values: parse(text) }));
}
