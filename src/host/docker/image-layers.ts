/** Reads the contents of an image on this disk from the directories of its layers: runs nothing, writes nothing. */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { join, posix } from 'node:path';
import { askDocker, type DockerAddress, unlessMissing } from './http-api.ts';
import { part, word } from './json.ts';
import { isCode } from '../machine/error-codes.ts';

/** The limit of symbolic links in one path, as in path_resolution(7). */
const mostLinks = 40;

/**
 * Whether the image has the shell that its health commands run in: SHELL of its Dockerfile, else /bin/sh.
 * @param timeout milliseconds
 * @returns undefined where that is unknown: the image is not on this host, Docker does not store it as overlay
 * directories, or this user cannot read them. DockerApiError where Docker does not answer.
 */
export async function hasShell(
  address: DockerAddress,
  image: string,
  timeout: number,
): Promise<boolean | undefined> {
  const details = await unlessMissing(
    askDocker(address, `/images/${encodeURIComponent(image)}/json`, timeout),
  );
  const layers = layersOf(details);
  if (layers.length === 0) return undefined;
  const shell = part(part(details, 'Config'), 'Shell');
  try {
    return isInLayers(layers, (Array.isArray(shell) ? word(shell[0]) : '') || '/bin/sh');
  } catch (error) {
    if (isCode(error, 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}

/** Directories, the topmost first, as the overlay2 driver names them; [] for another driver. */
function layersOf(image: unknown): readonly string[] {
  const driver = part(image, 'GraphDriver');
  if (word(part(driver, 'Name')) !== 'overlay2') return [];
  const data = part(driver, 'Data');
  const upper = word(part(data, 'UpperDir'));
  const layers = [upper, ...word(part(data, 'LowerDir')).split(':')].filter((layer) => layer !== '');
  // A missing layer says nothing about its contents.
  return layers.every((layer) => entryIn([layer], '') !== undefined) ? layers : [];
}

/**
 * Whether the path exists in the merged layers. A directory that an upper layer replaces as a whole counts as merged:
 * then files below it are found that do not exist.
 * @internal exported for tests: the test has layers in a directory
 */
export function isInLayers(layers: readonly string[], path: string): boolean {
  let place = '/';
  let links = 0;
  const names = path.split('/');
  for (;;) {
    const name = names.shift();
    if (name === undefined) return true;
    const next = posix.join(place, name);
    const entry = entryIn(layers, next);
    if (entry === undefined) return false;
    if (entry.kind !== 'link') {
      if (entry.kind === 'file' && names.length > 0) return false;
      place = next;
      continue;
    }
    if (++links > mostLinks) return false;
    if (entry.target.startsWith('/')) place = '/';
    names.unshift(...entry.target.split('/'));
  }
}

type LayerEntry =
  { readonly kind: 'file' | 'directory' } | { readonly kind: 'link'; readonly target: string };

/** The file type in the topmost layer that contains the path; undefined where it is absent. */
function entryIn(layers: readonly string[], path: string): LayerEntry | undefined {
  for (const layer of layers) {
    const place = join(layer, path);
    const stat = entryAt(place);
    if (stat === undefined) continue;
    // A whiteout: a character device 0:0 hides the lower layers (kernel documentation, overlayfs).
    if (stat.isCharacterDevice() && stat.rdev === 0) return undefined;
    if (stat.isSymbolicLink()) return { kind: 'link', target: readlinkSync(place) };
    return { kind: stat.isDirectory() ? 'directory' : 'file' };
  }
  return undefined;
}

function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
