/**
 * dockunit.lock: which images the services of a Compose file run, to the byte. JSON, and the same bytes for
 * the same images:
 *
 *     {
 *       "version": 1,
 *       "services": {
 *         "web": { "image": "nginx:1.27", "digest": "sha256:…" }
 *       }
 *     }
 *
 * `image` is the name in the Compose file, and an entry is valid for that name alone. An image that came
 * from no registry has `id` in place of `digest`, and only the machine that made it can run it. Services
 * that are built, and those whose file names a digest itself, have no entry. Pure.
 */
import type { Unit, UnitSet } from '../units/unit-set.ts';
import { dockunitField } from '../units/unit-set.ts';
import { verbOf } from '../units/scripts.ts';
import { valuesOf } from '../units/unit-set.ts';
import { isFixed, isId, namedImages, pinsOf } from './pin-images.ts';

/** Its name, beside the Compose file. */
export const lockName = 'dockunit.lock';

export interface LockedImage {
  /** As the Compose file names it. */
  readonly image: string;
  /** The name that docker gets: `nginx:1.27@sha256:…`, or an id. */
  readonly pin: string;
}

/** By service. */
export type ImageLock = ReadonlyMap<string, LockedImage>;

/** The images that the units run, of the services whose images are pinned. */
export function lockOf(units: readonly Unit[]): ImageLock {
  const pins = pinsOf(units);
  return new Map(
    [...imagesOf(units)].flatMap(([service, image]): [string, LockedImage][] => {
      const pin = pins.get(service);
      return pin === undefined ? [] : [[service, { image, pin }]];
    }),
  );
}

/** The images that a lock covers, by service: neither built nor fixed by the file itself. */
function imagesOf(units: readonly Unit[]): ReadonlyMap<string, string> {
  const builtServices = new Set(units.filter(isBuilt).map((unit) => dockunitField(unit, 'Service')));
  return new Map(
    [...namedImages(units)].filter(([service, image]) => !builtServices.has(service) && !isFixed(image)),
  );
}

function isBuilt(unit: Unit): boolean {
  return (
    unit.kind === 'image' &&
    valuesOf(unit, 'Service', 'ExecStart').some(
      (value) => value.kind === 'exec' && verbOf(value.command) === 'build-missing',
    )
  );
}

export function writeLock(lock: ImageLock): string {
  const services = [...lock]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([service, { image, pin }]): [string, object] => [
      service,
      isId(pin) ? { image, id: pin } : { image, digest: pin.slice(pin.indexOf('@') + 1) },
    ]);
  return `${JSON.stringify({ version: 1, services: Object.fromEntries(services) }, null, 2)}\n`;
}

/**
 * @throws SyntaxError for a text that is no lock, or that of a later dockunit; its message says what is
 * wrong with it
 */
export function readLock(text: string): ImageLock {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new SyntaxError('it is no JSON object');
  if (value['version'] !== 1)
    throw new SyntaxError(`its version is ${JSON.stringify(value['version'])}, not 1`);
  if (!isObject(value['services'])) throw new SyntaxError('it has no "services"');
  return new Map(
    Object.entries(value['services']).map(([service, entry]) => [service, readEntry(service, entry)]),
  );
}

function readEntry(service: string, entry: unknown): LockedImage {
  const { image, digest, id }: Readonly<Record<string, unknown>> = isObject(entry) ? entry : {};
  if (typeof image === 'string' && typeof digest === 'string' && isId(digest) && id === undefined) {
    return { image, pin: `${image}@${digest}` };
  }
  if (typeof image === 'string' && typeof id === 'string' && isId(id) && digest === undefined) {
    return { image, pin: id };
  }
  throw new SyntaxError(`the entry of ${service} is not an "image" with a "digest" or an "id", sha256:…`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A service that the lock does not cover. */
export type LockGap =
  | { readonly kind: 'lacking'; readonly service: string; readonly image: string }
  /** The file now names another image. */
  | { readonly kind: 'stale'; readonly service: string; readonly image: string; readonly locked: string };

/** The pins of the set's services by the lock, and its gaps; entries of other services are ignored. */
export function applyLock(
  set: UnitSet,
  lock: ImageLock,
): { readonly pins: ReadonlyMap<string, string>; readonly gaps: readonly LockGap[] } {
  const pins = new Map<string, string>();
  const gaps: LockGap[] = [];
  for (const [service, image] of imagesOf(set.units)) {
    const entry = lock.get(service);
    if (entry === undefined) gaps.push({ kind: 'lacking', service, image });
    else if (entry.image !== image) gaps.push({ kind: 'stale', service, image, locked: entry.image });
    else pins.set(service, entry.pin);
  }
  return { pins, gaps };
}
