/**
 * The default project: the Compose file here, and the installed projects that were compiled from it. A verb
 * that changes the host acts on those alone, unless the user names others.
 */
import { dirname, resolve } from 'node:path';
import { UsageError } from '../model/diagnostic.ts';
import { findComposeFiles, realComposePath } from '../host/units/compose-files.ts';
import { HostError } from '../model/ports.ts';
import type { Scope } from '../model/ports.ts';
import type { Context, GlobalOptions } from '../run/context.ts';
import { scopeOf } from '../run/context.ts';
import type { InstalledUnit } from './installed-units.ts';

/** Decides what a missing or an ambiguous name means. */
export interface LookupScope {
  readonly scope: Scope;
  /** The purpose of the verb: one that changes the host does not guess a project. */
  readonly purpose: Context['purpose'];
  /** `-p` or COMPOSE_PROJECT_NAME. */
  readonly project?: string;
  /** The Compose file that -f or COMPOSE_FILE names, else the one in this directory or the nearest above; as absolute paths in merge order, [] where there is none. */
  readonly files: readonly string[];
  /** Whether -f or COMPOSE_FILE names them. */
  readonly isExplicit: boolean;
  /** Absolute. */
  readonly directory: string;
  /** The path of the same file without symbolic links. */
  real(path: string): string;
}

export function defaultProject(context: Context, options: GlobalOptions): LookupScope {
  const { variables, workingDirectory, purpose } = context;
  const project = options.projectName ?? variables['COMPOSE_PROJECT_NAME'];
  const directory = resolve(workingDirectory, options.projectDirectory ?? '.');
  return {
    scope: scopeOf(options),
    purpose,
    ...(project !== undefined && project !== '' && { project }),
    ...filesHere(context, options),
    directory,
    real: realComposePath,
  };
}

function filesHere(
  { variables, workingDirectory }: Context,
  { file, envFile, projectDirectory }: GlobalOptions,
): Pick<LookupScope, 'files' | 'isExplicit'> {
  const location = {
    workingDirectory,
    environment: variables,
    ...(file !== undefined && { files: file }),
    ...(projectDirectory !== undefined && { projectDirectory }),
  };
  // A user who may not read a .env may still ask for the state of services.
  const withoutDotenv = { ...location, environment: { ...variables, COMPOSE_DISABLE_ENV_FILE: '1' } };
  for (const from of [{ ...location, ...(envFile !== undefined && { envFiles: envFile }) }, withoutDotenv]) {
    try {
      const { paths, isExplicit } = findComposeFiles(from);
      return { files: paths, isExplicit };
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof HostError)) throw error;
    }
  }
  return { files: [], isExplicit: false };
}

/**
 * The projects compiled from the files named, or from the nearest directory; it searches upwards, as
 * Compose does for its file.
 */
export function projectsHere(
  installedUnits: readonly InstalledUnit[],
  place: LookupScope,
): ReadonlySet<string> {
  const { files, isExplicit, purpose, real } = place;
  const here = new Set(files.map(real));
  // A file that a project includes from elsewhere does not make it the project of that directory.
  const among =
    purpose === 'change' ? installedUnits.filter(({ kind }) => kind === 'target') : installedUnits;
  const from = (matches: (source: string) => boolean): ReadonlySet<string> =>
    new Set(
      among.filter(({ source }) => source !== undefined && matches(source)).map(({ project }) => project),
    );
  const exactly = from((source) => here.has(real(source)));
  if (isExplicit) return exactly;
  const fileDirectory = files[0] === undefined ? undefined : dirname(files[0]);
  for (let directory = place.directory; ; directory = dirname(directory)) {
    // Compose uses another file here than the ones beside it.
    if (directory === fileDirectory && (exactly.size > 0 || purpose === 'change')) return exactly;
    const projects = from((source) => dirname(source) === directory);
    if (projects.size > 0 || directory === fileDirectory || directory === dirname(directory)) return projects;
  }
}

/** The projects, each with the file it was compiled from: `shop (/srv/shop/compose.yaml)`. */
export function listProjects(installedUnits: readonly InstalledUnit[]): string {
  const targets = installedUnits.filter(({ kind }) => kind === 'target');
  const list = targets.slice(0, 20).map(({ project, source = 'unknown' }) => `${project} (${source})`);
  const more = targets.length - list.length;
  return more > 0 ? `${list.join(', ')} and ${String(more)} more` : list.join(', ') || 'none';
}

/** The note of a verb that only reads, where it shows other projects than that of the file here. */
export function noteOfElsewhere(
  units: readonly InstalledUnit[],
  installedUnits: readonly InstalledUnit[],
  place: LookupScope,
): string | undefined {
  const [file] = place.files;
  if (place.purpose === 'change' || place.project !== undefined || file === undefined) return undefined;
  const here = projectsHere(installedUnits, place);
  const others = new Set(units.map(({ project }) => project).filter((project) => !here.has(project)));
  if (others.size === 0) return undefined;
  const list = listProjects(installedUnits.filter(({ project }) => others.has(project)));
  return here.size > 0
    ? `this is of ${list}; the Compose file here, ${file}, is of ${[...here].join(', ')}`
    : `this is of ${list}; the Compose file here, ${file}, is of no installed project`;
}
