/** The links of a causal chain in words: without the unit's name, no full stop. Pure. */
import type { UnitState } from '../../model/ports.ts';
import type { JobCause as JobCause, JobType } from '../../supervisor/engine/state.ts';
import { execDirectives } from '../../supervisor/engine/unit-config.ts';
import { ordinal } from '../../supervisor/loop/log-words.ts';
import { exitWords } from './name-cause.ts';
import type { OccurrenceKind } from './story.ts';

export const jobWords = {
  start: 'was started',
  'verify-active': 'was looked at',
  stop: 'was stopped',
  restart: 'was restarted',
} as const satisfies Record<JobType, string>;

export function causeWords(cause: JobCause): string {
  switch (cause.kind) {
    case 'request':
      return `: ${cause.request}`;
    case 'auto-restart':
      return ' again by its Restart=';
    case 'dependency':
      return `, since ${cause.of} was, ${bondWords[cause.by] ?? 'on which it hangs'}`;
    case 'on-failure':
      return `: ${cause.of} failed, and names it under OnFailure=`;
    case 'on-success':
      return `: ${cause.of} ended well, and names it under OnSuccess=`;
    case 'upheld':
      return `: ${cause.by} upholds it`;
    case 'bound':
      return `: it is bound to ${cause.to}, which is down`;
    case 'retroactive':
      return `: ${cause.of} changed without being asked to`;
  }
}

/** By the dependency through which a job was pulled in; src/supervisor/engine/relations.ts. */
const bondWords: Readonly<Record<string, string>> = {
  pullInStart: 'which requires it',
  pullInStartIgnored: 'which wants it',
  pullInVerify: 'which needs it to be up',
  pullInStop: 'which it conflicts with',
  pullInStopIgnored: 'which it conflicts with',
  propagateStop: 'which it requires or is part of',
  propagateRestart: 'which it requires or is part of',
};

export function occurrenceWords(occurrence: OccurrenceKind): string {
  switch (occurrence.kind) {
    case 'process-ended': {
      const { phase, index, exit } = occurrence;
      if (phase === 'start') return `had its main process ${exitWords(exit)}`;
      const which = index === 0 ? '' : ` (number ${String(index + 1)})`;
      return `had its ${execDirectives[phase]}=${which} ${exitWords(exit)}`;
    }
    case 'timed-out':
      return `took too long in state ${occurrence.state}`;
    case 'restart-scheduled':
      return `is to be started again, for the ${ordinal(occurrence.restarts)} time`;
    case 'start-limit-hit':
      return 'was started too often, and is not any more: its StartLimitBurst= is used up';
    case 'condition-unmet':
      return 'was not started: a condition of its unit does not hold';
    case 'dependency-failed':
      return `was not started: it requires ${occurrence.dependency}, which ${occurrence.result === 'done' ? 'is not up' : 'failed'}`;
    case 'lost-binding':
      return `was stopped: it is bound to ${occurrence.to}, which is down`;
  }
}

/** Result=, where systemd reports it for a run as a whole. */
export function resultWords(result: string): string {
  switch (result) {
    case 'success':
      return 'ended by itself, and well';
    case 'watchdog':
      return 'gave no sign of life in its WatchdogSec=, and was killed';
    case 'oom-kill':
      return 'lost a process of its own to the kernel, for lack of memory';
    default:
      return `failed with result ${result}`;
  }
}

export function stateWords({ activeState, subState, loadState }: UnitState): string {
  if (loadState === 'not-found') return 'is not there: no unit file has its name';
  return `is ${activeState}${subState === activeState ? '' : ` (${subState})`}`;
}
