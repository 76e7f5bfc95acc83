/**
 * The engine's whole state, immutable: what step() takes and returns. Times are milliseconds of a
 * monotonic clock that only ever grows; `since` is for people and is read as the same clock.
 */
import type { ActiveState, Exit } from '../../model/ports.ts';
import type { Relations } from './relations.ts';
import type { ExecPhase, UnitConfig } from './unit-config.ts';

export type { Exit };

/** Sub-states of a service, systemd's service.c; the *-before-auto-restart ones last an instant. */
export const serviceStates = [
  'dead',
  'condition',
  'start-pre',
  'start',
  'start-post',
  'running',
  'exited',
  'stop',
  'stop-sigterm',
  'stop-sigkill',
  'stop-post',
  'final-sigterm',
  'final-sigkill',
  'failed',
  'dead-before-auto-restart',
  'failed-before-auto-restart',
  'auto-restart',
  'auto-restart-queued',
] as const;
export type ServiceState = (typeof serviceStates)[number];

/** Sub-states of a target, and of an external unit. */
export type PlainState = 'dead' | 'active' | 'waiting';

/** A service's Result, org.freedesktop.systemd1(5). */
export const serviceResults = [
  'success',
  'resources',
  'protocol',
  'timeout',
  'exit-code',
  'signal',
  'core-dump',
  'start-limit-hit',
  'exec-condition',
] as const;
export type ServiceResult = (typeof serviceResults)[number];

/** The rules of systemd that differ between its versions; the supervisor itself follows the newest. */
export type RulesVersion = 252 | 257;

/** Identifies a process for its life: the engine assigns it, the loop knows the pid or container behind it. */
export type ProcessId = number;

export interface Process {
  readonly id: ProcessId;
  readonly unit: string;
  readonly phase: ExecPhase;
  readonly index: number;
  /** False once the process that the engine waits for has ended and only other processes of its group remain. */
  readonly alive: boolean;
}

export type JobId = number;

/** The job types of systemd that dockunit's units use; job.c. TRY_RESTART never outlives a transaction. */
export const jobTypes = ['start', 'verify-active', 'stop', 'restart'] as const;
export type JobType = (typeof jobTypes)[number];

export interface Job {
  readonly id: JobId;
  readonly unit: string;
  readonly type: JobType;
  readonly state: 'waiting' | 'running';
  /** What caused the job: for `why`. */
  readonly cause: JobCause;
  /** When it was installed. */
  readonly since: number;
}

/** The cause of a job, as one link of a causal chain. */
export type JobCause =
  | { readonly kind: 'request'; readonly request: string }
  | { readonly kind: 'dependency'; readonly of: string; readonly by: string }
  | { readonly kind: 'auto-restart' }
  | { readonly kind: 'on-failure'; readonly of: string }
  | { readonly kind: 'on-success'; readonly of: string }
  | { readonly kind: 'upheld'; readonly by: string }
  | { readonly kind: 'bound'; readonly to: string }
  | { readonly kind: 'retroactive'; readonly of: string };

export interface UnitRuntime {
  readonly config: UnitConfig;
  readonly state: ServiceState | PlainState;
  readonly result: ServiceResult;
  readonly job: JobId | undefined;
  /** NRestarts. */
  readonly restarts: number;
  /** The next start that is no automatic restart sets `restarts` to 0. */
  readonly flushRestarts: boolean;
  /** A stop was requested: no automatic restart follows it. */
  readonly forbidRestart: boolean;
  /** Fixed windows: the start of each and how many events it has counted; ratelimit.c. */
  readonly startWindow: Window;
  readonly autoWindow: Window;
  /** When to retry what `autoWindow` forbade. */
  readonly throttledUntil?: number | undefined;
  /** The deadline of the present state, if any. */
  readonly deadline: number | undefined;
  /** The main process, and the one that runs a command of the present state. */
  readonly main: ProcessId | undefined;
  readonly control: ProcessId | undefined;
  /** Of the main process, once it has ended. */
  readonly mainExit: Exit | undefined;
  /** How long the report of that took to arrive, in ms. */
  readonly mainExitLate: number;
  /** When ActiveState last changed; undefined when it never did. */
  readonly since: number | undefined;
  /** The last start had unmet conditions. */
  readonly conditionUnmet: boolean;
}

export interface Window {
  readonly begin: number | undefined;
  readonly count: number;
}

export interface EngineState {
  readonly rules: RulesVersion;
  /** Which unit depends on which, in both directions; rebuilt whenever units are loaded. */
  readonly relations: Relations;
  readonly units: ReadonlyMap<string, UnitRuntime>;
  readonly jobs: ReadonlyMap<JobId, Job>;
  /** Every process that is not known to have ended. */
  readonly processes: ReadonlyMap<ProcessId, Process>;
  readonly nextJob: JobId;
  readonly nextProcess: ProcessId;
}

/** ActiveState of each sub-state; service.c, state_translation_table. */
export const activeStateOf = {
  dead: 'inactive',
  condition: 'activating',
  'start-pre': 'activating',
  start: 'activating',
  'start-post': 'activating',
  running: 'active',
  exited: 'active',
  stop: 'deactivating',
  'stop-sigterm': 'deactivating',
  'stop-sigkill': 'deactivating',
  'stop-post': 'deactivating',
  'final-sigterm': 'deactivating',
  'final-sigkill': 'deactivating',
  failed: 'failed',
  'dead-before-auto-restart': 'inactive',
  'failed-before-auto-restart': 'failed',
  'auto-restart': 'activating',
  'auto-restart-queued': 'activating',
  active: 'active',
  waiting: 'activating',
} as const satisfies Record<ServiceState | PlainState, ActiveState>;
