/** ConfigHash= of [X-Dockunit]: what tells a unit as it was compiled from one that was edited. Pure. */
import { fingerprint } from './fingerprint.ts';

/** The hash of a unit's text; it covers all but [X-Dockunit], where it stands itself. */
export function configHash(text: string): string {
  const [before = '', after = ''] = text.split('\n[X-Dockunit]\n', 2);
  const next = after.search(/^\[/m);
  return fingerprint([next < 0 ? before : `${before}\n${after.slice(next)}`]);
}
