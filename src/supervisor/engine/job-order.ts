/** Which of two jobs goes first where their units are ordered; job.c, job_compare(). */
import { takesDown } from './job-types.ts';
import type { JobType } from './state.ts';

/**
 * Whether a job waits for another one's, given how the first one's unit stands to the other's: what
 * stops goes before what starts, whatever the direction; of two that stop the later unit goes first.
 */
export function compareJobs(
  own: JobType,
  other: JobType,
  direction: 'after' | 'before',
): 'waits' | 'goes-first' {
  if (direction === 'before') return takesDown(other) ? 'waits' : 'goes-first';
  return takesDown(own) ? 'goes-first' : 'waits';
}
