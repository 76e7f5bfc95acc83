/** What the engine of units says about a unit, in words for its log. Pure. */
import type { Effect, Occurrence } from '../engine/protocol.ts';
import type { Exit } from '../engine/state.ts';

/** undefined for what is of no interest there. */
export function logWords(effect: Effect): { readonly unit: string; readonly message: string } | undefined {
  if (effect.kind === 'occurred') {
    const { unit, occurrence } = effect;
    return isWorthALine(occurrence) ? { unit, message: occurrenceWords(occurrence) } : undefined;
  }
  if (effect.kind === 'job-ended' && effect.result !== 'done')
    return { unit: effect.unit, message: `${effect.type} job ended: ${effect.result}` };
  if (effect.kind !== 'unit-state') return undefined;
  const message = stateWords[effect.subState];
  if (message === undefined) return undefined;
  return {
    unit: effect.unit,
    message: effect.subState === 'failed' ? `${message}: ${effect.result}` : message,
  };
}

/** Only states that last are worth a line. */
const stateWords: Readonly<Record<string, string>> = {
  'start-pre': 'starting',
  running: 'started',
  exited: 'finished',
  active: 'reached',
  stop: 'stopping',
  'stop-sigterm': 'stopping by SIGTERM',
  'stop-sigkill': 'did not stop: killing',
  'final-sigkill': 'what is left does not stop: killing',
  dead: 'inactive',
  failed: 'failed',
};

/** Of commands that serve the main one, only the failures. */
function isWorthALine(occurrence: Occurrence): boolean {
  if (occurrence.kind !== 'process-ended' || occurrence.phase === 'start') return true;
  return occurrence.exit.kind !== 'exited' || occurrence.exit.code !== 0;
}

function occurrenceWords(occurrence: Occurrence): string {
  switch (occurrence.kind) {
    case 'process-ended': {
      const { phase, index, exit, ignored } = occurrence;
      return `${phase} command ${String(index + 1)} ${exitWords(exit)}${ignored ? ' (ignored)' : ''}`;
    }
    case 'timed-out':
      return `${occurrence.state} took too long`;
    case 'restart-scheduled':
      return `restarts for the ${ordinal(occurrence.restarts)} time`;
    case 'start-limit-hit':
      return 'started too often in a short time: not started again';
    case 'condition-unmet':
      return 'not started: a condition is not met';
    case 'dependency-failed':
      return `not started: ${occurrence.dependency} ended as ${occurrence.result}`;
    case 'lost-binding':
      return `stops because ${occurrence.to} is gone`;
  }
}

function exitWords(exit: Exit): string {
  return exit.kind === 'exited' ? `exited with code ${String(exit.code)}` : `${exit.kind} by ${exit.signal}`;
}

function ordinal(count: number): string {
  const teen = count % 100 >= 11 && count % 100 <= 13;
  const suffix = teen ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[count % 10] ?? 'th');
  return `${String(count)}${suffix}`;
}
