/** The files that a specification extends or includes. */
import { posix as path } from 'node:path';
import type { Mark } from './tree.ts';

/** Another file that the specification names, and the place that names it. */
export interface NamedFile {
  readonly path: string;
  readonly mark: Mark;
  /** The place of the key that names it, for diagnostics. */
  readonly at: string;
  /** `an extended` or `an included`, as messages call it. */
  readonly what: string;
}

/** Absolute, unless it is one of the kinds that Compose fetches: a repository or an image. */
export function namedPath(text: string, directory: string): string {
  return isRemote(text) ? text : path.resolve(directory, text);
}

/** Whether Compose would fetch it. */
export function isRemote(text: string): boolean {
  return text.includes('://') || /^(?:oci:|git@|github\.com\/)/.test(text);
}
