/**
 * The ports: everything outside this process that dockunit touches, as interfaces. The pure parts
 * know these types alone; implementations stand beside this file and are imported by commands and
 * manager only.
 */

/** A failing of the host (exit 1), as opposed to a bad specification (exit 2): what, and what to do. */
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

// What is not told apart, as UNIT_IS_ACTIVE_OR_RELOADING() and its neighbours of systemd's unit-def.h have it.
export const isActive = (state: ActiveState): boolean => state === 'active' || state === 'reloading';
export const isInactive = (state: ActiveState): boolean => state === 'inactive' || state === 'failed';
export const isActiveOrActivating = (state: ActiveState): boolean =>
  isActive(state) || state === 'activating';
export const isInactiveOrDeactivating = (state: ActiveState): boolean =>
  isInactive(state) || state === 'deactivating';

/** By the state of a unit file of ours, systemctl(1), is-enabled: what is generated is linked by the generator. */
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
  /** Present where the unit is to be restarted by its Restart=: milliseconds since the epoch. */
  readonly restartAt?: number;
  /** Present where unit file or drop-ins changed on disk since the manager read them. */
  readonly needsReload?: true;
  /** Paths of the drop-ins in force, where there are any. */
  readonly dropIns?: readonly string[];
}

/** A unit that nobody knows and no file describes, as systemd shows one. */
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

/** Progress of the jobs that one verb set off. */
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
  /** `docker inspect` of each container that exists; those that do not are absent. */
  inspectContainers(names: readonly string[]): Promise<ReadonlyMap<string, ContainerState>>;
  /** Those of the networks and volumes that exist. */
  findResources(names: ResourceNames): Promise<Resources>;
}

/** Networks and volumes, as docker is asked for them. */
export interface ResourceNames {
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** Names of networks and volumes that docker has. */
export interface Resources {
  readonly networks: ReadonlySet<string>;
  readonly volumes: ReadonlySet<string>;
}

/** All that an engine shows of the containers, each object as `docker inspect` has it. */
export interface DockerObjects {
  readonly containers: readonly Readonly<Record<string, unknown>>[];
  readonly images: readonly Readonly<Record<string, unknown>>[];
  readonly networks: readonly Readonly<Record<string, unknown>>[];
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  /** Names of containers that others refer to, by id. */
  readonly names: ReadonlyMap<string, string>;
  /** The driver that containers have which name none. */
  readonly loggingDriver: string;
}

export interface DockerInspector {
  /**
   * The containers of these names, or all that run where none is named, and what they are made of.
   * HostError where one does not exist.
   */
  readObjects(names: readonly string[]): Promise<DockerObjects>;
}

/** By docker's status of a container, whether somebody has yet to stop it: a paused one is up. */
export function isContainerUp(status: string): boolean {
  return status === 'running' || status === 'paused' || status === 'restarting';
}

/** 128 + SIGKILL: what the docker client returns for a container that was killed, also by an engine whose patience ended. */
export const killedExitCode = 137;

/** What a container, whoever made it, holds of the host. */
export interface HeldByContainer {
  readonly name: string;
  /** created, running, paused, restarting, removing, exited, dead. */
  readonly status: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Of the host; of a container that is down none. */
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
  /** By each of the names, which may be references, pins and ids; what is not on disk is absent. */
  inspect(names: readonly string[]): Promise<ReadonlyMap<string, LocalImage>>;
  /** HostError with what docker said where it cannot be had. @param options of docker pull */
  pull(reference: string, options: readonly string[], signal?: AbortSignal): Promise<void>;
  /** The digest that the registry has for the reference, or why it does not tell. Pulls nothing. */
  offered(reference: string): Promise<{ readonly digest: string } | { readonly said: string }>;
  /** The tags by which images are kept for a project, each with the image's id. */
  keptTags(project: string): Promise<ReadonlyMap<string, string>>;
  tag(id: string, tag: string): Promise<void>;
  /** The image itself goes with its last name; one that is in use stays as it is. */
  untag(tag: string): Promise<void>;
}

/** Names of what the engine is asked about. */
export interface DockerNames extends ResourceNames {
  readonly containers: readonly string[];
  readonly images: readonly string[];
}

/** What the engine has by those names; what does not exist is absent. */
export interface DockerFacts {
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
  /** The unit it is about: the one among those asked for that it names, or its container belongs to. */
  readonly unit: string;
  /** syslog priority, 0 emerg … 7 debug. */
  readonly priority: number;
  readonly identifier: string;
  readonly message: string;
}

export interface JournalPort {
  /** Entries of the units, oldest first; with `follow` goes on until the signal aborts. */
  read(options: {
    readonly units: readonly string[];
    /**
     * Names of containers, and the units they belong to, whose entries are wanted too: with the
     * journald log driver the engine writes them, as docker.service, known by CONTAINER_NAME= alone.
     */
    readonly containers?: ReadonlyMap<string, string>;
    readonly scope: Scope;
    readonly lines?: number;
    readonly since?: string;
    /** In the words of `since`; not with `follow`. */
    readonly until?: string;
    readonly follow?: boolean;
    readonly signal?: AbortSignal;
  }): AsyncIterable<JournalEntry>;
}

/** A unit file or drop-in as it lies on disk. */
export interface UnitText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** All that lies on disk for one unit; systemd.unit(5), UNIT FILE LOAD PATH. */
export interface UnitFiles {
  /** The unit's own name: another than the one asked for where that is an alias. */
  readonly name: string;
  /** The file of the unit or of its template; its text is empty where the unit is masked. */
  readonly main?: UnitText;
  /** In the order they are read: by file name, each of the most specific directory alone. */
  readonly dropIns: readonly UnitText[];
  /** Units linked in the directories NAME.wants, NAME.requires and NAME.upholds. */
  readonly links: {
    readonly wants: readonly string[];
    readonly requires: readonly string[];
    readonly upholds: readonly string[];
  };
}

/** Unit files and what else of the host decides what they mean. */
export interface UnitSources {
  /** Names of the units of ours in the directory dockunit writes to, sorted. */
  ownNames(): readonly string[];
  /** Those of the names that a file or its template has, by one listing of the directories. */
  existing(names: readonly string[]): readonly string[];
  /** HostError where a file cannot be read. */
  read(name: string): UnitFiles;
  /** Mount points: `configured` those of fstab(5), `mounted` those of proc(5), mountinfo. */
  mounts(): { readonly configured: readonly string[]; readonly mounted: readonly string[] };
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
