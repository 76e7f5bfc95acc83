/** Programs that root runs at every boot: no other user may be able to change or replace them. */
import { existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileError } from './file-errors.ts';
import { HostError } from '../../model/ports.ts';

/** Other files of dockunit that a run reads, below the directory of the package. */
const parts = ['bin', 'dist', 'package.json', 'templates'] as const;

/** How many paths an error names. */
const shownPaths = 3;

/**
 * Refuses programs that users other than root, or the user who runs dockunit, may change.
 * @param node the path of Node
 * @param dockunit that of its program, `bin/dockunit.js` of the package
 * @throws HostError with the paths
 */
export function requireTrustedPrograms(node: string, dockunit: string): void {
  const program = realPathOf(dockunit);
  const root = dirname(dirname(program));
  const paths = new Set([
    ...waysTo(realPathOf(node)),
    ...waysTo(program),
    ...parts
      .map((part) => join(root, part))
      .filter((path) => existsSync(path))
      .flatMap((path) => [...waysTo(realPathOf(path)), ...filesBelow(realPathOf(path))]),
  ]);
  const doubts = [...paths].flatMap((path) => {
    const reason = distrust(path);
    return reason === undefined ? [] : [{ path, reason }];
  });
  const [first] = doubts;
  if (first === undefined) return;
  const list = doubts.slice(0, shownPaths).map(({ path, reason }) => `${path} (${reason})`);
  const more = doubts.length > shownPaths ? ` and ${String(doubts.length - shownPaths)} more` : '';
  throw new HostError(
    `At every boot root would run what others may change: ${list.join(', ')}${more}`,
    `Install Node and dockunit where only root may write, such as /usr/local; or take the right away: chown root:root ${first.path} && chmod go-w ${first.path}`,
  );
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw fileError(error, 'find', path);
  }
}

/** The path and every directory above it. */
function waysTo(path: string): readonly string[] {
  return path === dirname(path) ? [path] : [...waysTo(dirname(path)), path];
}

/** The path and everything below it, and the paths to the targets of links in it. */
function filesBelow(path: string): readonly string[] {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return [path, ...waysTo(realPathOf(path))];
  if (!stats.isDirectory()) return [path];
  return [path, ...readdirSync(path).flatMap((name) => filesBelow(join(path, name)))];
}

function distrust(path: string): string | undefined {
  const stats = lstatSync(path);
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.()) return `it belongs to user ${String(stats.uid)}`;
  // The mode of a link means nothing, symlink(7); in a directory with the sticky bit users can change only their own
  // names, inode(7).
  if (stats.isSymbolicLink() || (stats.isDirectory() && (stats.mode & 0o1000) !== 0)) return undefined;
  // Members of root's group are trusted.
  const others = stats.mode & (stats.gid === 0 ? 0o002 : 0o022);
  return others === 0 ? undefined : `mode ${(stats.mode & 0o7777).toString(8)}`;
}
