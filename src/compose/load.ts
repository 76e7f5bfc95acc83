/** Reads Compose files into a Project: parse, interpolate, merge, normalise, validate; all of it pure. */
import type { Outcome } from '../model/diagnostic.ts';
import { boundDiagnostics, hasErrors, inReadingOrder } from '../model/diagnostic.ts';
import { readDotenv } from './dotenv.ts';
import { withoutEmptyValues } from './empty-values.ts';
import type { Field } from './field.ts';
import { refuse, refuseValue, rootField } from './field.ts';
import { Findings } from './findings.ts';
import type { LoadInput, NormaliserContext, SourceFile } from './loading.ts';
import { fileObjectOf } from './normalise-files.ts';
import { implicitDefaultNetwork, networkOf, resourcesOf, volumeOf } from './normalise-resources.ts';
import { serviceOf } from './normalise-service.ts';
import { topSystemdOf } from './normalise-systemd.ts';
import type { ProfileSelection } from './profiles.ts';
import { activeProfiles, leaveOutInactive } from './profiles.ts';
import type { Project } from './project.ts';
import type { ProjectName } from './project-name.ts';
import { projectNameOf } from './project-name.ts';
import { ModelReader } from './read-model.ts';
import { servicesWithinBudget } from './service-budget.ts';
import { sortedByKey } from './sorted.ts';
import { topLevelOf } from './top-level.ts';
import { SourceText, findPlace } from './tree.ts';
import { validateReferences } from './validate.ts';

export type { LoadInput } from './loading.ts';

export interface LoadOutcome extends Outcome<Project> {
  /** Where errors forbid a value: the readable part, so that the compiler can report its findings in the same run. */
  readonly partial?: Project;
  /** The files read besides the given ones: those they extend and include. */
  readonly alsoRead: readonly SourceFile[];
  /** The merged content of the files, for printing; absent where one of them cannot be read. */
  readonly specification?: Specification;
}

/** The files as one tree, interpolated and merged, without the services that have no active profile. */
export interface Specification extends ProfileSelection {
  readonly name: ProjectName;
  /** The base of the tree's relative paths. */
  readonly directory: string;
  /** The process environment over `.env`, with COMPOSE_PROJECT_NAME. */
  readonly environment: ReadonlyMap<string, string>;
}

/**
 * Loads the project from the files. Every error, warning and note is in the diagnostics, with its place; the project is
 * absent where one of them is an error. Never throws on input.
 */
export function loadProject(input: LoadInput): LoadOutcome {
  const findings = new Findings();
  const reader = new ModelReader(input.readFile, findings);
  const specification = readSpecification(input, reader, findings);
  const project = specification && projectOf(specification, input, findings);
  const { alsoRead } = reader;
  const diagnostics = inReadingOrder(
    boundDiagnostics(findings.all),
    [...input.files, ...alsoRead].map(({ path }) => path),
  );
  if (project === undefined || specification === undefined || findings.isOverBudget)
    return { diagnostics, alsoRead };
  const outcome = { diagnostics, alsoRead, specification };
  return hasErrors(diagnostics) ? { ...outcome, partial: project } : { ...outcome, value: project };
}

function readSpecification(
  input: LoadInput,
  reader: ModelReader,
  findings: Findings,
): Specification | undefined {
  const environment = readEnvironment(input, findings);
  const { directory, defaultName } = input;
  const trees = reader.parse(input.files);
  const [first] = input.files;
  if (trees === undefined || first === undefined) return undefined;

  const surroundings = reader.surroundings(directory, environment, [first.path]);
  const ownName = input.projectName || environment.get('COMPOSE_PROJECT_NAME');
  const nameInput = {
    directory,
    ...(ownName !== undefined && { projectName: ownName }),
    ...(defaultName !== undefined && { defaultName }),
  };
  const projectName = projectNameOf(nameInput, trees, surroundings.interpolation, findings);
  // With an invalid name, still read the rest, to report all errors in one run.
  const name = projectName ?? { name: 'project', isNamed: false };
  environment.set('COMPOSE_PROJECT_NAME', name.name);
  const whole = reader.project(trees, surroundings);
  if (whole === undefined) return undefined;
  const root = withoutEmptyValues(whole);
  const active = activeProfiles(input.profiles, environment.get('COMPOSE_PROFILES'));
  const takingPart = {
    names: input.names ?? [],
    installedServices: () => input.installedServices?.(name.name) ?? [],
  };
  return { ...leaveOutInactive(root, active, takingPart), name, directory, environment };
}

/** The process environment over `.env`. */
function readEnvironment(input: LoadInput, findings: Findings): Map<string, string> {
  const fromFiles = new Map<string, string>();
  for (const file of input.dotenv) {
    const source = new SourceText(file.path, file.text);
    readDotenv(source, fromFiles, (name) => input.environment.get(name), findings);
  }
  return new Map([...fromFiles, ...input.environment]);
}

function projectOf(specification: Specification, input: LoadInput, findings: Findings): Project {
  const { root, inactive, environment } = specification;
  const { name, isNamed } = specification.name;
  const loading: NormaliserContext = { ...input, environment };
  const { fields, systemd } = topLevelOf(rootField(root, findings));
  const readable = !findings.hasErrors;
  const networks = resourcesOf(fields.networks, (field) => networkOf(field, name));
  const volumes = resourcesOf(fields.volumes, (field) => volumeOf(field, name, loading));
  const configs = resourcesOf(fields.configs, (field) => fileObjectOf(field, loading));
  const secrets = resourcesOf(fields.secrets, (field) => fileObjectOf(field, loading));
  const parts = { configs, secrets, systemd: topSystemdOf(systemd) };
  const read = resourcesOf(fields.services, (field) => serviceOf(checkServiceName(field), loading));
  const services = fields.services ? servicesWithinBudget(read, parts, fields.services) : read;
  // Other problems at the top explain why there are none.
  if (services.size === 0 && readable && (!fields.services || fields.services.node.kind === 'map')) {
    const [message, remedy] = whyNoServices(inactive);
    refuse(fields.services ?? rootField(root, findings), 'no-services', message, remedy);
  }
  if (fields.models && ![...services.values()].some(({ keys }) => keys.includes('models'))) {
    const message = '`models` describes what Docker Model Runner serves, and no service names one';
    findings.add('warning', fields.models.keyMark, 'models', 'models-unused', message, 'Remove it');
  }
  const usesDefault = [...services.values()].some((service) => service.networks.has('default'));
  if (usesDefault && !networks.has('default')) networks.set('default', implicitDefaultNetwork(name));
  const place = (path: string) => findPlace(root, path);
  return {
    name,
    isNamed,
    directory: input.directory,
    files: input.files.map((file) => file.path),
    services: validateReferences(
      { services, networks, volumes, configs, secrets, inactive },
      place,
      findings,
    ),
    networks: sortedByKey(networks),
    volumes,
    ...parts,
    where: (path) => {
      const mark = place(path);
      return mark.source.position(mark.offset);
    },
  };
}

function whyNoServices(inactive: ProfileSelection['inactive']): readonly [string, string] {
  if (inactive.size === 0)
    return ['the project has no services', 'Write at least one service under `services:`'];
  const profiles = [...new Set([...inactive.values()].flat())].sort().join(', ');
  return ['no service takes part, as no profile is active', `Give --profile with one of: ${profiles}`];
}

function checkServiceName(field: Field): Field {
  if (!/^[a-zA-Z0-9._-]+$/.test(field.key))
    refuseValue(
      field,
      `\`${field.key}\` cannot name a service`,
      'Use letters, digits, dots, dashes and underscores',
    );
  return field;
}
