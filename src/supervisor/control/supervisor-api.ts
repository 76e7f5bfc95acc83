/**
 * What the supervisor offers over its control socket: what systemd also does with units, and the history behind `why`.
 */
import type { ActiveState, JobResult } from '../../model/ports.ts';
import type { UnitManager } from '../../model/unit-manager.ts';
import type { Occurrence } from '../engine/protocol.ts';
import type { JobCause, JobType, ServiceResult } from '../engine/state.ts';

/** Errors are HostErrors, as a Manager's are. A failure here never stops units. */
export interface SupervisorApi extends UnitManager {
  /** What happened to the unit, or to all units, oldest first; older entries are dropped. */
  history(unit?: string): Promise<readonly HistoryEntry[]>;
  /** Names of the loaded units, including built-in ones like multi-user.target; sorted. */
  unitNames(): Promise<readonly string[]>;
  /**
   * Stops every unit in reverse order, each within its own timeouts, and resolves when all have ended.
   * @returns names of containers that may still run: Docker did not stop them
   */
  shutdown(): Promise<readonly string[]>;
}

export interface HistoryEntry {
  /** Milliseconds since the epoch, by the wall clock. */
  readonly time: number;
  readonly unit: string;
  readonly fact: HistoryFact;
}

/** Plain data: it is written to the journal and sent over the socket as JSON. */
export type HistoryFact =
  | { readonly kind: 'job-new'; readonly job: number; readonly type: JobType; readonly cause: JobCause }
  /** systemd reports a job only when it begins, and not what caused it. */
  | { readonly kind: 'job-began'; readonly job: number; readonly type: JobType }
  | { readonly kind: 'job-ended'; readonly job: number; readonly type: JobType; readonly result: JobResult }
  /** How a run or an attempt ended as a whole: a value of Result=, org.freedesktop.systemd1(5). */
  | { readonly kind: 'result'; readonly result: string }
  | {
      readonly kind: 'unit-state';
      readonly activeState: ActiveState;
      readonly subState: string;
      readonly result: ServiceResult;
    }
  /** Belongs to no unit (its name is ''): the host or the supervisor restarted; earlier entries are closed. */
  | { readonly kind: 'boot' }
  | { readonly kind: 'occurred'; readonly occurrence: Occurrence };
