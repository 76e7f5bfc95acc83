/** Patterns of glob(7) over paths, as units have them; Node 20 has no glob of its own. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The paths that match, sorted; a path without `*`, `?` or `[` matches itself if it exists. */
export function globPaths(pattern: string): readonly string[] {
  let found = ['/'];
  for (const part of pattern.split('/').filter(Boolean)) {
    const next = /[*?[]/.test(part)
      ? found.flatMap((directory) => namesIn(directory, part).map((name) => join(directory, name)))
      : found.map((directory) => join(directory, part));
    found = next.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  }
  return found.sort();
}

function namesIn(directory: string, pattern: string): readonly string[] {
  const expression = new RegExp(`^${translate(pattern)}$`, 'su');
  try {
    return readdirSync(directory).filter(
      (name) => expression.test(name) && (!name.startsWith('.') || pattern.startsWith('.')),
    );
  } catch {
    return [];
  }
}

/** One part of a path as a regular expression. */
function translate(pattern: string): string {
  return pattern.replace(
    /\[(!?)([^\]]+)\]|[*?]|[\\^$.|+(){}[\]]/gu,
    (match, not: string, inside?: string) => {
      if (inside !== undefined) return `[${not === '' ? '' : '^'}${inside.replaceAll('\\', '\\\\')}]`;
      return { '*': '.*', '?': '.' }[match] ?? `\\${match}`;
    },
  );
}
