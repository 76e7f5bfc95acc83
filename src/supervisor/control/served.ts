/**
 * What the supervisor offers over its control socket: what systemd does with units, too,
 * and the history behind `why`.
 */
import type { ActiveState, JobResult } from '../../model/ports.ts';
import type { UnitManager } from '../../model/unit-manager.ts';
import type { Occurrence } from '../engine/protocol.ts';
import type { Cause, JobType, ServiceResult } from '../engine/state.ts';

/** Errors are HostErrors, as a Manager's are. Nothing here stops units when it fails. */
export interface SupervisorApi extends UnitManager {
  /** What happened to the unit, or to all of them, oldest first; what lies further back is forgotten. */
  history(unit?: string): Promise<readonly HistoryEntry[]>;
  /** Names of the units that are loaded, built-in ones like multi-user.target included; sorted. */
  unitNames(): Promise<readonly string[]>;
  /**
   * Stops every unit in reverse order, each within its own timeouts, and resolves when all have ended.
   * @returns names of containers that may run on: the engine did not stop them
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
  | { readonly kind: 'job-new'; readonly job: number; readonly type: JobType; readonly cause: Cause }
  /** systemd tells of a job only when it begins, and not what made it. */
  | { readonly kind: 'job-began'; readonly job: number; readonly type: JobType }
  | { readonly kind: 'job-ended'; readonly job: number; readonly type: JobType; readonly result: JobResult }
  /** How a run or a try ended as a whole: a word of Result=, org.freedesktop.systemd1(5). */
  | { readonly kind: 'result'; readonly result: string }
  | {
      readonly kind: 'unit-state';
      readonly activeState: ActiveState;
      readonly subState: string;
      readonly result: ServiceResult;
    }
  /** Of no unit, whose name is '': the host, or the supervisor, began anew; what lies before is over. */
  | { readonly kind: 'boot' }
  | { readonly kind: 'occurred'; readonly occurrence: Occurrence };
