/** The option of a proposed command line that names the manager of a scope. */
import type { Scope } from './ports.ts';

/** ` --user`, with the space before it, or nothing. */
export function userOption(scope: Scope): string {
  return scope === 'user' ? ' --user' : '';
}
