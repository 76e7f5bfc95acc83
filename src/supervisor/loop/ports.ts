/** What the loop works with. Implementations stand in ../../host and ../load; tests bring their own. */
import type { DockerApi, LogPort, ProcessPort, RecordsPort } from '../../model/supervisor-ports.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Scope } from '../../model/ports.ts';
import type { ExecCommand } from '../engine/unit-config.ts';
import type { ClientSurroundings } from './create-options.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';

/** Unit files as they are on disk at this moment. */
export interface UnitReader {
  /**
   * The units of ours, those asked for besides, and all that they name, by name.
   * @param enabled those whose [Install] section counts
   */
  load(
    asked: ReadonlySet<string>,
    enabled: ReadonlySet<string>,
  ): { readonly units: ReadonlyMap<string, LoadedUnit>; readonly diagnostics: readonly Diagnostic[] };
  /**
   * Which of the names can be units: a file, a template, a mount or a slice. `own` are dockunit's, which every
   * load reads. Reads directories only, whatever the number of names.
   */
  find(names: readonly string[]): { readonly own: readonly string[]; readonly others: readonly string[] };
  /** LoadedUnit's, of the files as they are now. */
  fingerprint(unit: string): string;
  /** Program and arguments from argv[0] on, with variables replaced. */
  expand(
    command: ExecCommand,
    environment: ReadonlyMap<string, string>,
  ): { readonly path: string; readonly argv: readonly string[] };
  /** The variables of an EnvironmentFile=; undefined where it cannot be read. */
  environmentFile(path: string): ReadonlyMap<string, string> | undefined;
  conditions(unit: LoadedUnit): 'met' | 'condition-unmet' | 'assert-failed';
  /** Mount points of this moment, as names of their units: `mnt-data.mount`. */
  mounts(): ReadonlySet<string>;
}

/** Receives the messages of Type=notify; sd_notify(3). */
interface NotifyPort {
  /** The path for $NOTIFY_SOCKET; undefined where this host has nothing to receive with. */
  open(unit: string, ready: () => void): { readonly path: string; close(): void } | undefined;
}

export interface SupervisorPorts {
  readonly scope: Scope;
  readonly engine: DockerApi;
  readonly processes: ProcessPort;
  readonly logs: LogPort;
  /** When the last line of the container in the unit's log was written, RFC 3339; undefined where there is none. */
  readonly lastLogged: (unit: string, identifier: string) => string | undefined;
  readonly records: RecordsPort;
  /** Takes the place of `records` while its disk is full. That it outlives a supervisor is enough, if not a boot. */
  readonly spareRecords: RecordsPort;
  /** What happened, for `why`; what a full disk does not take is lost, and nothing else suffers. */
  readonly history: RecordsPort;
  readonly units: UnitReader;
  readonly notify: NotifyPort;
  readonly clock: Clock;
  /** Of this boot; states of units of another one are no more. */
  readonly bootId: string;
  /** What every command begins with: $PATH, and for a user's units what systemd --user would hand down. */
  readonly environment: ReadonlyMap<string, string>;
  /** What the docker client reads besides: its configuration, and files that its options name. */
  readonly client: Omit<ClientSurroundings, 'environment'>;
  /** Only containers with these labels are ours, besides `dockunit.unit`: a user's have `dockunit.user`. */
  readonly labels: readonly string[];
  /** For people, about the supervisor itself: a damaged journal, an engine that is away. */
  readonly report: (message: string) => void;
}

export interface Clock {
  /** ms, monotonic: no change of the wall clock moves it. */
  now(): number;
  /** ms since the epoch, for people. */
  wall(): number;
}
