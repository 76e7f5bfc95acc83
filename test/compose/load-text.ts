/** Loading from texts instead of files, as if they stood in /srv/shop. */
import { loadProject } from '../../src/compose/load.ts';
import type { LoadInput, LoadOutcome } from '../../src/compose/load.ts';

export interface Surroundings {
  readonly dotenv?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly projectName?: string;
  readonly profiles?: readonly string[];
  /** Services asked for by name. */
  readonly named?: readonly string[];
  /** Services that are installed. */
  readonly installed?: readonly string[];
  readonly others?: Readonly<Record<string, string>>;
}

const directory = '/srv/shop';

export function loadText(
  files: Readonly<Record<string, string>>,
  { dotenv, environment = {}, projectName, profiles, named, installed, others = {} }: Surroundings = {},
): LoadOutcome {
  return loadProject({
    files: Object.entries(files).map(([name, text]) => ({ path: `${directory}/${name}`, text })),
    directory,
    dotenv: dotenv === undefined ? [] : [{ path: `${directory}/.env`, text: dotenv }],
    environment: new Map(Object.entries(environment)),
    ...(projectName !== undefined && { projectName }),
    ...(profiles !== undefined && { profiles }),
    ...(named !== undefined && { names: named }),
    ...(installed !== undefined && { installedServices: () => installed }),
    readFile: readOther(others),
  });
}

/** Reads the files that the specification names, by what stands around it. */
export function readOther(others: NonNullable<Surroundings['others']> = {}): LoadInput['readFile'] {
  return (path) => {
    const name = path.replace(`${directory}/`, '');
    // Not what every object has, such as `valueOf`.
    const text = Object.hasOwn(others, name) ? others[name] : undefined;
    return text === undefined ? { ok: false, reason: 'missing' } : { ok: true, text };
  };
}

/** Maps as objects, so that fixtures and matchers can speak of them. */
export function plain(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries(Array.from(value, ([key, item]) => [String(key), plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
