/** The stop of a service: service.c, service_stop() and service_enter_stop() to service_enter_dead(). */
import { isInactive } from '../../model/ports.ts';
import { restartDelay, shallRestart } from './restart-rules.ts';
import { commandDeadline, deadlineAfter, killProcesses, serviceOf, spawn } from './service-commands.ts';
import type { ServiceResult, ServiceState } from './state.ts';
import type { StopOutcome, Turn } from './turn.ts';
import { changeState } from './unit-changes.ts';

/** What a stop job does in each state. */
export function stopService(turn: Turn, unit: string): StopOutcome {
  if (isInactive(turn.activeState(unit))) return 'already';
  turn.change(unit, { forbidRestart: true });
  stopFrom[turn.unit(unit).state as ServiceState](turn, unit);
  return 'begun';
}

const goDead = (turn: Turn, unit: string): void => {
  changeState(turn, unit, 'dead');
};
/** A command runs for which ExecStop= is not meant. */
const interrupt = (turn: Turn, unit: string): void => {
  enterSignal(turn, unit, 'stop-sigterm', 'success');
};
const stopOrderly = (turn: Turn, unit: string): void => {
  enterStop(turn, unit, 'success');
};
const goOn = (): void => undefined;

const stopFrom = {
  dead: goOn,
  failed: goOn,
  'dead-before-auto-restart': goOn,
  'failed-before-auto-restart': goOn,
  'auto-restart': goDead,
  'auto-restart-queued': goDead,
  condition: interrupt,
  'start-pre': interrupt,
  start: interrupt,
  'start-post': interrupt,
  running: stopOrderly,
  exited: stopOrderly,
  stop: goOn,
  'stop-sigterm': goOn,
  'stop-sigkill': goOn,
  'stop-post': goOn,
  'final-sigterm': goOn,
  'final-sigkill': goOn,
} as const satisfies Record<ServiceState, (turn: Turn, unit: string) => void>;

/** Runs ExecStop=, then ends the remaining processes. */
export function enterStop(turn: Turn, unit: string, result: ServiceResult): void {
  keepFirst(turn, unit, result);
  if (serviceOf(turn.unit(unit)).commands.stop.length === 0) {
    enterSignal(turn, unit, 'stop-sigterm', 'success');
    return;
  }
  spawn(turn, unit, { phase: 'stop', index: 0, as: 'control' });
  changeState(turn, unit, 'stop', { deadline: commandDeadline(turn, unit, 'stop') });
}

export type SignalState = 'stop-sigterm' | 'stop-sigkill' | 'final-sigterm' | 'final-sigkill';

/** Signals the remaining processes and waits for them; continues at once where there are none. */
export function enterSignal(turn: Turn, unit: string, state: SignalState, result: ServiceResult): void {
  keepFirst(turn, unit, result);
  const service = serviceOf(turn.unit(unit));
  const how = state === 'stop-sigterm' || state === 'final-sigterm' ? 'terminate' : 'kill';
  if (killProcesses(turn, unit, how)) {
    changeState(turn, unit, state, { deadline: deadlineAfter(turn, service.timeoutStopSec) });
    return;
  }
  switch (state) {
    case 'stop-sigterm':
      if (service.sendSigkill) enterSignal(turn, unit, 'stop-sigkill', 'success');
      else enterStopPost(turn, unit, 'success');
      break;
    case 'stop-sigkill':
      enterStopPost(turn, unit, 'success');
      break;
    case 'final-sigterm':
      if (service.sendSigkill) enterSignal(turn, unit, 'final-sigkill', 'success');
      else enterDead(turn, unit, 'success', 'may-restart');
      break;
    case 'final-sigkill':
      enterDead(turn, unit, 'success', 'may-restart');
  }
}

/** Runs ExecStopPost=. */
export function enterStopPost(turn: Turn, unit: string, result: ServiceResult): void {
  keepFirst(turn, unit, result);
  if (serviceOf(turn.unit(unit)).commands['stop-post'].length === 0) {
    enterSignal(turn, unit, 'final-sigterm', 'success');
    return;
  }
  spawn(turn, unit, { phase: 'stop-post', index: 0, as: 'control' });
  changeState(turn, unit, 'stop-post', { deadline: commandDeadline(turn, unit, 'stop-post') });
}

/** Down: for good, or until the automatic restart. */
export function enterDead(
  turn: Turn,
  unit: string,
  result: ServiceResult,
  restart: 'may-restart' | 'no-restart',
): void {
  keepFirst(turn, unit, result);
  const service = serviceOf(turn.unit(unit));
  const runtime = turn.unit(unit);
  const hasFailed = runtime.result !== 'success' && runtime.result !== 'exec-condition';
  forgetProcesses(turn, unit);
  // A unit that a user asked to stop does not start again unasked.
  const isLeaving = turn.jobOf(unit)?.type === 'stop';
  if (restart === 'may-restart' && !isLeaving && shallRestart(runtime, service)) {
    // Two changes, so that dependent units see this unit go down.
    if (turn.rules < 254 || service.restartMode === 'normal') {
      changeState(turn, unit, hasFailed ? 'failed-before-auto-restart' : 'dead-before-auto-restart');
    }
    const { restarts, mainExitLate } = turn.unit(unit);
    const delay = restartDelay(service, restarts + 1, turn.rules);
    // The delay counts from the end of the process, which systemd learns at once.
    const at = turn.now + Math.max(0, delay - mainExitLate);
    turn.effects.push({
      kind: 'occurred',
      unit,
      occurrence: { kind: 'restart-scheduled', at, restarts: restarts + 1 },
    });
    changeState(turn, unit, 'auto-restart', { deadline: at });
  } else {
    changeState(turn, unit, hasFailed ? 'failed' : 'dead');
    // The counter stays visible to people until the next start that is not automatic.
    turn.change(unit, { flushRestarts: true });
  }
  turn.change(unit, { forbidRestart: false });
}

/** Keeps the first result that is not success. */
export function keepFirst(turn: Turn, unit: string, result: ServiceResult): void {
  if (turn.unit(unit).result === 'success') turn.change(unit, { result });
}

/** Processes that KillMode= spared live on, unwatched. */
function forgetProcesses(turn: Turn, unit: string): void {
  for (const { id } of turn.processesOf(unit)) {
    turn.endProcess(id, false);
    turn.effects.push({ kind: 'abandon', process: id });
  }
  turn.change(unit, { main: undefined, control: undefined });
}
