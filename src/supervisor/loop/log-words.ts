/**
 * Log messages about what the unit engine does to a unit: mostly what systemd would log, so commands that succeeded are
 * not named. Pure.
 */
import type { JobResult } from '../../model/ports.ts';
import type { Effect, Occurrence } from '../engine/protocol.ts';
import type { Exit } from '../engine/state.ts';
import { type ExecPhase, execDirectives } from '../engine/unit-config.ts';

export interface LogWords {
  readonly unit: string;
  /** Begins with the unit, since the log of a service is shown with those of its image and gates. */
  readonly message: string;
  readonly priority: number;
}

/** syslog(3) */
const warning = 4;
const notice = 5;
const info = 6;

/** undefined for facts that the log does not need. */
export function logWords(effect: Effect): LogWords | undefined {
  const words = wordsOf(effect);
  if (words === undefined || !('unit' in effect)) return undefined;
  const [priority, message] = words;
  return { unit: effect.unit, message: `${effect.unit}: ${message}`, priority };
}

type PriorityMessage = readonly [priority: number, message: string];

function wordsOf(effect: Effect): PriorityMessage | undefined {
  if (effect.kind === 'occurred') return occurrenceWords(effect.occurrence);
  if (effect.kind === 'job-ended') {
    const priority = endPriorities[effect.result];
    return priority === undefined ? undefined : [priority, `${effect.type} job ended: ${effect.result}`];
  }
  if (effect.kind !== 'unit-state') return undefined;
  return effect.subState === 'failed' ? [warning, `failed: ${effect.result}`] : stateWords[effect.subState];
}

/** undefined: the unit's new state says enough. */
const endPriorities = {
  done: undefined,
  skipped: undefined,
  canceled: info,
  timeout: warning,
  failed: warning,
  dependency: warning,
  invalid: warning,
  assert: warning,
  unsupported: warning,
  collected: info,
  once: info,
  frozen: warning,
  concurrency: warning,
  unknown: info,
} as const satisfies Record<JobResult, number | undefined>;

/** Only lasting states get a line. */
const stateWords: Readonly<Record<string, PriorityMessage>> = {
  'start-pre': [info, 'starting'],
  running: [info, 'started'],
  exited: [info, 'finished'],
  active: [info, 'reached'],
  stop: [info, 'stopping'],
  'stop-sigterm': [info, 'stopping by SIGTERM'],
  'stop-sigkill': [warning, 'did not stop: killing'],
  'final-sigkill': [warning, 'what is left does not stop: killing'],
  dead: [info, 'ended'],
};

function occurrenceWords(occurrence: Occurrence): PriorityMessage | undefined {
  switch (occurrence.kind) {
    case 'process-ended': {
      const { phase, index, exit, ignored } = occurrence;
      if (ignored || (exit.kind === 'exited' && exit.code === 0)) return undefined;
      return [notice, `${commandWords(phase, index)} ${exitWords(exit)}`];
    }
    case 'timed-out':
      return [warning, `${occurrence.state} took too long`];
    case 'restart-scheduled':
      return [info, `restarts for the ${ordinal(occurrence.restarts)} time`];
    case 'start-limit-hit':
      return [warning, 'started too often in a short time: not started again'];
    case 'condition-unmet':
      return [info, 'not started: a condition is not met'];
    case 'dependency-failed':
      return [warning, `not started: ${occurrence.dependency} ended as ${occurrence.result}`];
    case 'lost-binding':
      return [notice, `stops because ${occurrence.to} is gone`];
  }
}

function commandWords(phase: ExecPhase, index: number): string {
  return phase === 'start' ? 'main process' : `command ${String(index + 1)} of ${execDirectives[phase]}=`;
}

function exitWords(exit: Exit): string {
  return exit.kind === 'exited' ? `exited with code ${String(exit.code)}` : `${exit.kind} by ${exit.signal}`;
}

/** `1st`, `12th`, `22nd`. */
export function ordinal(count: number): string {
  const teen = count % 100 >= 11 && count % 100 <= 13;
  return `${String(count)}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')}`;
}
