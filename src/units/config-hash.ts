/** ConfigHash= of [X-Dockunit]: distinguishes a unit that dockunit compiled from an edited one. Pure. */
import { fingerprint } from './fingerprint.ts';
import { withoutComment } from './unit-file.ts';

const own = '\n[X-Dockunit]\n';

/** The hash of a unit's text; it covers all but [X-Dockunit], which contains it, and the comment of the first line. */
export function configHash(file: string): string {
  const text = withoutComment(file);
  const at = text.indexOf(own);
  if (at < 0) return fingerprint([text]);
  const before = text.slice(0, at);
  const after = text.slice(at + own.length);
  const next = after.search(/^\[/m);
  return fingerprint([next < 0 ? before : `${before}\n${after.slice(next)}`]);
}
