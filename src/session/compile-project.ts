/**
 * Reads and compiles the specification, for every verb that needs it.
 */
import { relative } from 'node:path';
import {
  type Diagnostic,
  type Outcome,
  boundDiagnostics,
  hasErrors,
  inReadingOrder,
} from '../model/diagnostic.ts';
import { nameByFile } from '../generator/paths.ts';
import { isPlainlyAcyclic } from '../graph/acyclic.ts';
import { buildGraph } from '../graph/build.ts';
import { diagnoseCycles } from '../graph/cycles.ts';
import { installedDockerVersion, installedSystemdVersion, readHostname } from '../host/systemd/detect.ts';
import { machine } from '../host/machine/machine.ts';
import { type ComposeSource, readComposeSource, specificationReader } from '../host/units/compose-files.ts';
import { readTemplateOverrides, templateDirectory } from '../host/units/templates.ts';
import { unitDirectory, unitSearchPath } from '../host/units/unit-directories.ts';
import { type LoadInput, type LoadOutcome, loadProject } from '../compose/load.ts';
import type { Project } from '../compose/project.ts';
import { asksForDockerVersion, compileProject } from '../units/compile.ts';
import { asksForHostname } from '../units/check-placement.ts';
import { noteContexts } from '../units/build.ts';
import { dependencyPath } from '../units/dependencies.ts';
import { asksForContainers } from '../units/named-containers.ts';
import { type Templates, readTemplates } from '../units/templates.ts';
import { type Target, type UnitSet, dockunitField } from '../units/unit-set.ts';
import { renderDiagnostics } from '../ui/render-diagnostic.ts';
import {
  type CompileContext,
  type Context,
  type GlobalOptions,
  UsageError,
  scopeOf,
} from '../run/context.ts';
import { readInstalled, unitContainers } from './installed-units.ts';

/** The target where neither an option nor the host names one: the oldest versions that dockunit is tested on. */
export const baseline = { systemd: 252, docker: 20 } as const;

/** Characters of a Compose file, a dozen services, from which V8’s optimiser would start to work. */
const largeFile = 1_000;

export interface Compilation {
  readonly source: ComposeSource;
  readonly project?: Project;
  readonly target: Target;
  readonly set?: UnitSet;
  readonly diagnostics: readonly Diagnostic[];
}

/** The input of the verbs that read the specification. */
export interface LoadedProject {
  /** The Compose files given and those they extend and include. */
  readonly source: ComposeSource;
  readonly outcome: LoadOutcome;
}

/** Services that a verb includes independent of the active profiles. */
export interface ServicesMeant {
  /** Those that the user names. */
  readonly names?: readonly string[];
  /** The directory of the units that those of the file replace: the services installed there count. */
  readonly over?: string;
}

/** Reads the files and loads the project. Throws UsageError and HostError where a file cannot be read. */
export async function loadInput(
  context: CompileContext,
  options: GlobalOptions,
  { names = [], over }: ServicesMeant = {},
): Promise<LoadedProject> {
  const source = readComposeSource({
    workingDirectory: context.workingDirectory,
    environment: context.variables,
    ...(options.file !== undefined && { files: options.file }),
    ...(options.envFile !== undefined && { envFiles: options.envFile }),
    ...(options.projectDirectory !== undefined && { projectDirectory: options.projectDirectory }),
    ...(options.untrusted === true && { untrusted: true }),
  });
  if (source.files.some(({ text }) => text.length > largeFile)) {
    const { disableOptimiser } = await import('../host/process/optimising-compiler.ts');
    disableOptimiser();
  }
  const environment = new Map(
    Object.entries(context.variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const [first] = source.files;
  const defaultName = first && nameByFile(first.path);
  const outcome = loadProject({
    ...source,
    ...(defaultName !== undefined && { defaultName }),
    environment,
    readFile: specificationReader(options, source.directory),
    ...(options.projectName !== undefined && { projectName: options.projectName }),
    ...(options.profile !== undefined && { profiles: options.profile }),
    names,
    ...(over !== undefined && { installedServices: await servicesInstalledIn(over) }),
  });
  return { source: { ...source, files: [...source.files, ...outcome.alsoRead] }, outcome };
}

/** Which services of a project its units in the directory run; looked up where a profile makes it matter. */
async function servicesInstalledIn(directory: string): Promise<NonNullable<LoadInput['installedServices']>> {
  return (project) =>
    readInstalled([directory]).flatMap((unit) =>
      unit.kind === 'container' && unit.project === project ? (unit.service ?? []) : [],
    );
}

/**
 * Reads the files, loads the project and compiles it for the target that options and host name. `directory`
 * is the future directory of the units. Throws HostError where a file cannot be read.
 */
export async function compileInput(
  context: CompileContext,
  options: GlobalOptions,
  { directory, ...services }: ServicesMeant & { readonly directory?: string } = {},
): Promise<Compilation> {
  if (options.locked === true && options.unpin === true) {
    throw new UsageError('--locked and --unpin exclude each other', 'Give one of the two');
  }
  const input = await loadInput(context, options, services);
  const target = await chooseTarget(context, options, input.outcome, directory);
  const overrides = readTemplateOverrides(templateDirectory(target.scope, context.variables));
  const compilation = withContextsNoted(compileLoaded(input, target, readTemplates(overrides)));
  const { source, project, set, diagnostics } = compilation;
  if (project === undefined || set === undefined || options.locked !== true) return compilation;
  const { lockImages } = await import('./lock-images.ts');
  const lock = lockImages(project, set, source);
  return {
    source,
    project,
    target,
    ...(lock.value !== undefined && { set: lock.value }),
    diagnostics: [...diagnostics, ...lock.diagnostics],
  };
}

/** With another machine docker builds there, from directories that are here. */
function withContextsNoted(compilation: Compilation): Compilation {
  const { project, diagnostics } = compilation;
  if (machine().name === undefined || project === undefined) return compilation;
  return { ...compilation, diagnostics: [...diagnostics, ...noteContexts(project)] };
}

/** Compiles a loaded project for `target` over the templates; returns the findings of both. */
export function compileLoaded(
  { source, outcome }: LoadedProject,
  target: Target,
  templates: Templates,
): Compilation {
  const project = outcome.value ?? outcome.partial;
  if (project === undefined) return { source, target, diagnostics: outcome.diagnostics };
  const compilation = compileProject(project, target, templates);
  const cycles = compilation.value === undefined ? [] : diagnoseOrder(project, compilation.value);
  const ownDiagnostics = [...compilation.diagnostics, ...cycles].filter(
    (diagnostic) => !outcome.diagnostics.some((earlier) => explains(earlier, diagnostic)),
  );
  const diagnostics = boundDiagnostics(
    inReadingOrder(
      [...outcome.diagnostics, ...ownDiagnostics],
      source.files.map(({ path }) => path),
    ),
  );
  const set = hasErrors(diagnostics) ? undefined : compilation.value;
  return { source, project, target, ...(set !== undefined && { set }), diagnostics };
}

/**
 * Whether an error in the specification may be the only reason for a later finding: one path lies within
 * the other.
 */
function explains(earlier: Diagnostic, later: Diagnostic): boolean {
  if (earlier.severity !== 'error' || earlier.path === undefined || later.path === undefined) return false;
  return isWithin(earlier.path, later.path) || isWithin(later.path, earlier.path);
}

function isWithin(path: string, outer: string): boolean {
  return path.startsWith(outer) && /^($|[.[])/.test(path.slice(outer.length));
}

/** Prints the findings on standard error, each with its line of the file. */
export function printDiagnostics(
  context: Context,
  compilation: Pick<Compilation, 'source' | 'diagnostics'>,
): void {
  const texts = new Map(compilation.source.files.map(({ path, text }) => [path, text]));
  const lines = renderDiagnostics(compilation.diagnostics, {
    style: context.err.style,
    source: (file) => texts.get(file),
    display: (file) => displayPath(context, file),
  });
  if (lines.length > 0) context.err.write(`${lines.join('\n')}\n`);
}

/** A path as a user would type it: relative where it lies in or below the working directory. */
export function displayPath(context: Context, path: string): string {
  const below = relative(context.workingDirectory, path);
  return below === '' || below.startsWith('..') ? path : below;
}

/** As compileInput, for comparison with the units on this host: `diff` and `apply` need it. */
export function compileOverInstalled(context: CompileContext, options: GlobalOptions): Promise<Compilation> {
  return compileInput(context, options, { over: unitDirectory(scopeOf(options), context.environment) });
}

/** The unit set; where there is none, prints the findings and returns undefined. */
export function setOrPrint(context: Context, compilation: Compilation): UnitSet | undefined {
  printDiagnostics(context, compilation);
  return compilation.set;
}

/** The target of the units: from the options, else from this host. */
export async function chooseTarget(
  context: CompileContext,
  options: GlobalOptions,
  outcome: Outcome<Project>,
  directory: string | undefined,
): Promise<Target> {
  const scope = scopeOf(options);
  const asksDocker = outcome.value !== undefined && asksForDockerVersion(outcome.value);
  const docker = options.dockerVersion ?? (asksDocker ? await installedDockerVersion() : undefined);
  return {
    scope,
    systemd: options.systemdVersion ?? (await installedSystemdVersion()) ?? baseline.systemd,
    docker: docker ?? baseline.docker,
    directory: directory ?? unitDirectory(scope, context.environment),
    ...(outcome.value !== undefined && (await surroundings(context, options, outcome.value))),
  };
}

/** The facts about the host that the project needs: other projects on it, its name. */
async function surroundings(
  context: CompileContext,
  options: GlobalOptions,
  project: Project,
): Promise<Pick<Target, 'hostname' | 'others'>> {
  // Units for another systemd are units for another host.
  const isHere = options.systemdVersion === undefined;
  const hostname = asksForHostname(project) && isHere ? { hostname: readHostname() } : {};
  if (!asksForContainers(project)) return hostname;
  const directories = unitSearchPath(scopeOf(options), context.environment);
  return { ...hostname, others: unitContainers(readInstalled(directories)) };
}

/** Ordering cycles, at the depends_on that makes them. */
function diagnoseOrder(project: Project, set: UnitSet): readonly Diagnostic[] {
  if (isPlainlyAcyclic(set)) return [];
  const services = new Map(set.units.map((unit) => [unit.name, dockunitField(unit, 'Service')]));
  return diagnoseCycles(buildGraph(set), (unit, dependency) => {
    const [from, to] = [services.get(unit), services.get(dependency)];
    if (from === undefined || to === undefined || from === to) return undefined;
    const isDependency = project.services.get(from)?.dependsOn.has(to) === true;
    const path = isDependency ? dependencyPath(from, to) : `services.${from}.build.additional_contexts`;
    const position = project.where(path);
    return { path, ...(position && { position }) };
  });
}

/** Refuses names on a verb that takes those of the specification's services. */
export function checkServiceNames(project: Project, names: readonly string[]): void {
  const unknown = names.find((name) => !project.services.has(name));
  if (unknown === undefined) return;
  throw new UsageError(
    `the Compose file has no service called ${unknown}`,
    `Name one of ${[...project.services.keys()].join(', ')}`,
  );
}
