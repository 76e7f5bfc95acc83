/** Compose files → Project: parse, interpolate, merge, normalise, validate; all of it pure. */
import type { Outcome } from '../diagnostic.ts';
import { hasErrors, inReadingOrder } from '../diagnostic.ts';
import { readDotenv } from './dotenv.ts';
import type { Field } from './field.ts';
import {
  entriesOf,
  isEmpty,
  refuse,
  refuseUnknown,
  refuseUnsupported,
  refuseValue,
  rootField,
} from './field.ts';
import { Findings } from './findings.ts';
import { Interpolation } from './interpolate-tree.ts';
import type { TopLevelKey } from './keys.ts';
import { topLevelKeys } from './keys.ts';
import type { LoadInput, Loading } from './loading.ts';
import { mergeTrees } from './merge.ts';
import { implicitDefaultNetwork, networkOf, resourcesOf, volumeOf } from './normalise-resources.ts';
import { serviceOf } from './normalise-service.ts';
import { noSystemd, systemdOf } from './normalise-systemd.ts';
import { parseTrees } from './parse.ts';
import type { Project } from './project.ts';
import type { ProjectName } from './project-name.ts';
import { projectNameOf } from './project-name.ts';
import { sortedByKey } from './sorted.ts';
import type { Mapping } from './tree.ts';
import { SourceText, findPlace } from './tree.ts';
import { validateReferences } from './validate.ts';

export type { FileText, LoadInput, SourceFile } from './loading.ts';

export interface LoadOutcome extends Outcome<Project> {
  /** Where errors forbid a value: what could be read, so that the compiler can tell its findings in the same run. */
  readonly partial?: Project;
}

/**
 * Loads the project that the files describe. Every error, warning and note is in the diagnostics,
 * with its place; the project is absent where one of them is an error. Never throws on input.
 */
export function loadProject(input: LoadInput): LoadOutcome {
  const findings = new Findings();
  const project = load(input, findings);
  const diagnostics = inReadingOrder(
    findings.all,
    input.files.map(({ path }) => path),
  );
  if (project === undefined) return { diagnostics };
  return hasErrors(diagnostics) ? { partial: project, diagnostics } : { value: project, diagnostics };
}

function load(input: LoadInput, findings: Findings): Project | undefined {
  const environment = readEnvironment(input, findings);
  const parsed = input.files.map((file) => parseTrees(file.path, file.text, findings));
  const trees = parsed.flat();
  if (trees.length === 0 || parsed.some((documents) => documents.length === 0)) return undefined;

  const interpolation = new Interpolation((name) => environment.get(name), findings);
  const projectName = projectNameOf(input, trees, interpolation, findings);
  // Where the name is at fault, the rest is still read, so that all its faults are told in one run.
  const name = projectName ?? { name: 'project', named: false };
  environment.set('COMPOSE_PROJECT_NAME', name.name);
  const interpolated = trees.map((tree) => interpolation.tree(tree));
  interpolation.warnOfUnset();
  const root = mergeTrees(interpolated, findings);
  return projectOf(root, name, input, { ...input, environment }, findings);
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

function projectOf(
  root: Mapping,
  { name, named }: ProjectName,
  input: LoadInput,
  loading: Loading,
  findings: Findings,
): Project {
  const before = findings.all.length;
  const { fields, systemd } = topLevelOf(rootField(root, findings));
  const readable = findings.all.length === before;
  const networks = resourcesOf(fields.networks, (field) => networkOf(field, name));
  const volumes = resourcesOf(fields.volumes, (field) => volumeOf(field, name));
  const services = resourcesOf(fields.services, (field) => serviceOf(checkServiceName(field), loading));
  // What is wrong at the top otherwise explains why there is none.
  if (services.size === 0 && readable && (!fields.services || fields.services.node.kind === 'map')) {
    const remedy = 'Write at least one service under `services:`';
    refuse(
      fields.services ?? rootField(root, findings),
      'no-services',
      'the project has no services',
      remedy,
    );
  }
  const usesDefault = [...services.values()].some((service) => service.networks.has('default'));
  if (usesDefault && !networks.has('default')) networks.set('default', implicitDefaultNetwork(name));
  const place = (path: string) => findPlace(root, path);
  return {
    name,
    named,
    directory: input.directory,
    files: input.files.map((file) => file.path),
    services: validateReferences({ services, networks, volumes }, place, findings),
    networks: sortedByKey(networks),
    volumes,
    systemd: systemd ? systemdOf(systemd) : noSystemd,
    where: (path) => {
      const mark = place(path);
      return mark.source.position(mark.offset);
    },
  };
}

interface TopLevel {
  readonly fields: Partial<Record<TopLevelKey, Field>>;
  readonly systemd?: Field;
}

/**
 * The keys of the file itself. `include` brings in services that the compiler could not know of;
 * configs, secrets and models have no effect until a service names them, which is reported there.
 */
function topLevelOf(root: Field): TopLevel {
  const fields: Partial<Record<TopLevelKey, Field>> = {};
  let systemd: Field | undefined;
  for (const entry of entriesOf(root)) {
    if (isTopLevelKey(entry.key)) {
      if (!isEmpty(entry)) fields[entry.key] = entry;
    } else if (entry.key === 'x-systemd') systemd = entry;
    else if (!entry.key.startsWith('x-')) refuseUnknownAtTop(entry);
  }
  if (fields.include) refuseUnsupported(fields.include, '`include`', 'Give each included file with -f');
  return systemd ? { fields, systemd } : { fields };
}

/** Files older than Compose 1.6 have their services at the top. */
function refuseUnknownAtTop(entry: Field): void {
  const { node } = entry;
  const isService = node.kind === 'map' && (node.entries.has('image') || node.entries.has('build'));
  if (isService) refuseUnknown(entry, [], 'Put the service under `services:`');
  else refuseUnknown(entry, topLevelKeys);
}

function isTopLevelKey(key: string): key is TopLevelKey {
  return (topLevelKeys as readonly string[]).includes(key);
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
