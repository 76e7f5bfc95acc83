/** Unit files, drop-ins and links on disk, found as systemd finds them; systemd.unit(5). */
import type { Dirent } from 'node:fs';
import { lstatSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type UnitName, dropInStems, instantiate, parseUnitName, templateOf } from '../../units/unit-name.ts';
import { isCode } from '../machine/error-codes.ts';
import { fileError } from '../machine/file-errors.ts';
import { hostSpecifiers } from './host-specifiers.ts';
import type { Scope, UnitFiles, UnitSources, UnitText } from '../../model/ports.ts';
import { listUnitFiles, readUnitFile, unitDirectory, unitSearchPath } from './unit-directories.ts';
import type { Environment } from '../../model/environment.ts';

/** Every call reads again. */
export function createUnitSources(scope: Scope, environment: Environment): UnitSources {
  const directories = unitSearchPath(scope, environment);
  const aliases = watchAliases();
  return {
    ownNames: () =>
      listUnitFiles(unitDirectory(scope, environment))
        .filter(({ text }) => /^\[X-Dockunit\]$/m.test(text))
        .map(({ name }) => name),
    existing: (names) => {
      const listings = directories.map(namesIn);
      const isThere = (name: string): boolean => listings.some((listing) => listing.has(name));
      return names.filter((name) => {
        const unitName = parseUnitName(name);
        const template = unitName && templateOf(unitName);
        return isThere(name) || (template !== undefined && isThere(template));
      });
    },
    reader: () => {
      const listings: Listings = new Map(directories.map((directory) => [directory, namesIn(directory)]));
      const others = aliases(listings);
      return (name) => readUnit(name, listings, others);
    },
    mounts: () => ({
      configuredPaths: fstabMountPoints(readText('/etc/fstab')),
      mountedPaths: mountinfoMountPoints(readText('/proc/self/mountinfo')),
    }),
    specifiers: () => hostSpecifiers(scope, environment),
  };
}

function readUnit(
  requestedName: string,
  listings: Listings,
  aliases: ReadonlyMap<string, readonly string[]>,
): UnitFiles {
  const { name, main } = findMain(requestedName, listings);
  // Drop-ins and links of its other names apply to the unit too.
  const names = [...new Set([name, requestedName, ...(aliases.get(name) ?? [])])];
  const unitNames = names.flatMap((each) => parseUnitName(each) ?? []);
  const links = (kind: string): readonly string[] => linkedNames(unitNames, kind, listings);
  return {
    name,
    ...(main && { main }),
    dropIns: readDropIns(unitNames, listings),
    links: { wants: links('wants'), requires: links('requires'), upholds: links('upholds') },
  };
}

/** The aliases, searched again when a directory was listed again: a search for each unit would take long. */
function watchAliases(): (listings: Listings) => ReadonlyMap<string, readonly string[]> {
  let lastListings: Listings = new Map();
  let aliases: ReadonlyMap<string, readonly string[]> = new Map();
  return (listings) => {
    const before = lastListings;
    lastListings = listings;
    const isSame = [...listings].every(([directory, names]) => before.get(directory) === names);
    if (!isSame) aliases = listAliases(listings);
    return aliases;
  };
}

/** Names of units, and the links within the directories that lead to them. */
function listAliases(listings: Listings): ReadonlyMap<string, readonly string[]> {
  const aliases = new Map<string, string[]>();
  for (const directory of listings.keys()) {
    for (const entry of list(directory)) {
      if (!entry.isSymbolicLink()) continue;
      const { name } = findMain(entry.name, listings);
      if (name !== entry.name) aliases.set(name, [...(aliases.get(name) ?? []), entry.name]);
    }
  }
  return aliases;
}

/** Follows links as long as they lead to names in the directories; the kernel also gives up at 40. */
function findMain(
  requestedName: string,
  listings: Listings,
): { readonly name: string; readonly main?: UnitText } {
  let name = requestedName;
  for (let steps = 0; steps < 40; steps += 1) {
    const file = fileOf(name, listings);
    if (file === undefined) return { name };
    const { path } = file;
    const other = file.isLink ? aliasedName(path, name, listings) : undefined;
    if (other === undefined) {
      const text = readUnitFile(path);
      return text === undefined ? { name } : { name, main: { path, text } };
    }
    name = other;
  }
  return { name };
}

/** The file of the unit, or else of its template. */
function fileOf(
  name: string,
  listings: Listings,
): { readonly path: string; readonly isLink: boolean } | undefined {
  const unitName = parseUnitName(name);
  if (unitName === undefined) return undefined;
  const template = templateOf(unitName);
  for (const candidate of [name, ...(template === undefined ? [] : [template])]) {
    for (const [directory, names] of listings) {
      if (!names.has(candidate)) continue;
      const path = join(directory, candidate);
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats !== undefined) return { path, isLink: stats.isSymbolicLink() };
    }
  }
  return undefined;
}

/** The unit that `name` is another name of, by a link within the directories; undefined where the file is its own. */
function aliasedName(path: string, name: string, listings: Listings): string | undefined {
  let target: string;
  try {
    target = resolve(dirname(path), readlinkSync(path));
  } catch (error) {
    if (isCode(error, 'EINVAL', 'ENOENT')) return undefined;
    throw fileError(error, 'read the link', path);
  }
  const other = parseUnitName(basename(target));
  if (other === undefined || !listings.has(dirname(target))) return undefined;
  if (other.full === basename(path)) return undefined;
  const instance = parseUnitName(name)?.instance;
  return other.instance === '' && instance ? instantiate(other, instance) : other.full;
}

/** If newer than this, a change time may also be that of a coming change; ms. */
const tick = 100;
const nothing: ReadonlySet<string> = new Set();
const directoryCache = new Map<string, { readonly mtime: bigint; readonly names: ReadonlySet<string> }>();

/**
 * The contents of the directory; the same set until an entry comes or goes. Most places for drop-ins and links do not
 * exist.
 */
function namesIn(directory: string): ReadonlySet<string> {
  const stats = statSync(directory, { throwIfNoEntry: false, bigint: true });
  if (stats === undefined) return nothing;
  const entry = directoryCache.get(directory);
  if (entry?.mtime === stats.mtimeNs) return entry.names;
  const names = new Set(list(directory).map(({ name }) => name));
  if (Date.now() - Number(stats.mtimeMs) > tick)
    directoryCache.set(directory, { mtime: stats.mtimeNs, names });
  return names;
}

type Listings = ReadonlyMap<string, ReadonlySet<string>>;

/** The existing directories DIRECTORY/STEM.KIND, by directory. */
function existing(stems: readonly string[], kind: string, listings: Listings): readonly string[] {
  return [...listings].flatMap(([directory, names]) =>
    stems.map((stem) => `${stem}.${kind}`).flatMap((name) => (names.has(name) ? join(directory, name) : [])),
  );
}

/** By file name; of several with one name, the one of the first directory counts, even if it is empty. */
function readDropIns(names: readonly UnitName[], listings: Listings): readonly UnitText[] {
  const paths = new Map<string, string>();
  const stems = names.map(dropInStems);
  const places = (own: readonly string[]): readonly string[] => existing(own, 'd', listings);
  const directories = [...stems.flatMap(places), ...places(names.slice(0, 1).map(({ type }) => type))];
  for (const path of directories) {
    for (const { name } of list(path)) {
      if (name.endsWith('.conf') && !paths.has(name)) paths.set(name, join(path, name));
    }
  }
  return [...paths]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, path]) => {
      const text = readUnitFile(path);
      return text === undefined ? [] : [{ path, text }];
    });
}

/** The links in NAME.wants and similar directories; for a template's links, instances. */
function linkedNames(names: readonly UnitName[], kind: string, listings: Listings): readonly string[] {
  const stems = names.flatMap((name) => [
    name.full,
    ...[templateOf(name)].filter((each) => each !== undefined),
  ]);
  const linkNames = existing(stems, kind, listings).flatMap((path) => list(path).map(({ name }) => name));
  return [...new Set(linkNames)].filter((name) => parseUnitName(name) !== undefined).sort();
}

function list(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw fileError(error, 'list', directory);
  }
}

/** '' where there is none. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw fileError(error, 'read', path);
  }
}

/**
 * Mount points of fstab(5), without those with noauto, which are not mounted at boot.
 * @internal exported for tests: the test has files as fstab(5) allows them
 */
export function fstabMountPoints(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [device = '#', point = '', , options = ''] = line.trim().split(/[ \t]+/);
    const isMount = !device.startsWith('#') && point.startsWith('/');
    return isMount && !options.split(',').includes('noauto') ? [unescapeOctal(point)] : [];
  });
}

/**
 * Mount points of /proc/PID/mountinfo; proc(5).
 * @internal exported for tests: the test has files as the kernel writes them
 */
export function mountinfoMountPoints(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point === undefined ? [] : [unescapeOctal(point)];
  });
}

/** `\040` is a space in both files. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
