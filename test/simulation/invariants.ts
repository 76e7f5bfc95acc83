/** What holds after every step of the engine, whatever happens to units and however news of them arrive. */
import { compareJobs } from '../../src/supervisor/engine/job-order.ts';
import {
  type EngineState,
  type Job,
  type UnitRuntime,
  activeStateOf,
} from '../../src/supervisor/engine/state.ts';
import type { Effect } from '../../src/supervisor/engine/protocol.ts';
import type { World, WorldStep } from '../../src/simulate/world.ts';

class Violated extends Error {
  override readonly name = 'Violated';
}

/** Throws a Violated where one does not hold. */
export class Invariants {
  readonly #world: () => World;
  readonly #told = new Map<string, string>();
  readonly #jobs = new Set<number>();

  constructor(world: () => World) {
    this.#world = world;
  }

  check(step: WorldStep): void {
    const { after, event } = step;
    for (const unit of after.units.values()) {
      checkLinks(after, unit);
      checkDeadline(unit, step);
      checkReason(after, unit);
      checkRestart(unit, step);
      // What is remembered is propagated by the load that follows.
      if (event.kind !== 'remembered') checkBinding(step, unit);
    }
    for (const job of after.jobs.values()) checkJob(after, job);
    this.#checkProcesses(step);
    this.#checkEffects(step);
  }

  /** One main process a unit; what lives is known, what is known alive is someone's; see also checkLinks. */
  #checkProcesses({ after, effects }: WorldStep): void {
    const mains = new Set<string>();
    for (const { unit, phase, process } of this.#world().processes.living()) {
      demand(
        after.processes.get(process)?.alive === true,
        `process ${String(process)} of ${unit} is forgotten`,
      );
      if (phase !== 'start') continue;
      demand(!mains.has(unit), `${unit} runs twice`);
      mains.add(unit);
    }
    for (const { id, unit, alive } of after.processes.values()) {
      const { main, control, state = 'dead' } = after.units.get(unit) ?? {};
      // What signals did not end is left to itself while ExecStopPost= runs.
      const isLeft = state === 'stop-post' || state.startsWith('final-');
      demand(
        !alive || isLeft || main === id || control === id,
        `${unit} does not wait for its process ${String(id)}`,
      );
    }
    for (const effect of effects) {
      if (effect.kind !== 'abandon' || !this.#world().processes.isAlive(effect.process)) continue;
      const abandoned = this.#world().processes.find(effect.process);
      // As in systemd, a command of ExecStopPost= whose failure is ignored is followed by the next one
      // even where its time was up; that one is not waited for.
      if (abandoned?.phase !== 'start') continue;
      const unit = after.units.get(abandoned.unit);
      const service = unit?.config.type === 'service' ? unit.config.service : undefined;
      const spares = service?.killMode === 'none' || service?.sendSigkill === false;
      demand(
        spares,
        `process ${String(effect.process)} of ${unit?.config.name ?? '?'} lives and is abandoned`,
      );
    }
  }

  /** What was told of states and jobs is what they are; each request has one answer. */
  #checkEffects({ after, before, effects, event }: WorldStep): void {
    for (const effect of effects) this.#take(effect);
    for (const { config, state } of after.units.values()) {
      const told = this.#told.get(config.name) ?? before.units.get(config.name)?.state ?? 'dead';
      if (event.kind === 'remembered') this.#told.set(config.name, state);
      else demand(told === state, `${config.name} is ${state}, and was last told to be ${told}`);
    }
    demand(
      this.#jobs.size === after.jobs.size && [...after.jobs.keys()].every((id) => this.#jobs.has(id)),
      `told are the jobs ${[...this.#jobs].join()}, there are ${[...after.jobs.keys()].join()}`,
    );
    const answers = effects.filter(({ kind }) => kind === 'answered').length;
    demand(answers === (event.kind === 'request' ? 1 : 0), `${String(answers)} answers to a ${event.kind}`);
  }

  #take(effect: Effect): void {
    if (effect.kind === 'unit-state') this.#told.set(effect.unit, effect.subState);
    if (effect.kind === 'job-new') this.#jobs.add(effect.job);
    if (effect.kind === 'job-ended') {
      demand(this.#jobs.delete(effect.job), `job ${String(effect.job)} ended that was not there`);
    }
  }
}

/** Unit and job name each other; a unit's processes are its own, known, and alive. */
function checkLinks({ jobs, processes }: EngineState, { config, job, main, control }: UnitRuntime): void {
  const { name } = config;
  if (job !== undefined)
    demand(jobs.get(job)?.unit === name, `${name} has job ${String(job)}, which is not its own`);
  for (const id of [main, control]) {
    if (id === undefined) continue;
    const process = processes.get(id);
    demand(process?.unit === name && process.alive, `${name} waits for process ${String(id)}, which is gone`);
  }
}

/** Where something is in progress that may take too long, or is to be done later; nowhere else. */
const mayHaveDeadline: ReadonlySet<string> = new Set([
  ...['condition', 'start-pre', 'start', 'start-post', 'running', 'auto-restart', 'waiting'],
  ...['stop', 'stop-sigterm', 'stop-sigkill', 'stop-post', 'final-sigterm', 'final-sigkill'],
]);

function checkDeadline(
  { config, state, deadline }: UnitRuntime,
  { now, event, before, effects }: WorldStep,
): void {
  if (deadline === undefined) return;
  demand(mayHaveDeadline.has(state), `${config.name} is ${state} and has a deadline`);
  const was = before.units.get(config.name);
  // Set in this very step: it is for the next tick.
  const isNew =
    deadline === now && effects.some((effect) => effect.kind === 'unit-state' && effect.unit === config.name);
  demand(
    event.kind !== 'tick' || deadline > now || isNew,
    `${config.name} was due at ${String(deadline)} and is not done`,
  );
  const isLimited = config.type === 'service' && config.service.runtimeMaxSec !== Infinity;
  // A limit that a reload took away holds for what it was set for.
  const isOld = was?.state === 'running' && was.deadline === deadline;
  demand(state !== 'running' || isLimited || isOld, `${config.name} runs and has a deadline`);
}

/** Whether something will happen to the unit by itself: a process ends, its time is up, it comes from elsewhere. */
function isUnderWay(
  state: EngineState,
  { config, state: sub, main, control, deadline }: UnitRuntime,
): boolean {
  const hasProcess = [...state.processes.values()].some(({ unit }) => unit === config.name);
  return (
    main !== undefined || control !== undefined || hasProcess || deadline !== undefined || sub === 'waiting'
  );
}

/** A unit on its way up or down is on its way by something: its process, its deadline, or its job. */
function checkReason(state: EngineState, unit: UnitRuntime): void {
  const active = activeStateOf[unit.state];
  if (active !== 'activating' && active !== 'deactivating') return;
  demand(
    isUnderWay(state, unit) || unit.job !== undefined,
    `${unit.config.name} stays ${unit.state} for ever`,
  );
}

/**
 * A job is some unit's, and has a reason to be pending: its unit is in progress, or a job that goes first
 * has one. A ring of jobs each of which waits for the next is no reason, but where the units' own order is a
 * ring: a restart becomes a start once it has stopped, and systemd does not look for rings a second time.
 */
function checkJob(state: EngineState, job: Job): void {
  demand(state.units.get(job.unit)?.job === job.id, `${job.unit} does not know its job ${String(job.id)}`);
  const seen = new Set<number>();
  const hasReason = (one: Job): boolean => {
    if (seen.has(one.id)) return false;
    seen.add(one.id);
    const unit = state.units.get(one.unit);
    if (unit === undefined) return false;
    const blockers = one.state === 'running' ? [] : jobsAhead(state, one);
    return blockers.length > 0 ? blockers.some(hasReason) : isUnderWay(state, unit);
  };
  demand(
    hasReason(job) || isOnCircle(state, job.unit),
    `${job.unit}'s job ${job.type} is ${job.state} for ever, the unit ${state.units.get(job.unit)?.state ?? ''}`,
  );
}

function jobsAhead({ units, jobs, relations }: EngineState, job: Job): readonly Job[] {
  return (['after', 'before'] as const).flatMap((direction) =>
    relations.of(job.unit, direction).flatMap((other) => {
      const id = units.get(other)?.job;
      const otherJob = id === undefined ? undefined : jobs.get(id);
      return otherJob !== undefined && compareJobs(job.type, otherJob.type, direction) === 'waits'
        ? [otherJob]
        : [];
    }),
  );
}

/** systemd stops what lost its binding at most so often in ten seconds. */
const mostStops = 16;

/**
 * Nothing stays active without what it binds to, once no job is about to change either. Without After=
 * that is seen to only as the other goes down: systemd.unit(5), BindsTo=.
 */
function checkBinding(
  { before, after }: WorldStep,
  { config, state: sub, job, autoWindow }: UnitRuntime,
): void {
  const isOurs = config.type !== 'external';
  if (!isOurs || activeStateOf[sub] !== 'active' || job !== undefined || autoWindow.count >= mostStops)
    return;
  const { name } = config;
  for (const other of after.relations.of(name, 'cannotBeActiveWithout')) {
    const isOrdered = after.relations.of(name, 'after').includes(other);
    const goesDown = isUp(before, other) && isUp(before, name);
    if (after.units.get(other)?.job !== undefined || isUp(after, other) || !(isOrdered || goesDown)) continue;
    // Where order goes round in a circle, the stop it would take is refused.
    demand(isOnCircle(after, name), `${name} is active without ${other}, which it binds to`);
  }
}

function isUp({ units }: EngineState, name: string): boolean {
  const unit = units.get(name);
  return unit !== undefined && ['active', 'activating', 'deactivating'].includes(activeStateOf[unit.state]);
}

function isOnCircle({ relations }: EngineState, name: string): boolean {
  const seen = new Set<string>();
  const path = new Set<string>();
  const visit = (unit: string): boolean => {
    if (path.has(unit)) return true;
    if (seen.has(unit)) return false;
    seen.add(unit);
    path.add(unit);
    const found = relations.of(unit, 'after').some(visit) || relations.of(unit, 'propagateStop').some(visit);
    path.delete(unit);
    return found;
  };
  return visit(name);
}

/** systemd.service(5), RestartSteps=; in the manual's words and not in the engine's. */
function delayOf(unit: UnitRuntime, nth: number, rules: number): number {
  if (unit.config.type !== 'service') return NaN;
  const { restartSec: first, restartSteps: steps, restartMaxDelaySec: last } = unit.config.service;
  if (rules < 254 || steps === 0 || last === Infinity || first === 0 || first >= last) return first;
  return nth > steps ? last : Math.exp(Math.log(first) + (Math.log(last / first) * (nth - 1)) / steps);
}

function checkRestart(unit: UnitRuntime, { before, after, now, effects, event }: WorldStep): void {
  const { name } = unit.config;
  const was = before.units.get(name);
  const scheduled = effects.find(
    (effect) =>
      effect.kind === 'occurred' && effect.unit === name && effect.occurrence.kind === 'restart-scheduled',
  );
  if (scheduled?.kind === 'occurred' && scheduled.occurrence.kind === 'restart-scheduled') {
    const { at, restarts } = scheduled.occurrence;
    demand(
      Math.abs(at - now - delayOf(unit, restarts, after.rules)) < 1e-6,
      `${name} restarts in ${String(at - now)} ms`,
    );
    if (unit.state === 'auto-restart' && unit.deadline !== undefined) {
      demand(unit.deadline === at, `${name} says ${String(at)} and restarts at ${String(unit.deadline)}`);
    }
  } else if (was?.state === 'auto-restart' && unit.state === 'auto-restart' && was.deadline !== undefined) {
    // Before 254 one that is due while the unit waits to be stopped is put off by RestartSec=.
    const isPutOff = after.rules < 254 && unit.deadline === now + delayOf(unit, 1, after.rules);
    const fired = was.deadline <= now && (unit.deadline === undefined || isPutOff);
    demand(
      fired || unit.deadline === was.deadline,
      `${name}'s restart was moved from ${String(was.deadline)}`,
    );
  }
  const counted = unit.restarts - (was?.restarts ?? 0);
  if (counted <= 0 || event.kind === 'remembered') return;
  demand(counted === 1, `${name} counts ${String(counted)} restarts at once`);
  const isDue =
    was?.state === 'auto-restart' &&
    was.deadline !== undefined &&
    (was.deadline <= now || event.kind === 'request');
  const isInstant = scheduled !== undefined;
  // Whoever asks for the unit while it waits gets it at once.
  const isAsked =
    was?.job !== undefined ||
    effects.some(
      (effect) => effect.kind === 'job-new' && effect.unit === name && effect.cause.kind !== 'auto-restart',
    );
  demand(isDue || isInstant || isAsked, `${name} restarts before its time`);
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Violated(what);
}

/** Whatever step() is given it leaves as it is: a write anywhere into it throws from now on. */
export function freezeState(state: EngineState): void {
  for (const map of [state.units, state.jobs, state.processes]) {
    for (const value of map.values()) freezeDeep(value);
    Object.assign(map, { set: refuse, delete: refuse, clear: refuse });
  }
  Object.freeze(state);
}

function refuse(): never {
  throw new Error('step() changes the state it was given');
}

function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeDeep(part);
}
