/**
 * The content of a unit file, as the engine reads it: every directive resolved to a value, every time span to
 * milliseconds. The loader (../load) creates it; nothing here changes while a unit runs.
 */

/** Dependency directives, systemd.unit(5); each unit carries only those of its own file and links. */
export const dependencyKinds = [
  'Requires',
  'Requisite',
  'Wants',
  'BindsTo',
  'PartOf',
  'Upholds',
  'Conflicts',
  'Before',
  'After',
  'OnFailure',
  'OnSuccess',
  'PropagatesStopTo',
] as const;
export type DependencyKind = (typeof dependencyKinds)[number];

export type Dependencies = Readonly<Record<DependencyKind, readonly string[]>>;

/** systemd's LoadState as far as it matters to a transaction: only `loaded` units can be started. */
type LoadState = 'loaded' | 'not-found' | 'bad-setting' | 'masked';

interface UnitBase {
  /** Full name with suffix. */
  readonly name: string;
  readonly loadState: LoadState;
  readonly description: string;
  readonly dependencies: Dependencies;
  /** StartLimitIntervalSec= in ms (0: no limit) and StartLimitBurst=. */
  readonly startLimit: { readonly interval: number; readonly burst: number };
  /** Changes whenever the unit's files do; a reload does not touch a unit whose hash is the same. */
  readonly hash: string;
}

/**
 * The kind of a unit for the engine.
 * - `service`: commands and their processes.
 * - `target`: active as soon as its start job runs, nothing else; systemd.target(5).
 * - `external`: something that is there or not without the engine's doing (docker.service, a mount):
 *   a start job of it waits until it is there, or `startTimeout` has passed.
 */
export type UnitConfig = ServiceUnitConfig | TargetUnitConfig | ExternalUnitConfig;

export interface ServiceUnitConfig extends UnitBase {
  readonly type: 'service';
  readonly service: ServiceConfig;
}
interface TargetUnitConfig extends UnitBase {
  readonly type: 'target';
}
interface ExternalUnitConfig extends UnitBase {
  readonly type: 'external';
  /** ms; infinity: the engine waits forever. */
  readonly startTimeout: number;
}

export const serviceTypes = ['simple', 'exec', 'notify', 'oneshot', 'forking'] as const;
export type ServiceType = (typeof serviceTypes)[number];

export const restartPolicies = [
  'no',
  'always',
  'on-success',
  'on-failure',
  'on-abnormal',
  'on-watchdog',
  'on-abort',
] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

export const killModes = ['control-group', 'mixed', 'process', 'none'] as const;
export type KillMode = (typeof killModes)[number];

/** The Exec*= directives the engine runs, in the order of a service's life; systemd.service(5). */
export const execPhases = ['condition', 'start-pre', 'start', 'start-post', 'stop', 'stop-post'] as const;
export type ExecPhase = (typeof execPhases)[number];

/** The directive that holds the commands of the phase. */
export const execDirectives = {
  condition: 'ExecCondition',
  'start-pre': 'ExecStartPre',
  start: 'ExecStart',
  'start-post': 'ExecStartPost',
  stop: 'ExecStop',
  'stop-post': 'ExecStopPost',
} as const satisfies Record<ExecPhase, string>;

export interface ServiceConfig {
  readonly type: ServiceType;
  readonly restart: RestartPolicy;
  readonly restartMode: 'normal' | 'direct';
  /** ms */
  readonly restartSec: number;
  readonly restartSteps: number;
  /** ms; infinity where not set. */
  readonly restartMaxDelaySec: number;
  /** ms, infinity: none. Starts again for each command, as in systemd. */
  readonly timeoutStartSec: number;
  readonly timeoutStopSec: number;
  /** ms since the service became active, infinity: none. */
  readonly runtimeMaxSec: number;
  readonly remainAfterExit: boolean;
  readonly successExitStatus: ExitStatusSet;
  readonly restartPreventExitStatus: ExitStatusSet;
  readonly restartForceExitStatus: ExitStatusSet;
  readonly killMode: KillMode;
  readonly killSignal: Signal;
  readonly finalKillSignal: Signal;
  readonly sendSigkill: boolean;
  readonly sendSighup: boolean;
  readonly commands: Readonly<Record<ExecPhase, readonly ExecCommand[]>>;
}

/** A signal by name: `SIGTERM`. */
export type Signal = NodeJS.Signals;

export interface ExitStatusSet {
  /** Exit codes, 0–255. */
  readonly codes: ReadonlySet<number>;
  readonly signals: ReadonlySet<string>;
}

/** One command line; the engine needs only to know whether its failure counts, the loop uses the rest. */
export interface ExecCommand {
  /** The prefix `-`. */
  readonly ignoreFailure: boolean;
  /**
   * The program and its arguments after unquoting, specifiers replaced, variables not:
   * expandArguments() in ../load does that when the command is run.
   */
  readonly argv: readonly string[];
  /** The prefix `@`: argv[0] in place of the program. */
  readonly argv0?: string;
  /** The prefix `:`: `$VARIABLE` stands for itself. */
  readonly literalDollar: boolean;
  /** The prefixes `+` and `!`: run as the supervisor's own user whatever User= says. */
  readonly privileged: boolean;
}
