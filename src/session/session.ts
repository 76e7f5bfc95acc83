/** The ports of a driving verb: the manager, Docker, the journal, and the installed units. */
import { unitDirectory, unitSearchPath } from '../host/units/unit-directories.ts';
import { HostError } from '../model/ports.ts';
import type { DockerPort, JournalPort, Scope } from '../model/ports.ts';
import { type StateDirectories, stateDirectories } from '../host/units/state-directories.ts';
import type { Manager } from '../manager/manager.ts';
import { managerOfHost, selectManager } from '../manager/select.ts';
import { auditedManager } from './audited-manager.ts';
import { type Beyond, type ServiceOfFile, chooseUnits } from './select-units.ts';
import { UsageError, scopeOf } from '../run/context.ts';
import type { Context, GlobalOptions } from '../run/context.ts';
import { type InstalledUnit, readInstalled } from './installed-units.ts';
import { recoverInterrupted } from './host-lock.ts';
import { type LookupScope, noteOfElsewhere, defaultProject, projectsHere } from './default-project.ts';

export interface HostPorts {
  readonly manager: Manager;
  readonly docker: DockerPort;
  readonly journal: JournalPort;
  /** Sorted by name. */
  readonly installedUnits: readonly InstalledUnit[];
  readonly directories: HostDirectories;
  /** Id of the user whose manager runs the units; undefined for the system's. */
  readonly user: string | undefined;
}

/** Where the units and states of a scope are. */
export interface HostDirectories extends StateDirectories {
  /** Where dockunit writes units. */
  readonly units: string;
  /** Where the manager looks for units; the first directory wins. */
  readonly searchPath: readonly string[];
}

/**
 * The directories of the scope on this host.
 * @internal exported for tests: the fake host of the tests has the same directories
 */
export function hostDirectories(
  scope: Scope,
  { environment, uid }: Pick<Context, 'environment' | 'uid'>,
): HostDirectories {
  return {
    ...stateDirectories(scope, environment, uid),
    units: unitDirectory(scope, environment),
    searchPath: unitSearchPath(scope, environment),
  };
}

/** The host with the units that are on disk now. */
export function reloadInstalled<Host extends HostPorts>(host: Host): Host {
  return { ...host, installedUnits: readInstalled(host.directories.searchPath) };
}

/** Connects, works, and disconnects in any case. HostError where there is no manager to connect to. */
export async function withHost<T>(
  context: Context,
  options: GlobalOptions & { readonly dryRun?: boolean },
  work: (host: HostPorts) => Promise<T>,
): Promise<T> {
  const scope = scopeOf(options);
  const recovery = options.dryRun === true ? undefined : recoverInterrupted(context, scope);
  const [connection, { docker }] = await Promise.all([
    selectManager({ scope, ...(options.manager !== undefined && { kind: options.manager }) }),
    import('../host/docker/client.ts'),
  ]);
  const manager = auditedManager(connection, context);
  try {
    if (recovery !== undefined) await manager.reload();
    const journal = journalOf(manager.kind, scope, context);
    const directories = hostDirectories(scope, context);
    const installedUnits = readInstalled(directories.searchPath);
    const user = scope === 'user' ? String(context.uid) : undefined;
    return await work({ manager, docker, journal, installedUnits, directories, user });
  } finally {
    manager.close();
  }
}

/** The ports of `logs`. */
export interface LogPorts {
  readonly journal: JournalPort;
  readonly installedUnits: readonly InstalledUnit[];
  choose(names: readonly string[]): Promise<readonly InstalledUnit[]>;
}

/**
 * As withHost, for verbs that only read: the supervisor's logs are readable when it does not run, and
 * then they matter most.
 */
export async function withLogs<T>(
  context: Context,
  options: GlobalOptions,
  work: (logs: LogPorts) => Promise<T>,
): Promise<T> {
  if ((options.manager ?? managerOfHost()) === 'systemd') {
    return withHost(context, options, (host) =>
      work({ ...host, choose: (names) => chooseOnHost(host, context, options, names) }),
    );
  }
  const scope = scopeOf(options);
  const installedUnits = readInstalled(unitSearchPath(scope, context.environment));
  return work({
    journal: journalOf('supervisor', scope, context),
    installedUnits,
    choose: (names) => chooseHere(names, installedUnits, context, options),
  });
}

/** Its code is loaded at the first read: most verbs do not need it, and other jobs wait for a start. */
export function journalOf(kind: Manager['kind'], scope: Scope, context: Context): JournalPort {
  return {
    async *read(options) {
      yield* (await journals[kind](scope, context)).read(options);
    },
  };
}

/** The journals of the two managers, with the output of their units. */
const journals = {
  systemd: async () => (await import('../host/journal/journal.ts')).journal,
  supervisor: async (scope, { environment, uid }) => {
    const { unitLogReader } = await import('../host/journal/unit-log-reader.ts');
    return unitLogReader(stateDirectories(scope, environment, uid).logs);
  },
} as const satisfies Record<Manager['kind'], (scope: Scope, context: Context) => Promise<JournalPort>>;

/** The units on this host that the names stand for; see chooseUnits. */
export function chooseOnHost(
  { manager, installedUnits }: HostPorts,
  context: Context,
  options: GlobalOptions,
  names: readonly string[],
): Promise<readonly InstalledUnit[]> {
  return chooseHere(names, installedUnits, context, options, async (unit) => {
    // A unit that only the supervisor knows cannot be driven in any other way.
    if (manager.kind === 'supervisor') return false;
    const [state] = await manager.states([unit]);
    return state !== undefined && state.loadState !== 'not-found';
  });
}

/**
 * The units that the names stand for at the user's working directory; says so where they are not of the
 * project of the file here.
 */
export async function chooseHere(
  names: readonly string[],
  installedUnits: readonly InstalledUnit[],
  context: Context,
  options: GlobalOptions,
  isForeign: Beyond['isForeign'] = () => Promise.resolve(false),
): Promise<readonly InstalledUnit[]> {
  const place = defaultProject(context, options);
  const units = await chooseUnits(names, installedUnits, place, {
    isForeign,
    serviceOfFile: async (name) =>
      isOfFileHere(installedUnits, place) ? serviceOfFile(name, context, options) : undefined,
  });
  noteElsewhere(units, installedUnits, place, context);
  return units;
}

/** Whether the Compose file here can be the subject of a verb. */
function isOfFileHere(installedUnits: readonly InstalledUnit[], place: LookupScope): boolean {
  const { project, files } = place;
  if (files.length === 0 || files.includes('-')) return false;
  return project === undefined || projectsHere(installedUnits, place).has(project);
}

/** The service of that name in the Compose file here; none where the file cannot be read. */
async function serviceOfFile(
  name: string,
  context: Context,
  options: GlobalOptions,
): Promise<ServiceOfFile | undefined> {
  const { loadInput } = await import('./compile-project.ts');
  try {
    const { source, outcome } = await loadInput(context, options);
    const file = source.files[0]?.path;
    const profiles = outcome.specification?.inactive.get(name);
    const isActive = (outcome.value ?? outcome.partial)?.services.has(name) === true;
    if (file === undefined || (profiles === undefined && !isActive)) return undefined;
    return { file, inactiveProfiles: profiles ?? [] };
  } catch (error) {
    if (error instanceof UsageError || error instanceof HostError) return undefined;
    throw error;
  }
}

/** @param units the units shown */
export function noteElsewhere(
  units: readonly InstalledUnit[],
  installedUnits: readonly InstalledUnit[],
  place: LookupScope,
  { err }: Context,
): void {
  const note = noteOfElsewhere(units, installedUnits, place);
  if (note !== undefined) err.write(`${err.style.note('note:')} ${note}\n`);
}
