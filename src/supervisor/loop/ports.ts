/** The dependencies of the loop. Implementations are in ../../host and ../load; tests provide their own. */
import type { DockerApi, LogPort, ProcessPort, RecordsPort } from '../../model/supervisor-ports.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Scope } from '../../model/ports.ts';
import type { ExecCommand } from '../engine/unit-config.ts';
import type { Steps } from '../steps.ts';
import type { ClientInputs } from './create-options.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';

/** Unit files as they are on disk now. */
export interface UnitReader {
  /**
   * dockunit's units, the other requested ones, and all that they name, by name.
   * @param enabledUnitsUnits those whose [Install] section counts
   */
  load(
    names: ReadonlySet<string>,
    enabledUnits: ReadonlySet<string>,
  ): Steps<{ readonly units: ReadonlyMap<string, LoadedUnit>; readonly diagnostics: readonly Diagnostic[] }>;
  /**
   * Which of the names can be units: a file, a template, a mount or a slice. `own` are dockunit's, which every load
   * reads. Reads directories only, however many names there are.
   */
  find(names: readonly string[]): { readonly own: readonly string[]; readonly others: readonly string[] };
  /** Reads LoadedUnit's fingerprint of the files as they are now. For many units: it lists the directories once. */
  fingerprints(): (unit: string) => string;
  /** Program and arguments from argv[0] on, with variables replaced. */
  expand(
    command: ExecCommand,
    environment: ReadonlyMap<string, string>,
  ): { readonly path: string; readonly argv: readonly string[] };
  /** The variables of an EnvironmentFile=; undefined where it cannot be read. */
  environmentFile(path: string): ReadonlyMap<string, string> | undefined;
  conditions(unit: LoadedUnit): 'met' | 'condition-unmet' | 'assert-failed';
  /** The present mount points, as names of their units: `mnt-data.mount`. */
  mounts(): ReadonlySet<string>;
}

/** Receives the messages of Type=notify; sd_notify(3). */
interface NotifyPort {
  /** The path for $NOTIFY_SOCKET; undefined where this host cannot receive messages. */
  open(unit: string, ready: () => void): { readonly path: string; close(): void } | undefined;
}

export interface SupervisorPorts {
  readonly scope: Scope;
  readonly docker: DockerApi;
  readonly processes: ProcessPort;
  readonly logs: LogPort;
  /** When the last line of the container in the unit's log was written, RFC 3339; undefined where there is none. */
  readonly lastLogged: (unit: string, identifier: string) => string | undefined;
  readonly records: RecordsPort;
  /** Replaces `records` while its disk is full. It must outlive a supervisor, but not a boot. */
  readonly spareRecords: RecordsPort;
  /** The history for `why`; entries lost on a full disk harm nothing else. */
  readonly history: RecordsPort;
  readonly units: UnitReader;
  readonly notify: NotifyPort;
  readonly clock: Clock;
  /** Identifies this boot; unit states of another boot no longer apply. */
  readonly bootId: string;
  /** The initial environment of every command: $PATH, and for a user's units what systemd --user would pass on. */
  readonly environment: ReadonlyMap<string, string>;
  /** What the docker client also reads: its configuration, and files that its options name. */
  readonly client: Omit<ClientInputs, 'environment'>;
  /** Only containers with these labels are dockunit's, besides `dockunit.unit`: a user's have `dockunit.user`. */
  readonly labels: readonly string[];
  /** Messages for people about the supervisor itself: a damaged journal, Docker away. */
  readonly report: (message: string) => void;
}

export interface Clock {
  /** ms, monotonic: unaffected by changes of the wall clock. */
  now(): number;
  /** ms since the epoch, for people. */
  wall(): number;
}
