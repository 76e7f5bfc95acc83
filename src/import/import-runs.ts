/**
 * Lines of `docker run` → one Compose file that makes the same containers.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { NetworkKey, ServiceKey, TopLevelKey } from '../compose/keys.ts';
import { cutAt, holdsVariable, mapKey } from './compose-text.ts';
import {
  append,
  type ImportDraft,
  emptyDraft,
  type ImportReport,
  type ImportContext,
  type Yaml,
} from './draft.ts';
import { placeInNetworks } from './networks.ts';
import { readRunLine, type RunLine } from './run-line.ts';
import { type OptionRule, runOptions } from './run-options.ts';
import { noteSecrets } from './secrets.ts';

/** One container to import. */
export interface RunSource {
  /** The words of its `docker run`, as Compose text. */
  readonly words: readonly string[];
  /** The service's key; absent: the container's name, or the name of the image. */
  readonly service?: string;
  /** Keys that `docker run` cannot express; they override those from the words. */
  readonly keys?: Partial<Record<ServiceKey, Yaml>>;
  /** Services it waits for, and the conditions. */
  readonly dependsOn?: Readonly<Record<string, Yaml>>;
}

export interface ImportInput {
  readonly runs: readonly RunSource[];
  readonly workingDirectory: string;
  /** Undefined where the file cannot be read. */
  readFile(path: string): string | undefined;
  /** `name:` of the project. */
  readonly projectName?: string;
  /** The known settings of networks and volumes, by Docker's names; others are external, and made as needed. */
  readonly networks?: ReadonlyMap<string, Partial<Record<NetworkKey, Yaml>>>;
  readonly volumes?: ReadonlyMap<string, Readonly<Record<string, Yaml>>>;
}

/** A Compose file as data, in the order it is written. */
export type ComposeFile = Partial<Record<Exclude<TopLevelKey, 'services'>, Yaml>> & {
  readonly services: Readonly<Record<string, Partial<Record<ServiceKey, Yaml>>>>;
};

export interface ImportResult {
  /** Absent where a line cannot be read. */
  readonly file?: ComposeFile;
  readonly diagnostics: readonly Diagnostic[];
}

interface ReadRun {
  readonly source: RunSource;
  readonly line: RunLine;
  readonly draft: ImportDraft;
  readonly service: string;
}

export function importRuns(input: ImportInput): ImportResult {
  const diagnostics: Diagnostic[] = [];
  const report: ImportReport = (severity, code, message, remedy) => {
    diagnostics.push({ severity, code, message, remedy });
  };
  const runs: ReadRun[] = [];
  for (const source of input.runs) {
    const line = readRunLine(source.words, report);
    if (line === undefined) continue;
    const draft = draftOf(line, { ...input, assignments: line.assignments }, report);
    const service = uniqueName(
      source.service ?? serviceName(line, draft),
      runs.map((run) => run.service),
    );
    runs.push({ source, line, draft, service });
  }
  if (runs.length === 0 && diagnostics.every(({ severity }) => severity !== 'error'))
    report(
      'error',
      'not-docker-run',
      'there is no docker run to import',
      'Give it after --: docker run IMAGE',
    );
  const file = composeFileOf(input, runs);
  for (const [name, service] of Object.entries(file.services)) noteSecrets(name, service, report);
  const hasFailed = diagnostics.some(({ severity }) => severity === 'error');
  return hasFailed ? { diagnostics } : { file, diagnostics };
}

/** The options, each by its rule; files of labels first, since labels of the line take precedence. */
function draftOf(line: RunLine, surroundings: ImportContext, report: ImportReport): ImportDraft {
  const draft = emptyDraft(report, surroundings);
  draft.keys.image = line.image;
  const files = line.options.filter(([name]) => name === 'label-file');
  const others = line.options.filter(([name]) => name !== 'label-file');
  for (const [name, value] of [...files, ...others]) {
    const rule: OptionRule = runOptions[name];
    switch (rule.outcome) {
      case 'key':
        rule.take(draft, value);
        break;
      case 'not-needed':
        if (value !== 'false')
          report('note', 'done-by-unit', `--${name} is left out: ${rule.why}`, 'Nothing needs to be done');
        break;
      case 'lost':
        if (value !== rule.silentValue)
          report('warning', 'option-lost', `--${name} is left out: it ${rule.why}`, rule.remedy);
    }
  }
  if (line.command.length > 0) draft.keys.command = line.command;
  // docker does not restart a container by default; systemd restarts a unit.
  draft.keys.restart ??= 'no';
  return draft;
}

function composeFileOf(input: ImportInput, runs: readonly ReadRun[]): ComposeFile {
  const byContainer = new Map(
    runs.flatMap(({ draft, service }) =>
      typeof draft.keys.container_name === 'string' ? [[draft.keys.container_name, service] as const] : [],
    ),
  );
  const services: Record<string, Partial<Record<ServiceKey, Yaml>>> = {};
  const networks = new Set<string>();
  const volumes = new Map<string, Yaml>();
  for (const { draft, service, source } of runs) {
    const placement = placeInNetworks(draft, (container) => byContainer.get(container));
    linkOthers(draft, byContainer);
    const dependencies = Object.entries(source.dependsOn ?? {}).filter(([name]) =>
      runs.some((run) => run.service === name),
    );
    services[service] = inOrder({
      ...draft.keys,
      ...placement.keys,
      ...withHealthcheck(draft, source),
      ...(dependencies.length > 0 && { depends_on: Object.fromEntries(dependencies) }),
    });
    for (const name of placement.names) networks.add(name);
    for (const [name, own] of draft.volumes) {
      const { name: driver } = draft.volumeDriver;
      const details = input.volumes?.get(name) ?? {};
      volumes.set(name, { name, ...(driver !== undefined && { driver }), ...own, ...details });
    }
  }
  return {
    ...(input.projectName !== undefined && { name: input.projectName }),
    services,
    ...(networks.size > 0 && {
      networks: Object.fromEntries(
        [...networks].sort().map((name) => {
          const details = input.networks?.get(name);
          return [name, details === undefined ? { external: true } : { name, ...details }];
        }),
      ),
    }),
    ...(volumes.size > 0 && {
      volumes: Object.fromEntries([...volumes].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
  };
}

/** The keys that the words cannot express, merged over the timing of the health check, which they can. */
function withHealthcheck(draft: ImportDraft, { keys = {} }: RunSource): ImportDraft['keys'] {
  const { healthcheck } = keys;
  if (healthcheck === undefined) return keys;
  const both = [draft.keys.healthcheck, healthcheck].map((value) => value as Readonly<Record<string, Yaml>>);
  return { ...keys, healthcheck: Object.assign({}, ...both) as Yaml };
}

/** Replaces names of containers with those of the services that make them, where this file has them. */
function linkOthers(draft: ImportDraft, services: ReadonlyMap<string, string>): void {
  for (const link of draft.links) {
    const [container, alias = container] = cutAt(link, ':');
    const service = services.get(container);
    const pair = `${service ?? container}:${alias}`;
    append(draft, service === undefined ? 'external_links' : 'links', pair);
  }
  for (const from of draft.volumesFrom) {
    const [container, access] = cutAt(from, ':');
    const service = services.get(container) ?? `container:${container}`;
    append(draft, 'volumes_from', access === undefined ? service : `${service}:${access}`);
  }
  for (const key of ['ipc', 'pid'] as const) {
    const mode = draft.keys[key];
    const container = typeof mode === 'string' ? /^container:(.*)$/s.exec(mode)?.[1] : undefined;
    const service = container === undefined ? undefined : services.get(container);
    if (service !== undefined) draft.keys[key] = `service:${service}`;
  }
}

/** The container's name; else the last part of the image's, since `docker run` has no better name. */
function serviceName({ image }: RunLine, { keys }: ImportDraft): string {
  const { container_name: name } = keys;
  if (typeof name === 'string' && !holdsVariable(name)) return name;
  const [path = ''] = image.split('@', 1);
  const [repository = ''] = (mapKey(path.slice(path.lastIndexOf('/') + 1)) ?? '').split(':', 1);
  const plain = repository.replace(/[^a-zA-Z0-9._-]/g, '-');
  return /^[a-zA-Z0-9]/.test(plain) ? plain : 'app';
}

function uniqueName(name: string, names: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${String(number)}`;
    if (!names.includes(candidate)) return candidate;
  }
}

/** The keys that readers look for first; the rest by name. */
const firstKeys: readonly ServiceKey[] = [
  'image',
  'platform',
  'container_name',
  'entrypoint',
  'command',
  'user',
  'working_dir',
  'environment',
  'env_file',
  'ports',
  'volumes',
  'network_mode',
  'networks',
  'depends_on',
  'restart',
];

function inOrder(keys: Partial<Record<ServiceKey, Yaml>>): Partial<Record<ServiceKey, Yaml>> {
  const rank = (key: string): number => {
    const at = (firstKeys as readonly string[]).indexOf(key);
    return at === -1 ? firstKeys.length : at;
  };
  return Object.fromEntries(
    Object.entries(keys).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0)),
  );
}
