/** The commands of a service and their processes: what the engine spawns when, and what it signals. */
import type { ExecPhase, ServiceConfig } from './unit-config.ts';
import type { Process, ProcessId, UnitRuntime } from './state.ts';
import type { Turn } from './turn.ts';

/** The configuration of a unit that is known to be a service. */
export function serviceOf({ config }: UnitRuntime): ServiceConfig {
  if (config.type !== 'service') throw new TypeError(`${config.name} is not a service`);
  return config.service;
}

/** The timeout starts with the command, not with the state; service_spawn(). */
export function spawn(
  turn: Turn,
  unit: string,
  command: { readonly phase: ExecPhase; readonly index: number; readonly as: 'main' | 'control' },
): ProcessId {
  const { phase, index, as } = command;
  const { main, result, mainExit } = turn.unit(unit);
  const process = turn.newProcess({ unit, phase, index });
  turn.effects.push({
    kind: 'spawn',
    unit,
    process,
    phase,
    index,
    ...(as === 'control' && main !== undefined && { main }),
    ...((phase === 'stop' || phase === 'stop-post') && {
      outcome: { result, ...(mainExit !== undefined && { exit: mainExit }) },
    }),
  });
  turn.change(
    unit,
    as === 'main' ? { main: process, mainExit: undefined, mainExitLate: 0 } : { control: process },
  );
  return process;
}

/** The deadline of a command started now; undefined where there is none. */
export function commandDeadline(turn: Turn, unit: string, phase: ExecPhase): number | undefined {
  const { timeoutStartSec, timeoutStopSec } = serviceOf(turn.unit(unit));
  return deadlineAfter(turn, isStopPhase[phase] ? timeoutStopSec : timeoutStartSec);
}

export function deadlineAfter(turn: Turn, ms: number): number | undefined {
  return ms === Infinity ? undefined : turn.now + ms;
}

const isStopPhase = {
  condition: false,
  'start-pre': false,
  start: false,
  'start-post': false,
  stop: true,
  'stop-post': true,
} as const satisfies Record<ExecPhase, boolean>;

/**
 * Whether the service's main process is there; undefined where it cannot be known because the starter forked it: then
 * its process group decides.
 */
export function isMainAlive(turn: Turn, unit: string): boolean | undefined {
  const { main, config } = turn.unit(unit);
  if (main !== undefined) return true;
  return config.type === 'service' && config.service.type === 'forking' ? undefined : false;
}

/** service_good(): the service still runs. */
export function isRunning(turn: Turn, unit: string): boolean {
  return isMainAlive(turn, unit) ?? turn.processesOf(unit).length > 0;
}

/**
 * unit_kill_context(): signals the unit's processes as KillMode= says. Returns whether there is one to wait for.
 */
export function killProcesses(turn: Turn, unit: string, how: 'terminate' | 'kill'): boolean {
  const service = serviceOf(turn.unit(unit));
  if (service.killMode === 'none') return false;
  const signal = how === 'kill' ? service.finalKillSignal : service.killSignal;
  const targets = turn.processesOf(unit).flatMap((process) => {
    const to = reachOf(turn, process, how);
    return to === undefined ? [] : [{ id: process.id, to }];
  });
  for (const { id, to } of targets) {
    turn.effects.push({ kind: 'signal', unit, process: id, signal, to });
    if (service.sendSighup && how === 'terminate') {
      turn.effects.push({ kind: 'signal', unit, process: id, signal: 'SIGHUP', to });
    }
  }
  return targets.length > 0;
}

/** Whether a signal goes to the process or its whole group; undefined where the process is spared. */
function reachOf(
  turn: Turn,
  { id, unit, alive, phase }: Process,
  how: 'terminate' | 'kill',
): 'process' | 'group' | undefined {
  const { killMode } = serviceOf(turn.unit(unit));
  if (killMode === 'control-group' || (killMode === 'mixed' && how === 'kill')) return 'group';
  const { main, control } = turn.unit(unit);
  if (alive && (id === main || id === control)) return 'process';
  // The main process is in this group. Where only it should get SIGTERM, signal all rather than kill it without asking.
  const hidesMain = isMainAlive(turn, unit) === undefined && !alive && phase === 'start';
  return killMode === 'mixed' && hidesMain ? 'group' : undefined;
}
