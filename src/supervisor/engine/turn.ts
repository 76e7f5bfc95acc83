/**
 * One step in progress: a mutable view of the state, written back as a new state at the end. The step never changes the
 * state it began with.
 */
import type { ActiveState } from '../../model/ports.ts';
import type { Effect, EngineInput } from './protocol.ts';
import type { DependencyMeaning, Relations } from './relations.ts';
import { RunQueue } from './run-queue.ts';
import {
  activeStateOf,
  type EngineState,
  type Job,
  type JobId,
  type Process,
  type ProcessId,
  type RulesVersion,
  type UnitRuntime,
} from './state.ts';
import type { Dependencies, UnitConfig } from './unit-config.ts';

/** The result of a request to start a unit; the errors that unit_start() returns, in words. */
export type StartOutcome =
  'begun' | 'already' | 'again' | 'condition-unmet' | 'assert-failed' | 'dependency' | 'failed';
/** The result of a request to stop a unit. */
export type StopOutcome = 'begun' | 'already' | 'again';

/** What a type of unit does when one of its jobs runs. */
export interface Driver {
  start(turn: Turn, unit: string): StartOutcome;
  stop(turn: Turn, unit: string): StopOutcome;
  /** A job of the unit ended without another one taking its place. */
  jobEnded?(turn: Turn, unit: string): void;
}
export type Drivers = Readonly<Record<UnitConfig['type'], Driver>>;

export class Turn {
  readonly effects: Effect[] = [];
  /** Jobs to be run before the step ends. */
  readonly runQueue = new RunQueue();
  /** Units to check before the step ends: whether one has lost a unit it is bound to, or is upheld. */
  readonly boundQueue = new Set<string>();
  readonly upheldQueue = new Set<string>();
  /** How often in this step each unit has started others by OnFailure= or OnSuccess=. */
  readonly reactions = new Map<string, number>();
  readonly rules: RulesVersion;
  readonly now: number;
  #relations: Relations;
  readonly #units: Map<string, UnitRuntime>;
  readonly #jobs: Map<JobId, Job>;
  readonly #processes: Map<ProcessId, Process>;
  #nextJob: number;
  #nextProcess: number;

  constructor(
    state: EngineState,
    readonly surroundings: EngineInput,
    readonly drivers: Drivers,
  ) {
    this.rules = state.rules;
    this.now = surroundings.now;
    this.#relations = state.relations;
    this.#units = new Map(state.units);
    this.#jobs = new Map(state.jobs);
    this.#processes = new Map(state.processes);
    this.#nextJob = state.nextJob;
    this.#nextProcess = state.nextProcess;
  }

  finish(): EngineState {
    return {
      rules: this.rules,
      relations: this.#relations,
      units: this.#units,
      jobs: this.#jobs,
      processes: this.#processes,
      nextJob: this.#nextJob,
      nextProcess: this.#nextProcess,
    };
  }

  // Units

  /** A name that is not loaded is a unit that is not found, as in systemd. */
  unit(name: string): UnitRuntime {
    return this.#units.get(name) ?? freshUnit(unknownUnit(name));
  }

  units(): readonly UnitRuntime[] {
    return [...this.#units.values()];
  }

  change(name: string, patch: Partial<Omit<UnitRuntime, 'config'>>): void {
    this.#units.set(name, { ...this.unit(name), ...patch });
  }

  activeState(name: string): ActiveState {
    return activeStateOf[this.unit(name).state];
  }

  relatedUnits(unit: string, meaning: DependencyMeaning): readonly string[] {
    return this.#relations.of(unit, meaning);
  }

  configure(relations: Relations, units: readonly UnitRuntime[]): void {
    this.#relations = relations;
    this.#units.clear();
    for (const unit of units) this.#units.set(unit.config.name, unit);
  }

  // Jobs

  job(id: JobId): Job | undefined {
    return this.#jobs.get(id);
  }

  jobOf(unit: string): Job | undefined {
    const id = this.unit(unit).job;
    return id === undefined ? undefined : this.#jobs.get(id);
  }

  newJob(job: Omit<Job, 'id' | 'since'>): Job {
    const newJob = { ...job, id: this.#nextJob++, since: this.now };
    this.#jobs.set(newJob.id, newJob);
    this.change(newJob.unit, { job: newJob.id });
    return newJob;
  }

  changeJob(id: JobId, patch: Partial<Pick<Job, 'type' | 'state' | 'cause'>>): void {
    const job = this.#jobs.get(id);
    if (job !== undefined) this.#jobs.set(id, { ...job, ...patch });
  }

  removeJob({ id, unit }: Job): void {
    this.#jobs.delete(id);
    this.runQueue.delete(id);
    this.change(unit, { job: undefined });
  }

  // Processes

  process(id: ProcessId): Process | undefined {
    return this.#processes.get(id);
  }

  /** Processes of the unit, in the order of their creation: those that live, and those whose group has live members. */
  processesOf(unit: string): readonly Process[] {
    return [...this.#processes.values()].filter((process) => process.unit === unit);
  }

  newProcess(process: Omit<Process, 'id' | 'alive'>): ProcessId {
    const id = this.#nextProcess++;
    this.#processes.set(id, { ...process, id, alive: true });
    return id;
  }

  /** The process itself has ended; it stays known while other processes of its group live. */
  endProcess(id: ProcessId, survivors: boolean): void {
    const process = this.#processes.get(id);
    if (process === undefined) return;
    if (survivors) this.#processes.set(id, { ...process, alive: false });
    else this.#processes.delete(id);
  }
}

/** A unit in its initial state. */
export function freshUnit(config: UnitConfig): UnitRuntime {
  return {
    config,
    state: 'dead',
    result: 'success',
    job: undefined,
    restarts: 0,
    flushRestarts: false,
    forbidRestart: false,
    startWindow: { begin: undefined, count: 0 },
    autoWindow: { begin: undefined, count: 0 },
    deadline: undefined,
    main: undefined,
    control: undefined,
    mainExit: undefined,
    mainExitLate: 0,
    since: undefined,
    conditionUnmet: false,
  };
}

const noDependencies: Dependencies = {
  Requires: [],
  Requisite: [],
  Wants: [],
  BindsTo: [],
  PartOf: [],
  Upholds: [],
  Conflicts: [],
  Before: [],
  After: [],
  OnFailure: [],
  OnSuccess: [],
  PropagatesStopTo: [],
};

function unknownUnit(name: string): UnitConfig {
  return {
    type: 'target',
    name,
    loadState: 'not-found',
    description: name,
    dependencies: noDependencies,
    startLimit: { interval: 0, burst: 0 },
    hash: '',
  };
}
