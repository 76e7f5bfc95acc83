/**
 * Handles events of a service's processes, and its deadlines: service.c, service_sigchld_event() and its neighbours.
 */
import { resultOfExit } from './exit-status.ts';
import type { Event } from './protocol.ts';
import { commandDeadline, isMainAlive, serviceOf, spawn } from './service-commands.ts';
import { enterRestart, enterRunning, enterStart, enterStartPost, enterStartPre } from './service-start.ts';
import { enterDead, enterSignal, enterStop, enterStopPost, keepFirst } from './service-stop.ts';
import type { Exit, Process, ServiceResult, ServiceState } from './state.ts';
import type { Turn } from './turn.ts';

/** A process of the unit ended; other processes of its group may remain, as the event says. */
export function processExited(
  turn: Turn,
  process: Process,
  { exit, survivors, late = 0 }: Extract<Event, { kind: 'exited' }>,
): void {
  const { unit, id } = process;
  turn.endProcess(id, survivors);
  const { main, control } = turn.unit(unit);
  if (id === main) mainExited(turn, process, exit, late);
  else if (id === control) controlExited(turn, process, exit);
  if (!survivors) groupEmptied(turn, unit);
}

/** The last process of a group is gone too, after its first process ended earlier. */
export function groupGone(turn: Turn, { id, unit }: Process): void {
  turn.endProcess(id, false);
  groupEmptied(turn, unit);
}

/** execve(2) of the main process succeeded. */
export function processExecuted(turn: Turn, { id, unit }: Process): void {
  const { main, state } = turn.unit(unit);
  if (id === main && state === 'start' && serviceOf(turn.unit(unit)).type === 'exec') {
    enterStartPost(turn, unit);
  }
}

/** READY=1; sd_notify(3). */
export function serviceReady(turn: Turn, unit: string): void {
  const { config, state } = turn.unit(unit);
  if (config.type === 'service' && config.service.type === 'notify' && state === 'start') {
    enterStartPost(turn, unit);
  }
}

/** The state's deadline has passed; service_dispatch_timer(). */
export function serviceTimedOut(turn: Turn, unit: string): void {
  const state = turn.unit(unit).state as ServiceState;
  if (state !== 'auto-restart') {
    turn.effects.push({ kind: 'occurred', unit, occurrence: { kind: 'timed-out', state } });
  }
  timeOut[state](turn, unit);
}

function mainExited(turn: Turn, { unit, phase, index }: Process, exit: Exit, late: number): void {
  const service = serviceOf(turn.unit(unit));
  turn.change(unit, { main: undefined, mainExit: exit, mainExitLate: late });
  const isIgnored = service.commands[phase][index]?.ignoreFailure ?? false;
  const as = service.type === 'oneshot' ? 'command' : 'daemon';
  const result = isIgnored ? 'success' : resultOfExit(exit, as, service.successExitStatus);
  tell(turn, { unit, phase, index }, exit, isIgnored);
  keepFirst(turn, unit, result);
  const next = index + 1;
  const isStarting = turn.unit(unit).state === 'start';
  if (service.type === 'oneshot' && isStarting && result === 'success' && service.commands.start[next]) {
    spawn(turn, unit, { phase: 'start', index: next, as: 'main' });
    turn.change(unit, { deadline: commandDeadline(turn, unit, 'start') });
    return;
  }
  afterMain[turn.unit(unit).state as ServiceState](turn, unit, result);
}

function controlExited(turn: Turn, { unit, phase, index }: Process, exit: Exit): void {
  const service = serviceOf(turn.unit(unit));
  turn.change(unit, { control: undefined });
  const isIgnored = service.commands[phase][index]?.ignoreFailure ?? false;
  const as = phase === 'start' ? 'daemon' : 'command';
  let result: ServiceResult = isIgnored ? 'success' : resultOfExit(exit, as, service.successExitStatus);
  // systemd.service(5), ExecCondition=: 1 to 254 is no failure; systemd skips the rest of the unit.
  const isSkip = phase === 'condition' && exit.kind === 'exited' && exit.code < 255;
  if (result === 'exit-code' && isSkip) result = 'exec-condition';
  tell(turn, { unit, phase, index }, exit, isIgnored || result === 'exec-condition');
  keepFirst(turn, unit, result);
  const next = index + 1;
  if (result === 'success' && phase !== 'start' && service.commands[phase][next] !== undefined) {
    spawn(turn, unit, { phase, index: next, as: 'control' });
    turn.change(unit, { deadline: commandDeadline(turn, unit, phase) });
    return;
  }
  afterControl[turn.unit(unit).state as ServiceState](turn, unit, result);
}

type AfterExit = (turn: Turn, unit: string, result: ServiceResult) => void;

const stay: AfterExit = () => undefined;
const hasControl = (turn: Turn, unit: string): boolean => turn.unit(unit).control !== undefined;
const interrupt: AfterExit = (turn, unit, result) => {
  enterSignal(turn, unit, 'stop-sigterm', result);
};
/** While a command of the state runs, the state ends with the command. */
const unlessControlled =
  (act: AfterExit): AfterExit =>
  (turn, unit, result) => {
    if (!hasControl(turn, unit)) act(turn, unit, result);
  };
const unlessMainLives =
  (act: AfterExit): AfterExit =>
  (turn, unit, result) => {
    if (isMainAlive(turn, unit) !== true) act(turn, unit, result);
  };
const toStopPost: AfterExit = enterStopPost;
const toFinal: AfterExit = (turn, unit, result) => {
  enterSignal(turn, unit, 'final-sigterm', result);
};
const toDead: AfterExit = (turn, unit, result) => {
  enterDead(turn, unit, result, 'may-restart');
};

const startEnded: AfterExit = (turn, unit, result) => {
  const { type } = serviceOf(turn.unit(unit));
  if (type === 'oneshot' && result === 'success') enterStartPost(turn, unit);
  else if (type === 'oneshot') interrupt(turn, unit, result);
  // Only READY=1 makes it active: a process that exits without it has broken the protocol.
  else if (type === 'notify') interrupt(turn, unit, result === 'success' ? 'protocol' : result);
  else enterRunning(turn, unit, result);
};

const afterMain = {
  dead: stay,
  condition: stay,
  'start-pre': stay,
  start: startEnded,
  'start-post': unlessControlled(enterStop),
  running: enterRunning,
  exited: stay,
  stop: stay,
  'stop-sigterm': unlessControlled(toStopPost),
  'stop-sigkill': unlessControlled(toStopPost),
  'stop-post': unlessControlled(toFinal),
  'final-sigterm': unlessControlled(toDead),
  'final-sigkill': unlessControlled(toDead),
  failed: stay,
  'dead-before-auto-restart': stay,
  'failed-before-auto-restart': stay,
  'auto-restart': stay,
  'auto-restart-queued': stay,
} as const satisfies Record<ServiceState, AfterExit>;

const ifSuccess =
  (next: (turn: Turn, unit: string) => void): AfterExit =>
  (turn, unit, result) => {
    if (result === 'success') next(turn, unit);
    else interrupt(turn, unit, result);
  };

const afterControl = {
  dead: stay,
  condition: ifSuccess(enterStartPre),
  'start-pre': ifSuccess(enterStart),
  // Only a forking service is started by a command that is not the service itself.
  start: ifSuccess(enterStartPost),
  'start-post': ifSuccess((turn, unit) => {
    enterRunning(turn, unit, 'success');
  }),
  running: stay,
  exited: stay,
  stop: interrupt,
  'stop-sigterm': unlessMainLives(toStopPost),
  'stop-sigkill': unlessMainLives(toStopPost),
  'stop-post': unlessMainLives(toFinal),
  'final-sigterm': unlessMainLives(toDead),
  'final-sigkill': unlessMainLives(toDead),
  failed: stay,
  'dead-before-auto-restart': stay,
  'failed-before-auto-restart': stay,
  'auto-restart': stay,
  'auto-restart-queued': stay,
} as const satisfies Record<ServiceState, AfterExit>;

/** service_notify_cgroup_empty_event(): matters only where no known process would report the end. */
function groupEmptied(turn: Turn, unit: string): void {
  const { main, control, state } = turn.unit(unit);
  if (main !== undefined || control !== undefined || turn.processesOf(unit).length > 0) return;
  whenEmpty[state as ServiceState](turn, unit, 'success');
}

const whenEmpty = {
  dead: stay,
  condition: stay,
  'start-pre': stay,
  start: stay,
  'start-post': stay,
  running: enterRunning,
  exited: stay,
  stop: stay,
  'stop-sigterm': toStopPost,
  'stop-sigkill': toStopPost,
  'stop-post': toFinal,
  'final-sigterm': toDead,
  'final-sigkill': toDead,
  failed: stay,
  'dead-before-auto-restart': stay,
  'failed-before-auto-restart': stay,
  'auto-restart': stay,
  'auto-restart-queued': stay,
} as const satisfies Record<ServiceState, AfterExit>;

const never = (_turn: Turn, unit: string): void => {
  throw new Error(`${unit} has a deadline in a state that has none`);
};
const startTimedOut = (turn: Turn, unit: string): void => {
  enterSignal(turn, unit, 'stop-sigterm', 'timeout');
};

const timeOut = {
  dead: never,
  condition: startTimedOut,
  'start-pre': startTimedOut,
  start: startTimedOut,
  'start-post': startTimedOut,
  running: (turn, unit) => {
    enterStop(turn, unit, 'timeout');
  },
  exited: never,
  stop: startTimedOut,
  'stop-sigterm': (turn, unit) => {
    if (serviceOf(turn.unit(unit)).sendSigkill) enterSignal(turn, unit, 'stop-sigkill', 'timeout');
    else enterStopPost(turn, unit, 'timeout');
  },
  // A process that survives SIGKILL cannot be ended; there is nothing left to try.
  'stop-sigkill': (turn, unit) => {
    enterStopPost(turn, unit, 'timeout');
  },
  'stop-post': (turn, unit) => {
    enterSignal(turn, unit, 'final-sigterm', 'timeout');
  },
  'final-sigterm': (turn, unit) => {
    if (serviceOf(turn.unit(unit)).sendSigkill) enterSignal(turn, unit, 'final-sigkill', 'timeout');
    else enterDead(turn, unit, 'timeout', 'no-restart');
  },
  'final-sigkill': (turn, unit) => {
    enterDead(turn, unit, 'timeout', 'may-restart');
  },
  failed: never,
  'dead-before-auto-restart': never,
  'failed-before-auto-restart': never,
  'auto-restart': enterRestart,
  'auto-restart-queued': never,
} as const satisfies Record<ServiceState, (turn: Turn, unit: string) => void>;

function tell(
  turn: Turn,
  { unit, phase, index }: Pick<Process, 'unit' | 'phase' | 'index'>,
  exit: Exit,
  isIgnored: boolean,
): void {
  turn.effects.push({
    kind: 'occurred',
    unit,
    occurrence: { kind: 'process-ended', phase, index, exit, ignored: isIgnored },
  });
}
