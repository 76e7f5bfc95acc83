/** The operations on units that systemd and the supervisor share. */
import type { JobEvent, JobResult, JobVerb, UnitLink, UnitState } from './ports.ts';

/** Errors are HostErrors. */
export interface UnitManager {
  /** Major version of systemd (or of the systemd whose rules the supervisor follows). */
  version(): Promise<number>;
  /** Re-reads unit files. */
  reload(): Promise<void>;
  /** Takes unit names with suffix; returns the links made. HostError where a unit does not exist. */
  enable(units: readonly string[]): Promise<readonly UnitLink[]>;
  disable(units: readonly string[]): Promise<readonly UnitLink[]>;
  /** Clears the failed state and the start limit; silent where there is nothing to clear. */
  resetFailed(units: readonly string[]): Promise<void>;
  /**
   * Queues one job per unit and resolves when all of them have ended, with their results. `onEvent` gets
   * every job and state change among the units of the same transactions. Aborting the signal stops waiting;
   * the jobs continue.
   */
  run(
    verb: JobVerb,
    units: readonly string[],
    onEvent?: (event: JobEvent) => void,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, JobResult>>;
  /** State of each unit; units that the manager does not know have loadState `not-found`. */
  states(units: readonly string[]): Promise<readonly UnitState[]>;
  /** Names of the units that have a pending job. */
  pendingJobs(): Promise<readonly { readonly unit: string; readonly verb: string; readonly state: string }[]>;
}
