/**
 * The inputs and outputs of the engine. Events are facts and requests, in the order in which the engine takes them;
 * effects are orders to the loop, in the order in which the loop executes them.
 */
import type { ActiveState, JobResult } from '../../model/ports.ts';
import type { JobCause, Exit, JobId, JobType, ProcessId, ServiceResult } from './state.ts';
import type { ExecPhase, Signal, UnitConfig } from './unit-config.ts';

/** What a user can ask of a unit; try-restart does nothing where the unit is not active. */
export type RequestVerb = 'start' | 'stop' | 'restart' | 'try-restart';

/** `replace` cancels conflicting jobs, `fail` refuses; systemctl(1), --job-mode=. */
export type JobMode = 'replace' | 'fail';

export type Event =
  /** Asks for a transaction with this job as its anchor; the engine answers with one `answered` effect. */
  | {
      readonly kind: 'request';
      /** Identifies the request in its answer and in causes; readable by people too: `start web by uid 0`. */
      readonly request: string;
      readonly verb: RequestVerb;
      readonly unit: string;
      readonly mode?: JobMode;
    }
  | { readonly kind: 'reset-failed'; readonly unit: string }
  /** The command was executed: execve(2) succeeded. Only Type=exec waits for it. */
  | { readonly kind: 'executed'; readonly process: ProcessId }
  /** The unit sent READY=1; sd_notify(3). */
  | { readonly kind: 'ready'; readonly unit: string }
  /**
   * The process ended. `survivors`: other processes of its group still exist, `group-gone` will follow. A command that
   * could not be executed ends with the exit codes of systemd.exec(5): 203…
   */
  | {
      readonly kind: 'exited';
      readonly process: ProcessId;
      readonly exit: Exit;
      readonly survivors: boolean;
      /** How long the report took to arrive, in ms: it does for the end of a container. */
      readonly late?: number;
    }
  | { readonly kind: 'group-gone'; readonly process: ProcessId }
  /** An external unit came or went. */
  | { readonly kind: 'external'; readonly unit: string; readonly active: boolean }
  /** A unit as the loop found it when the engine was new: the engine starts, stops and propagates nothing for it. */
  | { readonly kind: 'remembered'; readonly unit: string; readonly memory: UnitMemory }
  /**
   * The units as they are now on disk. The engine does not touch units with an unchanged hash; units without files stay
   * as not-found while they run.
   */
  | { readonly kind: 'loaded'; readonly units: readonly UnitConfig[] }
  /** Time has passed: the engine does whatever is due. */
  | { readonly kind: 'tick' };

/**
 * The part of a unit's state that outlives an engine. `running`: its main process runs, and an `adopt` effect names it.
 */
export interface UnitMemory {
  readonly state: 'running' | 'exited' | 'failed' | 'dead';
  readonly result: ServiceResult;
  readonly restarts: number;
}

export type Effect =
  | {
      readonly kind: 'spawn';
      readonly unit: string;
      readonly process: ProcessId;
      readonly phase: ExecPhase;
      readonly index: number;
      /** Of the main process, for ExecStop= and later: $MAINPID. */
      readonly main?: ProcessId;
      /** $SERVICE_RESULT, $EXIT_CODE and $EXIT_STATUS of ExecStop= and ExecStopPost=; systemd.exec(5). */
      readonly outcome?: { readonly result: ServiceResult; readonly exit?: Exit };
    }
  /** Sends the signal to the process alone, or to all of its group. */
  | {
      readonly kind: 'signal';
      readonly unit: string;
      readonly process: ProcessId;
      readonly signal: Signal;
      readonly to: 'process' | 'group';
    }
  /** The engine no longer waits for the process; the loop forgets it and does not end it. */
  | { readonly kind: 'abandon'; readonly process: ProcessId }
  /** The main process of a remembered unit: a running process gets this name from now on. */
  | { readonly kind: 'adopt'; readonly unit: string; readonly process: ProcessId }
  | {
      readonly kind: 'job-new';
      readonly job: JobId;
      readonly unit: string;
      readonly type: JobType;
      readonly cause: JobCause;
    }
  | {
      readonly kind: 'job-ended';
      readonly job: JobId;
      readonly unit: string;
      readonly type: JobType;
      readonly result: JobResult;
    }
  | {
      readonly kind: 'unit-state';
      readonly unit: string;
      readonly activeState: ActiveState;
      readonly subState: string;
      readonly result: ServiceResult;
    }
  | { readonly kind: 'answered'; readonly request: string; readonly answer: RequestAnswer }
  /** For the unit's log and for `why`. */
  | { readonly kind: 'occurred'; readonly unit: string; readonly occurrence: Occurrence };

/** The job that carries the request (undefined: there was nothing to do), or why there is none. */
export type RequestAnswer =
  | { readonly isAccepted: true; readonly job?: JobId }
  | { readonly isAccepted: false; readonly refusal: RequestRefusal };

export type RequestRefusal =
  | { readonly kind: 'no-such-unit'; readonly unit: string }
  | { readonly kind: 'bad-setting'; readonly unit: string }
  | { readonly kind: 'masked'; readonly unit: string }
  | { readonly kind: 'ordering-cycle'; readonly units: readonly string[] }
  | { readonly kind: 'conflicting-jobs'; readonly unit: string }
  | { readonly kind: 'destructive'; readonly unit: string };

/** What happened to a unit, as a fact for logs and for the causal chain. */
export type Occurrence =
  | {
      readonly kind: 'process-ended';
      readonly phase: ExecPhase;
      readonly index: number;
      readonly exit: Exit;
      readonly ignored: boolean;
    }
  | { readonly kind: 'timed-out'; readonly state: string }
  | { readonly kind: 'restart-scheduled'; readonly at: number; readonly restarts: number }
  | { readonly kind: 'start-limit-hit' }
  | { readonly kind: 'condition-unmet' }
  | { readonly kind: 'dependency-failed'; readonly dependency: string; readonly result: JobResult }
  | { readonly kind: 'lost-binding'; readonly to: string };

/** What the engine may query about the world in the middle of a step; answered without side effects. */
export interface EngineInput {
  /** ms, monotonic. */
  readonly now: number;
  /** Evaluates Condition*= and Assert*= of the unit now. */
  conditions(unit: string): 'met' | 'condition-unmet' | 'assert-failed';
}
