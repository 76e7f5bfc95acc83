/**
 * The ports of the supervisor: processes, Docker, logs and the journal, as its loop sees them.
 * Implementations stand beside this file.
 */
import type { Exit } from './ports.ts';

/** The parameters of a command: everything resolved, nothing inherited. */
export interface SpawnRequest {
  /** Different for each process; `endLeftovers` finds the process by it. */
  readonly mark: string;
  /** Never empty; the first word is looked up on $PATH of the environment. */
  readonly argv: readonly string[];
  readonly argv0?: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly workingDirectory?: { readonly path: string; readonly optional: boolean };
  /** By name or number, as in User= and Group=. */
  readonly user?: string;
  readonly group?: string;
  /** As in SupplementaryGroups=, besides those that the user is in. */
  readonly groups?: readonly string[];
  readonly umask?: number;
}

/** A process group of the supervisor; its id is the pid of its first process. */
export interface ProcessGroup {
  readonly pid: number;
  /**
   * When the first process started, in the kernel's form (field 22 of /proc/PID/stat); pids are reused,
   * this value is not.
   */
  readonly startTime: string;
}

export interface ProcessListener {
  /** The command runs, but not exactly as requested: the reason, and the remedy. */
  fellShort(message: string): void;
  /** A line of stdout (6, info) or stderr (4, warning); systemd gives both 6, and so does this. */
  output(line: string): void;
  /** The first process ended. `survivors`: other processes of its group still run, and `groupGone` follows. */
  reportExit(exit: Exit, survivors: boolean): void;
  groupGone(): void;
}

/** Why a command could not be executed: an exit code of systemd.exec(5), and words for the log. */
export interface SpawnRefusal {
  readonly code: number;
  readonly reason: string;
}

export interface ProcessPort {
  /** Returns once execve(2) has succeeded or failed. */
  spawn(request: SpawnRequest, listener: ProcessListener): ProcessGroup | SpawnRefusal;
  /** Signals the first process, or all of the group; ignores a group that has ended. */
  signal(group: ProcessGroup, signal: NodeJS.Signals, to: 'process' | 'group'): void;
  /**
   * Ends the processes that an earlier supervisor left behind: SIGTERM, after `grace` ms SIGKILL; resolves
   * when none is left. Groups whose identity no longer matches are not touched.
   * @param mark of a process whose group was not recorded
   */
  endLeftovers(groups: readonly ProcessGroup[], mark: string | undefined, grace: number): Promise<void>;
}

/** A container as `GET /containers/ID/json` describes it. */
export interface DockerContainer {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly exitCode: number;
  /** Pid of its init, as seen on the host; 0 when it does not run. */
  readonly pid: number;
  /** RFC 3339 with nanoseconds, as Docker writes it: to be compared for equality only. */
  readonly startedAt: string;
  /** When its process ended, in the same form; for one that never ended, a time before all others. */
  readonly finishedAt: string;
  readonly error: string;
  readonly oomKilled: boolean;
  /** Absent where there is no health check. */
  readonly health?: string;
  readonly labels: ReadonlyMap<string, string>;
}

export interface DockerEvent {
  readonly id: string;
  readonly action: string;
  /** Nanoseconds since the epoch, by Docker's clock. */
  readonly time: bigint;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Docker refused (status: the HTTP status), or did not answer (undefined). */
export class DockerApiError extends Error {
  override readonly name = 'DockerApiError';
  constructor(
    message: string,
    readonly status: number | undefined,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds, by Docker. */
  readonly time: string;
  readonly line: string;
}

/** Docker's HTTP API, as far as the supervisor needs it. Everything rejects with DockerApiError. */
export interface DockerApi {
  /** Containers, stopped ones too, that have all the labels: `dockunit.unit`, `dockunit.unit=web.service`. */
  list(
    labels: readonly string[],
    signal?: AbortSignal,
  ): Promise<
    readonly { readonly id: string; readonly state: string; readonly labels: ReadonlyMap<string, string> }[]
  >;
  /** By id or name; undefined where there is none. */
  inspect(container: string, signal?: AbortSignal): Promise<DockerContainer | undefined>;
  /** Of an image, volume or network, by name as its client finds it; undefined where there is none. */
  labels(
    kind: 'images' | 'volumes' | 'networks',
    name: string,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined>;
  /**
   * Makes a container.
   * @param body as JSON: `POST /containers/create`
   * @returns its id, and Docker's warnings
   */
  create(
    name: string,
    body: object,
    signal?: AbortSignal,
  ): Promise<{ readonly id: string; readonly warnings: readonly string[] }>;
  start(container: string, signal?: AbortSignal): Promise<void>;
  /** Resolves when it has stopped. */
  stop(container: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  kill(container: string, killSignal: string | undefined, signal?: AbortSignal): Promise<void>;
  /** Removes it by force, with its anonymous volumes. */
  remove(container: string, signal?: AbortSignal): Promise<void>;
  /**
   * Events of containers from now on, or since a time in nanoseconds since the epoch. Resolves once
   * Docker listens; the iteration ends when the stream does.
   */
  events(since: bigint | undefined, signal: AbortSignal): Promise<AsyncIterable<DockerEvent>>;
  /**
   * Output since a time, of RFC 3339, to the millisecond. With `follow` until the container ends or the
   * signal aborts, else the output so far; a slow reader slows Docker.
   */
  logs(
    container: string,
    options: { readonly since: string | undefined; readonly follow: boolean; readonly signal?: AbortSignal },
  ): AsyncIterable<LogChunk>;
}

/** A line for a unit's log. */
export interface NewLogLine {
  /** Microseconds since the epoch. */
  readonly time: number;
  /** syslog priority, 0 emerg … 7 debug. */
  readonly priority: number;
  /** The program that writes it, without spaces. */
  readonly identifier: string;
  readonly message: string;
}

export interface LogPort {
  /**
   * Never fails and never blocks: if the disk is full or slow, lines are dropped, and the log reports how
   * many when it accepts lines again.
   */
  append(unit: string, line: NewLogLine): void;
  /** Resolves when there is room for more lines of the unit: readers of a pipe or a stream wait for it. */
  room(unit: string): Promise<void>;
  /** Resolves when all appended lines are written or dropped. */
  flush(): Promise<void>;
}

/** A journal of small records: JSON values, in order. */
export interface RecordsPort {
  /**
   * All records. `damage` says, for people, what was wrong and where the damaged file was moved; its
   * readable records are included. The journal must then be replaced before anything is appended.
   */
  read(): { readonly records: readonly unknown[]; readonly damage?: string };
  /** Written before it returns, so that a kill of this process loses nothing. False where the disk refuses. */
  append(records: readonly unknown[]): boolean;
  /** Replaces all records at once. False where the disk refuses: then the old ones stay. */
  replace(records: readonly unknown[]): boolean;
  /** Resolves when all appended records would survive a power cut, as far as the disk can ensure it. */
  sync(): Promise<void>;
}
