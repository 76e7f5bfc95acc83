/**
 * The ports: everything outside this process that dockunit touches, as interfaces. The pure parts know only
 * these types; implementations stand beside this file, and only commands and the manager import them.
 */

/** An error of the host (exit 1), as opposed to a bad specification (exit 2): the problem and its remedy. */
export class HostError extends Error {
  override readonly name = 'HostError';
  constructor(
    message: string,
    /** One imperative sentence, no trailing full stop. */
    readonly remedy: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export type Scope = 'system' | 'user';

/** systemd's ActiveState, org.freedesktop.systemd1(5). */
export const activeStates = [
  'active',
  'reloading',
  'inactive',
  'failed',
  'activating',
  'deactivating',
  'maintenance',
] as const;
export type ActiveState = (typeof activeStates)[number];

// This does not distinguish more than UNIT_IS_ACTIVE_OR_RELOADING() and its neighbours of systemd's unit-def.h.
export const isActive = (state: ActiveState): boolean => state === 'active' || state === 'reloading';
export const isInactive = (state: ActiveState): boolean => state === 'inactive' || state === 'failed';
export const isActiveOrActivating = (state: ActiveState): boolean =>
  isActive(state) || state === 'activating';
export const isInactiveOrDeactivating = (state: ActiveState): boolean =>
  isInactive(state) || state === 'deactivating';

/**
 * By the state of a dockunit unit file, systemctl(1), is-enabled: the generator links the units that it
 * generates.
 */
export function startsAtBoot(unitFileState: string): boolean {
  return ['enabled', 'enabled-runtime', 'generated'].includes(unitFileState);
}

/** How a job ended, org.freedesktop.systemd1(5), JobRemoved. */
export const jobResults = [
  'done',
  'canceled',
  'timeout',
  'failed',
  'dependency',
  'skipped',
  'invalid',
  'assert',
  'unsupported',
  'collected',
  'once',
  'frozen',
  'concurrency',
] as const;
export type JobResult = (typeof jobResults)[number] | 'unknown';

export interface UnitState {
  readonly name: string;
  readonly loadState: string;
  readonly activeState: ActiveState;
  readonly subState: string;
  /** `enabled`, `disabled`, `static`…; '' when there is no unit file. */
  readonly unitFileState: string;
  /** Service Result: `success`, `exit-code`, `timeout`…; '' for other unit types. */
  readonly result: string;
  readonly restarts: number;
  /** Milliseconds since the epoch at which ActiveState last changed; 0 when it never did. */
  readonly since: number;
  readonly fragmentPath: string;
  /** Exit status of the main process, where it has ended; the signal's number where one killed it. */
  readonly exitStatus?: number;
  /** Present where systemd will restart the unit by its Restart=: milliseconds since the epoch. */
  readonly restartAt?: number;
  /** Present where unit file or drop-ins changed on disk since the manager read them. */
  readonly needsReload?: true;
  /** Paths of the drop-ins in force, where there are any. */
  readonly dropIns?: readonly string[];
}

/** A unit that the manager does not know and no file describes, as systemd shows one. */
export function unknownState(name: string): UnitState {
  return {
    name,
    loadState: 'not-found',
    activeState: 'inactive',
    subState: 'dead',
    unitFileState: '',
    result: '',
    restarts: 0,
    since: 0,
    fragmentPath: '',
  };
}

/** How a process ended; waitid(2). Signals by name: `SIGTERM`. */
export type Exit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'dumped'; readonly signal: string };

/** A symlink made or removed by enable and disable. */
export interface UnitLink {
  readonly action: 'symlink' | 'unlink';
  readonly path: string;
  readonly target: string;
}

export type JobVerb = 'start' | 'stop' | 'restart';

/** Progress of the jobs that one verb created. */
export type JobEvent =
  | { readonly kind: 'job-new'; readonly unit: string }
  | {
      readonly kind: 'unit-state';
      readonly unit: string;
      readonly activeState: ActiveState;
      readonly subState: string;
    }
  | { readonly kind: 'job-removed'; readonly unit: string; readonly result: JobResult };

export interface DockerPort {
  /** Client and server version; HostError with the remedy where there is no client, no daemon or no permission. */
  version(): Promise<{ readonly client: string; readonly server: string }>;
  /** `docker inspect` of each container that exists; containers that do not exist are absent. */
  inspectContainers(names: readonly string[]): Promise<ReadonlyMap<string, ContainerState>>;
  /** The networks and volumes among these that exist. */
  findResources(names: ResourceNames): Promise<Resources>;
}

/** Networks and volumes, in the form in which dockunit asks docker for them. */
export interface ResourceNames {
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** Names of networks and volumes that docker has. */
export interface Resources {
  readonly networks: ReadonlySet<string>;
  readonly volumes: ReadonlySet<string>;
}

/** All facts that a Docker gives about the containers, each object as in `docker inspect`. */
export interface DockerObjects {
  readonly containers: readonly Readonly<Record<string, unknown>>[];
  readonly images: readonly Readonly<Record<string, unknown>>[];
  readonly networks: readonly Readonly<Record<string, unknown>>[];
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  /** Names of containers that other containers refer to, by id. */
  readonly names: ReadonlyMap<string, string>;
  /** The logging driver of containers that name none. */
  readonly loggingDriver: string;
}

export interface DockerInspector {
  /**
   * The containers of these names, or all running ones where no name is given, and the objects they consist
   * of. HostError where one does not exist.
   */
  readObjects(names: readonly string[]): Promise<DockerObjects>;
}

/** Whether a container with this docker status is still to be stopped: a paused one is up. */
export function isContainerUp(status: string): boolean {
  return status === 'running' || status === 'paused' || status === 'restarting';
}

/**
 * 128 + SIGKILL: the docker client returns it for a killed container, also where Docker killed it
 * after the grace period.
 */
export const killedExitCode = 137;

/** The resources of the host that a container of any origin holds. */
export interface HeldByContainer {
  readonly name: string;
  /** created, running, paused, restarting, removing, exited, dead. */
  readonly status: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Of the host; a container that is down holds none. */
  readonly ports: readonly { readonly address: string; readonly port: number; readonly protocol: string }[];
  /** Names of the volumes that it may write to. */
  readonly volumes: readonly string[];
}

export interface ContainerState {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** created, running, paused, restarting, removing, exited, dead. */
  readonly status: string;
  readonly exitCode: number;
  /** Milliseconds since the epoch; 0 when never started. */
  readonly startedAt: number;
  readonly health?: 'starting' | 'healthy' | 'unhealthy' | 'none';
  readonly oomKilled: boolean;
  /** `0.0.0.0:8000→8000/tcp`-like facts, unformatted. */
  readonly ports: readonly {
    readonly hostIp: string;
    readonly hostPort: number;
    readonly containerPort: number;
    readonly protocol: string;
  }[];
  readonly labels: ReadonlyMap<string, string>;
}

/** An image on the host's disk. */
export interface LocalImage {
  /** `sha256:…` of its configuration. */
  readonly id: string;
  /** `repository@sha256:…`, as `docker image inspect` says them; [] where it came from no registry. */
  readonly digests: readonly string[];
}

export interface ImagePort {
  /** By each of the names, which may be references, pins and ids; images that are not on disk are absent. */
  inspect(names: readonly string[]): Promise<ReadonlyMap<string, LocalImage>>;
  /** HostError with docker's message where the pull fails. @param options of docker pull */
  pull(reference: string, options: readonly string[], signal?: AbortSignal): Promise<void>;
  /** The digest that the registry has for the reference, or the reason why it gives none. Pulls nothing. */
  registryDigest(reference: string): Promise<{ readonly digest: string } | { readonly said: string }>;
  /** The tags by which dockunit keeps images for a project, each with the image's id. */
  keptTags(project: string): Promise<ReadonlyMap<string, string>>;
  tag(id: string, tag: string): Promise<void>;
  /** Docker removes the image itself with its last name; an image in use stays unchanged. */
  untag(tag: string): Promise<void>;
}

/** The kinds of objects that dockunit creates in Docker, in the order of removal. */
export type ResourceKind = 'container' | 'network' | 'volume';

/** A container, with the facts needed for its removal. */
export interface RemovableContainer {
  readonly id: string;
  readonly name: string;
  /** The value of the label dockunit.unit; '' where it has none. */
  readonly unit: string;
}

/** The Docker objects that units have created. All methods: HostError where Docker does not answer. */
export interface ResourcePort {
  inspect(names: DockerNames): Promise<DockerResources>;
  /**
   * The containers of a project, running or not.
   * @param user id of a user's manager; undefined for the system's, whose containers have no such label
   */
  containersOf(project: string, user: string | undefined): Promise<readonly RemovableContainer[]>;
  /** Labels by name; leaves out missing objects. */
  labels(
    kind: 'network' | 'volume',
    names: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  /** Stops running containers first, by their own settings. HostError where an object is still in use. */
  remove(kind: ResourceKind, names: readonly string[]): Promise<void>;
}

/** Names that dockunit asks Docker about. */
export interface DockerNames extends ResourceNames {
  readonly containers: readonly string[];
  readonly images: readonly string[];
}

/** The objects that Docker has by those names; missing ones are absent. */
export interface DockerResources {
  readonly containers: ReadonlyMap<
    string,
    {
      readonly imageId: string;
      /** created, running, paused, restarting, removing, exited, dead. */
      readonly status: string;
      /** Milliseconds since the epoch; 0 when never started. */
      readonly startedAt: number;
      readonly labels: ReadonlyMap<string, string>;
    }
  >;
  /** Id by name. */
  readonly images: ReadonlyMap<string, string>;
  /** Labels by name. */
  readonly networks: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Names. */
  readonly volumes: ReadonlySet<string>;
}

export interface JournalEntry {
  /** Microseconds since the epoch. */
  readonly time: number;
  /** The unit of the entry: the one, among those asked for, that it names or whose container it belongs to. */
  readonly unit: string;
  /** syslog priority, 0 emerg … 7 debug. */
  readonly priority: number;
  readonly identifier: string;
  readonly message: string;
}

export interface JournalPort {
  /** Entries of the units, oldest first; with `follow` continues until the signal aborts. */
  read(options: {
    readonly units: readonly string[];
    /**
     * Names of containers, and the units they belong to, whose entries are wanted too: with the journald
     * log driver Docker writes them, as docker.service, so only CONTAINER_NAME= identifies them.
     */
    readonly containers?: ReadonlyMap<string, string>;
    readonly scope: Scope;
    readonly lines?: number;
    readonly since?: string;
    /** In the same form as `since`; not with `follow`. */
    readonly until?: string;
    readonly follow?: boolean;
    readonly signal?: AbortSignal;
  }): AsyncIterable<JournalEntry>;
}

/** A unit file or drop-in on disk. */
export interface UnitText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** All files on disk for one unit; systemd.unit(5), UNIT FILE LOAD PATH. */
export interface UnitFiles {
  /** The unit's own name: it differs from the requested one where that is an alias. */
  readonly name: string;
  /** The file of the unit or of its template; its text is empty where the unit is masked. */
  readonly main?: UnitText;
  /** In the order in which systemd reads them: by file name, each from the most specific directory alone. */
  readonly dropIns: readonly UnitText[];
  /** Units linked in the directories NAME.wants, NAME.requires and NAME.upholds. */
  readonly links: {
    readonly wants: readonly string[];
    readonly requires: readonly string[];
    readonly upholds: readonly string[];
  };
}

/** Unit files, and the other facts of the host that decide what they mean. */
export interface UnitSources {
  /** Names of dockunit's units in the directory dockunit writes to, sorted. */
  ownNames(): readonly string[];
  /** The names among these that have a file or a template, by one listing of the directories. */
  existing(names: readonly string[]): readonly string[];
  /**
   * Lists the directories once, however many units are then read. The reader throws HostError where a file cannot be
   * read.
   */
  reader(): (name: string) => UnitFiles;
  /** Mount points: `configuredPaths` those of fstab(5), `mountedPaths` those of proc(5), mountinfo. */
  mounts(): { readonly configuredPaths: readonly string[]; readonly mountedPaths: readonly string[] };
  specifiers(): HostSpecifiers;
}

/** Specifiers that are the same for all units, by their letter; systemd.unit(5), SPECIFIERS. */
export type HostSpecifiers = Readonly<Partial<Record<HostSpecifier, string>>>;

/**
 * a architecture, A B M o w W of os-release, b m v boot id, machine id, kernel; C E L S t caches,
 * configuration, logs, state, runtime directory; g G h s u U the user's; H l q host names; T V
 * directories for temporary files.
 */
type HostSpecifier =
  | ('a' | 'A' | 'B' | 'b' | 'C' | 'D' | 'E' | 'g' | 'G' | 'h' | 'H' | 'l' | 'L' | 'm' | 'M')
  | ('o' | 'q' | 's' | 'S' | 't' | 'T' | 'u' | 'U' | 'v' | 'V' | 'w' | 'W');
