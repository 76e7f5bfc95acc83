/** Patterns of glob(7) over paths, as units have them; Node 20 has no glob of its own. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The paths that match, sorted; a path without `*`, `?` or `[` matches itself if it exists. */
export function globPaths(pattern: string): readonly string[] {
  let paths = ['/'];
  for (const part of pattern.split('/').filter(Boolean)) {
    const next = /[*?[]/.test(part)
      ? paths.flatMap((directory) => namesIn(directory, part).map((name) => join(directory, name)))
      : paths.map((directory) => join(directory, part));
    paths = next.filter(isThere);
  }
  return paths.sort();
}

/** A path that cannot be examined, as below a file, does not exist, as for glob(3). */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function namesIn(directory: string, pattern: string): readonly string[] {
  try {
    const pieces = readPattern(pattern);
    return readdirSync(directory).filter(
      (name) => (!name.startsWith('.') || pattern.startsWith('.')) && matches([...name], pieces),
    );
  } catch {
    return [];
  }
}

/** A pattern for one character of a name, or for any number of them. */
type Piece = RegExp | '*';

/** One part of a path; an unclosed `[` is literal. */
function readPattern(pattern: string): readonly Piece[] {
  const end = pattern.lastIndexOf(']') + 1;
  const pieces = pattern.slice(0, end).match(/\[[^\]]+\]|./gsuy) ?? [];
  return [...pieces, ...pattern.slice(end)].map(readPiece);
}

function readPiece(piece: string): Piece {
  if (piece === '*') return '*';
  if (piece === '?') return /^.$/su;
  const [, not, inside] = /^\[(!?)(.+)\]$/su.exec(piece) ?? [];
  if (inside === undefined) return new RegExp(`^${piece.replace(/[\\^$.|+(){}[\]/]/, '\\$&')}$`, 'u');
  return new RegExp(`^[${not === '' ? '' : '^'}${inside.replaceAll('\\', '\\\\')}]$`, 'u');
}

/**
 * Backtracks only to the last `*`, which is enough: a regular expression would try each length of each of them with
 * each of the others.
 */
function matches(name: readonly string[], pieces: readonly Piece[]): boolean {
  let at = 0;
  let piece = 0;
  let star: { readonly piece: number; at: number } | undefined;
  for (;;) {
    const current = pieces[piece];
    if (current === '*') star = { piece: piece++, at };
    else if (current === undefined && at === name.length) return true;
    else if (current?.test(name[at] ?? '') === true) {
      piece += 1;
      at += 1;
    } else if (star !== undefined && star.at < name.length) {
      star.at += 1;
      at = star.at;
      piece = star.piece + 1;
    } else return false;
  }
}
