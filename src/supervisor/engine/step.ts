/** The engine: one pure function from a state and an event to the next state and the effects. */
import { isActive } from '../../model/ports.ts';
import { enqueue, runJobs } from './jobs.ts';
import { takeUnits } from './load-units.ts';
import { externalChanged, externalDriver, externalTimedOut, targetDriver } from './plain-units.ts';
import type { Effect, Event, RequestVerb, EngineInput, UnitMemory } from './protocol.ts';
import { relate } from './relations.ts';
import {
  groupGone,
  processExecuted,
  processExited,
  serviceReady,
  serviceTimedOut,
} from './service-events.ts';
import { giveUpRestart, startService } from './service-start.ts';
import { stopService } from './service-stop.ts';
import { freshWindow } from './start-limit.ts';
import type { EngineState, JobType, RulesVersion } from './state.ts';
import { type Drivers, freshUnit, Turn } from './turn.ts';
import type { UnitConfig } from './unit-config.ts';
import { changeState, lookAgain, startUpheld, stopUnbound } from './unit-changes.ts';

/** A state in which every unit is inactive; units named by others but not among these count as not found. */
export function createEngine(units: readonly UnitConfig[], rules: RulesVersion): EngineState {
  return {
    rules,
    relations: relate(units),
    units: new Map(units.map((unit) => [unit.name, freshUnit(unit)])),
    jobs: new Map(),
    processes: new Map(),
    nextJob: 1,
    nextProcess: 1,
  };
}

/** Takes one event. Never throws, whatever a unit, a process or a user does. */
export function step(
  state: EngineState,
  event: Event,
  surroundings: EngineInput,
): { readonly state: EngineState; readonly effects: readonly Effect[] } {
  const turn = new Turn(state, surroundings, drivers);
  take(turn, event);
  settle(turn);
  return { state: turn.finish(), effects: turn.effects };
}

/** When the engine must be given a `tick` at the latest, in ms of its clock; undefined where nothing is pending. */
export function nextDeadline(state: EngineState): number | undefined {
  let next: number | undefined;
  for (const { deadline, throttledUntil } of state.units.values()) {
    if (deadline !== undefined && (next === undefined || deadline < next)) next = deadline;
    if (throttledUntil !== undefined && (next === undefined || throttledUntil < next)) next = throttledUntil;
  }
  return next;
}

const drivers: Drivers = {
  service: { start: startService, stop: stopService, jobEnded: giveUpRestart },
  target: targetDriver,
  external: externalDriver,
};

function take(turn: Turn, event: Event): void {
  switch (event.kind) {
    case 'request':
      request(turn, event);
      break;
    case 'reset-failed':
      resetFailed(turn, event.unit);
      break;
    case 'executed':
    case 'exited':
    case 'group-gone':
      processChanged(turn, event);
      break;
    case 'ready':
      serviceReady(turn, event.unit);
      break;
    case 'external':
      externalChanged(turn, event.unit, event.active);
      break;
    case 'remembered':
      remember(turn, event.unit, event.memory);
      break;
    case 'loaded':
      takeUnits(turn, event.units);
      break;
    case 'tick':
      passTime(turn);
  }
}

/** Runs jobs and checks bindings and upheld units until nothing changes. */
function settle(turn: Turn): void {
  while (turn.runQueue.size + turn.boundQueue.size + turn.upheldQueue.size > 0) {
    startUpheld(turn);
    stopUnbound(turn);
    runJobs(turn);
  }
}

function request(turn: Turn, { request: name, verb, unit, mode }: Extract<Event, { kind: 'request' }>): void {
  const type = jobTypeOf[verb];
  if (verb === 'try-restart' && !isActive(turn.activeState(unit))) {
    turn.effects.push({ kind: 'answered', request: name, answer: { isAccepted: true } });
    return;
  }
  const job = enqueue(turn, { unit, type, cause: { kind: 'request', request: name } }, mode ?? 'replace');
  turn.effects.push({
    kind: 'answered',
    request: name,
    answer:
      typeof job === 'object'
        ? { isAccepted: false, refusal: job }
        : { isAccepted: true, ...(job !== undefined && { job }) },
  });
}

const jobTypeOf = {
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  'try-restart': 'restart',
} as const satisfies Record<RequestVerb, JobType>;

/** unit_reset_failed(), service_reset_failed(). */
function resetFailed(turn: Turn, unit: string): void {
  turn.change(unit, {
    startWindow: freshWindow,
    result: 'success',
    restarts: 0,
    flushRestarts: false,
  });
  if (turn.unit(unit).state === 'failed') changeState(turn, unit, 'dead');
}

function processChanged(
  turn: Turn,
  event: Extract<Event, { kind: 'executed' | 'exited' | 'group-gone' }>,
): void {
  const process = turn.process(event.process);
  // Ignore events about processes that no unit waits for, and repeated events; also the end of a group before the end
  // of its first process, whose exit is still to be reported.
  if (process?.alive !== (event.kind !== 'group-gone')) return;
  if (event.kind === 'exited') processExited(turn, process, event);
  else if (event.kind === 'executed') processExecuted(turn, process);
  else groupGone(turn, process);
}

/** Restores the state of a unit without notifying its neighbours: they are restored themselves. */
function remember(turn: Turn, unit: string, { state, result, restarts }: UnitMemory): void {
  const { config } = turn.unit(unit);
  if (config.type !== 'service') {
    if (config.type === 'target' && state === 'running')
      turn.change(unit, { state: 'active', since: turn.now });
    return;
  }
  turn.change(unit, { state, result, restarts, since: turn.now });
  if (state !== 'running') return;
  const process = turn.newProcess({ unit, phase: 'start', index: 0 });
  turn.change(unit, { main: process });
  turn.effects.push({ kind: 'adopt', unit, process });
}

/**
 * Does what is due, in the order of the deadlines; equal deadlines by name. Takes each unit once: a unit that becomes
 * due again at once waits for the next tick, so that a step always ends.
 */
function passTime(turn: Turn): void {
  for (const { config, throttledUntil } of turn.units()) {
    if (throttledUntil !== undefined && throttledUntil <= turn.now) lookAgain(turn, config.name);
  }
  settle(turn);
  const doneUnits = new Set<string>();
  for (;;) {
    const due = turn
      .units()
      .filter(
        ({ config, deadline }) =>
          deadline !== undefined && deadline <= turn.now && !doneUnits.has(config.name),
      )
      .sort((a, b) => (a.deadline ?? 0) - (b.deadline ?? 0) || (a.config.name < b.config.name ? -1 : 1));
    const first = due[0];
    if (first === undefined) return;
    const { name, type } = first.config;
    doneUnits.add(name);
    turn.change(name, { deadline: undefined });
    if (type === 'service') serviceTimedOut(turn, name);
    else if (type === 'external') externalTimedOut(turn, name);
    settle(turn);
  }
}
