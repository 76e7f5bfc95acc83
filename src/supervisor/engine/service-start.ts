/** The start of a service: service.c, service_start() to service_enter_running(). */
import { isActive } from '../../model/ports.ts';
import { enqueue } from './jobs.ts';
import { hasItsBindings } from './plain-units.ts';
import { commandDeadline, deadlineAfter, isRunning, serviceOf, spawn } from './service-commands.ts';
import { enterDead, enterSignal, enterStop, keepFirst } from './service-stop.ts';
import { withinLimit } from './start-limit.ts';
import type { ServiceResult, ServiceState } from './state.ts';
import type { StartOutcome, Turn } from './turn.ts';
import { changeState } from './unit-changes.ts';

/** What a start job does: unit_start(), then service_start(). */
export function startService(turn: Turn, unit: string): StartOutcome {
  const state = turn.activeState(unit);
  if (isActive(state)) return 'already';
  if (state === 'deactivating') return 'again';
  if (state !== 'activating') {
    const condition = turn.surroundings.conditions(unit);
    turn.change(unit, { conditionUnmet: condition !== 'met' });
    if (condition !== 'met') {
      turn.effects.push({ kind: 'occurred', unit, occurrence: { kind: 'condition-unmet' } });
      return condition;
    }
  }
  if (!hasItsBindings(turn, unit)) return 'dependency';
  const { config, startWindow, state: from } = turn.unit(unit);
  // A unit that is already starting does not start again, so this does not count against the start limit.
  if (startFrom[from as ServiceState] === underWay) return 'begun';
  const { within, window } = withinLimit(startWindow, config.startLimit, turn.now);
  turn.change(unit, { startWindow: window });
  if (!within) {
    turn.effects.push({ kind: 'occurred', unit, occurrence: { kind: 'start-limit-hit' } });
    enterDead(turn, unit, 'start-limit-hit', 'no-restart');
    return 'failed';
  }
  return startFrom[from as ServiceState](turn, unit);
}

const begin = (turn: Turn, unit: string): StartOutcome => {
  // From 254 on, every start that is no automatic restart resets the counter.
  if (turn.rules >= 254) turn.change(unit, { flushRestarts: true });
  return beginAgain(turn, unit);
};
const beginAgain = (turn: Turn, unit: string): StartOutcome => {
  turn.change(unit, {
    result: 'success',
    forbidRestart: false,
    mainExit: undefined,
    mainExitLate: 0,
    main: undefined,
    control: undefined,
    ...(turn.unit(unit).flushRestarts && { restarts: 0, flushRestarts: false }),
  });
  enterCondition(turn, unit);
  return 'begun';
};
const underWay = (): StartOutcome => 'begun';
const tryLater = (): StartOutcome => 'again';

/** A start requested during the delay triggers the restart at once; before 254 the request waits for it. */
const hurryRestart = (turn: Turn, unit: string): StartOutcome => {
  if (turn.rules >= 254) enterRestart(turn, unit);
  return 'again';
};

const startFrom = {
  dead: begin,
  failed: begin,
  'dead-before-auto-restart': begin,
  'failed-before-auto-restart': begin,
  'auto-restart': hurryRestart,
  'auto-restart-queued': beginAgain,
  condition: underWay,
  'start-pre': underWay,
  start: underWay,
  'start-post': underWay,
  running: underWay,
  exited: underWay,
  stop: tryLater,
  'stop-sigterm': tryLater,
  'stop-sigkill': tryLater,
  'stop-post': tryLater,
  'final-sigterm': tryLater,
  'final-sigkill': tryLater,
} as const satisfies Record<ServiceState, (turn: Turn, unit: string) => StartOutcome>;

function enterCondition(turn: Turn, unit: string): void {
  enterControl(turn, unit, 'condition', enterStartPre);
}

export function enterStartPre(turn: Turn, unit: string): void {
  enterControl(turn, unit, 'start-pre', enterStart);
}

/** Runs ExecStart=; Type= decides when the service counts as up. */
export function enterStart(turn: Turn, unit: string): void {
  const { type, commands } = serviceOf(turn.unit(unit));
  if (commands.start.length === 0) {
    enterStartPost(turn, unit);
    return;
  }
  if (type === 'forking') {
    spawn(turn, unit, { phase: 'start', index: 0, as: 'control' });
    changeState(turn, unit, 'start', { deadline: commandDeadline(turn, unit, 'start') });
    return;
  }
  spawn(turn, unit, { phase: 'start', index: 0, as: 'main' });
  if (type === 'simple') enterStartPost(turn, unit);
  else changeState(turn, unit, 'start', { deadline: commandDeadline(turn, unit, 'start') });
}

export function enterStartPost(turn: Turn, unit: string): void {
  enterControl(turn, unit, 'start-post', (again, name) => {
    enterRunning(again, name, 'success');
  });
}

/** Up, if the started process is still there. */
export function enterRunning(turn: Turn, unit: string, result: ServiceResult): void {
  keepFirst(turn, unit, result);
  const { remainAfterExit, runtimeMaxSec } = serviceOf(turn.unit(unit));
  if (turn.unit(unit).result !== 'success') enterSignal(turn, unit, 'stop-sigterm', result);
  else if (isRunning(turn, unit)) {
    changeState(turn, unit, 'running', { deadline: deadlineAfter(turn, runtimeMaxSec) });
  } else if (remainAfterExit) changeState(turn, unit, 'exited');
  else enterStop(turn, unit, 'success');
}

/** The delay of the automatic restart is over: starts the unit, and restarts the units that depend on it. */
export function enterRestart(turn: Turn, unit: string): void {
  const isOld = turn.rules < 254;
  const { restartMode, restartSec } = serviceOf(turn.unit(unit));
  if (turn.jobOf(unit)?.type === 'stop') {
    if (isOld) turn.change(unit, { deadline: deadlineAfter(turn, restartSec) });
    return;
  }
  const cause = { kind: 'auto-restart' } as const;
  const { restarts } = turn.unit(unit);
  const refusal = enqueue(
    turn,
    isOld
      ? { unit, type: 'restart', cause }
      : { unit, type: 'start', cause, restartsDependents: restartMode === 'normal', runsAnew: true },
    'replace',
  );
  if (typeof refusal === 'object') {
    enterDead(turn, unit, 'resources', 'no-restart');
    return;
  }
  turn.change(unit, { restarts: restarts + 1, flushRestarts: false, deadline: undefined });
  if (!isOld) changeState(turn, unit, 'auto-restart-queued');
}

/** Called when the start of an automatic restart did not happen: nothing else would take the unit out of this state. */
export function giveUpRestart(turn: Turn, unit: string): void {
  const { state, result, job } = turn.unit(unit);
  if (state !== 'auto-restart-queued' || job !== undefined) return;
  changeState(turn, unit, result === 'success' ? 'dead' : 'failed', { flushRestarts: true });
}

/** Runs the first command of the phase, or continues with the next phase where it has none. */
function enterControl(
  turn: Turn,
  unit: string,
  phase: 'condition' | 'start-pre' | 'start-post',
  next: (turn: Turn, unit: string) => void,
): void {
  if (serviceOf(turn.unit(unit)).commands[phase].length === 0) {
    next(turn, unit);
    return;
  }
  spawn(turn, unit, { phase, index: 0, as: 'control' });
  changeState(turn, unit, phase, { deadline: commandDeadline(turn, unit, phase) });
}
