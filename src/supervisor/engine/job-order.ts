/** Which of two jobs runs first: where their units are ordered, job.c, job_compare(); and where they are not. */
import { takesDown } from './job-types.ts';
import type { JobType } from './state.ts';

/**
 * Whether a job waits for another one, given how the first one's unit is ordered to the other's. A stop runs before a
 * start, whatever the direction; of two stops, the later unit stops first.
 */
export function compareJobs(
  own: JobType,
  other: JobType,
  direction: 'after' | 'before',
): 'waits' | 'goes-first' {
  if (direction === 'before') return takesDown(other) ? 'waits' : 'goes-first';
  return takesDown(own) ? 'goes-first' : 'waits';
}

/** Suffixes in the order in which systemd takes their jobs: the reverse of its UnitType. */
const typesInTurn = [
  'scope',
  'slice',
  'path',
  'timer',
  'automount',
  'device',
  'target',
  'socket',
  'swap',
  'mount',
  'service',
];

/** A unit's place among those whose jobs can run. */
export interface TurnOrder {
  readonly rank: number;
  readonly unit: string;
}

export function turnOf(unit: string): TurnOrder {
  return { rank: typesInTurn.indexOf(unit.slice(unit.lastIndexOf('.') + 1)), unit };
}

/** For sorting: which job is tried first when several can run; unit_compare_priority(). */
export function compareTurns(one: TurnOrder, other: TurnOrder): number {
  if (one.rank !== other.rank) return one.rank - other.rank;
  if (one.unit === other.unit) return 0;
  return one.unit < other.unit ? -1 : 1;
}
