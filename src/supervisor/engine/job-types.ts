/** How job types combine; job.c, job_merging_table and its neighbours. */
import type { ActiveState } from '../../model/ports.ts';
import type { JobType } from './state.ts';

/** The type that two jobs of one unit merge into; undefined where they exclude each other. */
const mergeTable = {
  start: { start: 'start', 'verify-active': 'start', stop: undefined, restart: 'restart' },
  'verify-active': {
    start: 'start',
    'verify-active': 'verify-active',
    stop: undefined,
    restart: 'restart',
  },
  stop: { start: undefined, 'verify-active': undefined, stop: 'stop', restart: undefined },
  restart: { start: 'restart', 'verify-active': 'restart', stop: undefined, restart: 'restart' },
} as const satisfies Record<JobType, Record<JobType, JobType | undefined>>;

export function mergeJobTypes(one: JobType, other: JobType): JobType | undefined {
  return mergeTable[one][other];
}

export const conflict = (one: JobType, other: JobType): boolean => mergeTable[one][other] === undefined;

/** The states of its unit in which a job has nothing to do. */
const redundantIn = {
  start: ['active', 'reloading'],
  'verify-active': ['active', 'reloading'],
  stop: ['inactive', 'failed'],
  restart: [],
} as const satisfies Record<JobType, readonly ActiveState[]>;

export function isRedundant(type: JobType, state: ActiveState): boolean {
  return (redundantIn[type] as readonly ActiveState[]).includes(state);
}

/** A restart is a stop until its stop half is done; then it becomes a start. */
export const takesDown = (type: JobType): boolean => type === 'stop' || type === 'restart';
