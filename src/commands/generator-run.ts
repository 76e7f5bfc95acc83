/**
 * `generator-run`, an internal verb: the generator's front (src/generator/front.ts) runs it where units are
 * to be compiled again. All Compose files of /etc/dockunit → units that the front then puts into place.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { UsageError, messageOf } from '../model/diagnostic.ts';
import { keeperFiles } from '../generator/keeper-unit.ts';
import type { CompiledFile, OtherFile } from '../generator/generated-set.ts';
import { bootLinks, judgeFiles, reportLines } from '../generator/generated-set.ts';
import type { GeneratorPaths } from '../generator/paths.ts';
import { generatorPaths, nameByFile } from '../generator/paths.ts';
import {
  hostnameFile,
  installedDockerVersion,
  installedSystemdVersion,
  libraryDirectories,
  sharedLibraryVersion,
} from '../host/systemd/detect.ts';
import { readComposeSource, readSpecificationFile } from '../host/units/compose-files.ts';
import { digestOf, distinctDirectories, keepUnits, listing } from '../host/units/kept-units.ts';
import { disableOptimiser } from '../host/process/optimising-compiler.ts';
import { HostError } from '../model/ports.ts';
import { readTemplateOverrides } from '../host/units/templates.ts';
import { readUnitFile } from '../host/units/unit-directories.ts';
import type { UnitFileText } from '../host/units/unit-directories.ts';
import type { FileText } from '../compose/loading.ts';
import { loadProject } from '../compose/load.ts';
import type { Project } from '../compose/project.ts';
import { asksForDockerVersion } from '../units/compile.ts';
import { asksForHostname } from '../units/check-placement.ts';
import { asksForContainers, containersOf } from '../units/named-containers.ts';
import { readTemplates } from '../units/templates.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import type { Target, UnitContainer } from '../units/unit-set.ts';
import { type LoadedProject, baseline, compileLoaded } from '../session/compile-project.ts';
import type { Context, ExitCode } from '../run/context.ts';
import { installedUnits, unitContainers } from '../session/installed-units.ts';

export interface GeneratorRunOptions {
  /** Stands for `/`, for tests. */
  readonly root?: string;
}

/**
 * Prints nothing: it keeps its report beside the units, and the front prints it. HostError where it
 * cannot keep them.
 */
export async function run(_context: Context, { root = '' }: GeneratorRunOptions): Promise<ExitCode> {
  disableOptimiser();
  await compileAll(generatorPaths(root, libraryDirectories), buildId());
  return 0;
}

/** The file that distinguishes this build of dockunit from others (scripts/build.mjs). */
export function buildId(): string {
  return join(dirname(realpathSync(process.argv[1] ?? '')), '../dist/build-id');
}

/**
 * Reads and compiles every source, and keeps the units of those that have no errors.
 * @param build a file whose content differs from that of every other build of dockunit
 * @returns the findings about the files, as the kernel log gets them
 */
export async function compileAll(paths: GeneratorPaths, build: string): Promise<readonly string[]> {
  const { sources } = paths;
  const compose = [`${sources}/*.yaml`, `${sources}/*.yml`].map(listing);
  const listings = [...compose, ...[`${paths.templates}/*`, ...paths.libraries].map(listing)];
  const reading = new CompilationReads();
  if (!reading.read(build).ok) reading.markUnseen();
  const overrides = readTemplateOverrides(paths.templates);
  for (const [name, text] of overrides) reading.note(join(paths.templates, name), text);
  const target = await chooseTarget(paths, reading);
  const templates = readTemplates(overrides);
  const inputs = compose.flatMap((one) => one.paths).map((path) => loadSource(path, sources, reading));
  const projects = inputs.flatMap(({ input }) => projectOf(input) ?? []);
  const installedHere = projects.some(asksForContainers) ? readInstalledHere(paths, reading) : undefined;
  listings.push(...(installedHere?.listings ?? []));
  const others = [...projects.flatMap(containersOf), ...(installedHere?.containers ?? [])];
  const files: CompiledFile[] = [];
  for (const file of inputs) files.push(await compileSource(file, { ...target, others }, templates, reading));
  const names = files.flatMap(({ set }) => set?.units.map(({ name }) => name) ?? []);
  const directories = distinctDirectories(paths.others);
  const otherFiles = findOthers(names, directories);
  const verdicts = judgeFiles(files, otherFiles);
  const sets = verdicts.flatMap(({ set }) => set ?? []);
  const targets = sets.flatMap(({ units }) => units.filter(({ kind }) => kind === 'target'));
  const keeper = keeperFiles(
    paths,
    targets.map(({ name }) => name),
  );
  const report = verdicts.flatMap(reportLines);
  keepUnits(paths.run, {
    files: [
      ...sets.flatMap((set) => [
        ...set.units.map((unit) => ({ name: unit.name, mode: 0o644, content: serialiseUnit(unit) })),
        ...set.files,
      ]),
      ...keeper.files,
    ],
    links: [...sets.flatMap(bootLinks), ...keeper.links],
    report,
    inputs: {
      listings,
      ...reading.summary(),
      units: [...new Set(names)].sort(),
      directories: directories.map(({ directory }) => directory),
      others: pathsInOrder(names, directories, otherFiles),
    },
  });
  return report;
}

/** Remembers every file that the compilation asked for. */
class CompilationReads {
  private readonly digests = new Map<string, string>();
  private readonly missing = new Set<string>();
  private complete = true;

  readonly read = (path: string): FileText => {
    const file = readSpecificationFile(path);
    if (file.ok) this.note(path, file.text);
    else if (file.reason === 'missing') this.missing.add(path);
    else this.complete = false;
    return file;
  };

  note(path: string, text: string): void {
    this.digests.set(path, digestOf(text));
  }

  /** The units depend on something whose changes the next run cannot see in files. */
  markUnseen(): void {
    this.complete = false;
  }

  summary(): { digests: ReadonlyMap<string, string>; missing: readonly string[]; complete: boolean } {
    return { digests: this.digests, missing: [...this.missing].sort(), complete: this.complete };
  }
}

async function chooseTarget({ normal }: GeneratorPaths, reading: CompilationReads): Promise<Target> {
  const byLibrary = sharedLibraryVersion(libraryDirectories);
  if (byLibrary === undefined) reading.markUnseen();
  const systemd = byLibrary ?? (await installedSystemdVersion()) ?? baseline.systemd;
  return { scope: 'system', systemd, docker: baseline.docker, directory: normal };
}

/** Variables of the environment do not reach the file: a boot has others than a shell. */
const environment: ReadonlyMap<string, string> = new Map([['HOME', '/root']]);

/** A Compose file that was read; without `input` where it could not be. */
interface LoadedFile {
  readonly path: string;
  readonly input?: LoadedProject;
  readonly diagnostics: readonly Diagnostic[];
}

function loadSource(path: string, sources: string, reading: CompilationReads): LoadedFile {
  const dotenv = join(sources, '.env');
  try {
    const source = readComposeSource({ workingDirectory: sources, environment: {}, files: [path] });
    for (const file of [...source.files, ...source.dotenv]) reading.note(file.path, file.text);
    if (source.dotenv.every((file) => file.path !== dotenv)) reading.read(dotenv);
    const defaultName = nameByFile(path, sources);
    const outcome = loadProject({
      ...source,
      environment,
      readFile: reading.read,
      ...(defaultName !== undefined && { defaultName }),
    });
    const files = [...source.files, ...outcome.alsoRead];
    return { path, input: { source: { ...source, files }, outcome }, diagnostics: [] };
  } catch (error) {
    reading.read(path);
    return { path, diagnostics: [unreadable(path, error)] };
  }
}

const projectOf = (input: LoadedProject | undefined): Project | undefined =>
  input?.outcome.value ?? input?.outcome.partial;

async function compileSource(
  { path, input, diagnostics }: LoadedFile,
  target: Target,
  templates: ReturnType<typeof readTemplates>,
  reading: CompilationReads,
): Promise<CompiledFile> {
  if (input === undefined) return { path, diagnostics };
  try {
    const project = projectOf(input);
    let { docker } = target;
    if (project !== undefined && asksForDockerVersion(project)) {
      reading.markUnseen();
      docker = (await installedDockerVersion()) ?? docker;
    }
    const asksHostname = project !== undefined && asksForHostname(project);
    const name = asksHostname ? reading.read(hostnameFile) : undefined;
    const hostname = name?.ok === true ? { hostname: name.text.trim() } : {};
    const compilation = compileLoaded(input, { ...target, docker, ...hostname }, templates);
    const { set } = compilation;
    return { path, diagnostics: compilation.diagnostics, ...(set !== undefined && { set }) };
  } catch (error) {
    return { path, diagnostics: [unreadable(path, error)] };
  }
}

/** The units that dockunit installed by other means, and the files that show a change of them. */
function readInstalledHere(
  { others }: GeneratorPaths,
  reading: CompilationReads,
): {
  readonly containers: readonly UnitContainer[];
  readonly listings: readonly ReturnType<typeof listing>[];
} {
  const listings = others
    .filter(({ wins }) => wins)
    .map(({ directory }) => listing(`${directory}/*.service`));
  const texts = listings
    .flatMap(({ paths }) => paths)
    .flatMap((path): UnitFileText[] => {
      const text = readUnitFile(path);
      if (text === undefined) return [];
      reading.note(path, text);
      return [{ name: basename(path), path, text }];
    });
  return { containers: unitContainers(installedUnits(texts)), listings };
}

/** Internal errors included: one file must not prevent the units of the others. */
function unreadable(file: string, error: unknown): Diagnostic {
  const isExpected = error instanceof HostError || error instanceof UsageError;
  return {
    severity: 'error',
    code: 'unreadable',
    position: { file, line: 1, column: 1 },
    message: messageOf(error),
    remedy: isExpected ? error.remedy : 'Report it: this is an internal error of dockunit',
  };
}

type Directories = ReturnType<typeof distinctDirectories<GeneratorPaths['others'][number]>>;

function findOthers(
  names: readonly string[],
  directories: Directories,
): ReadonlyMap<string, readonly OtherFile[]> {
  return new Map(
    names.map((name) => [
      name,
      directories.flatMap(({ directory, wins }) => {
        const path = join(directory, name);
        // As the shell’s own test does, through links: a link to a missing file is no unit.
        return existsSync(path) ? [{ path, text: readUnitFile(path) ?? '', wins }] : [];
      }),
    ]),
  );
}

/** In the order in which the shell looks for them: by directory, then by name. */
function pathsInOrder(
  names: readonly string[],
  directories: Directories,
  others: ReadonlyMap<string, readonly OtherFile[]>,
): readonly string[] {
  const paths = new Set([...others.values()].flat().map(({ path }) => path));
  const sortedNames = [...new Set(names)].sort();
  return directories
    .flatMap(({ directory }) => sortedNames.map((name) => join(directory, name)))
    .filter((path) => paths.has(path));
}
