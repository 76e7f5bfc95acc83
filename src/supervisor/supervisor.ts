/**
 * The supervisor: connects the unit engine to processes, containers, files and requests. Its journal outlives it;
 * containers do so anyhow, and the next supervisor finds them.
 */
import { messageOf } from '../model/diagnostic.ts';
import type { JobEvent, JobResult, JobVerb, Scope, UnitLink, UnitState } from '../model/ports.ts';
import { HostError } from '../model/ports.ts';
import type { Effect, Event } from './engine/protocol.ts';
import type { RulesVersion } from './engine/state.ts';
import { type Adoption, type FoundContainer, planAdoption } from './loop/adoption.ts';
import { EventLog } from './loop/event-log.ts';
import { ContainerRuns, type RunIdentity } from './loop/container-runs.ts';
import { ContainersAhead } from './loop/containers-ahead.ts';
import { EngineLoop } from './loop/engine-loop.ts';
import { DockerWatch, type LookReason } from './loop/docker-watch.ts';
import { planEnablement } from './loop/enablement.ts';
import { awaitContainers } from './loop/find-containers.ts';
import { KnownUnits } from './loop/known-units.ts';
import { lookAround } from './loop/look-around.ts';
import { unitAhead } from './loop/make-container.ts';
import type { SupervisorPorts } from './loop/ports.ts';
import { StateJournal } from './loop/state-journal.ts';
import { Requests } from './loop/requests.ts';
import { shareQuestions } from './loop/shared-questions.ts';
import { removeGivenUp, stopEverything } from './loop/stop-everything.ts';
import { ActiveSince, unitStates } from './loop/unit-states.ts';
import { UnitProcesses } from './loop/unit-processes.ts';
import { type Steps, StepQueue, complete } from './steps.ts';
import type { HistoryEntry, SupervisorApi } from './control/supervisor-api.ts';

/** The version of systemd's rules to follow: the newest. */
const rules: RulesVersion = 257;
/** How long processes of an earlier supervisor may take to end by themselves, in ms. */
const leftoverGrace = 5000;
/** Units of a short question: some ms of work. */
const fewUnits = 32;
/** The target that a boot starts. */
const bootTargets: Readonly<Record<Scope, string>> = { system: 'multi-user.target', user: 'default.target' };

export class Supervisor implements SupervisorApi {
  readonly #ports: SupervisorPorts;
  readonly #recorder: StateJournal;
  readonly #chronicle: EventLog;
  readonly #requests: Requests;
  readonly #runs: ContainerRuns;
  readonly #watch: DockerWatch;
  readonly #ahead: ContainersAhead;
  readonly #processes: UnitProcesses;
  readonly #units: KnownUnits;
  readonly #since: ActiveSince;
  /** Units whose start was given up because Docker was away: started when it is back. */
  readonly #deprived = new Set<string>();
  /** Long work of requests. */
  readonly #works: StepQueue;
  #loop: EngineLoop;
  #ready = false;
  #stopping = false;
  /** The container of the next `adopt` effect. */
  #adopting: FoundContainer | undefined;

  readonly #send = (event: Event): void => {
    this.#loop.send(event);
  };

  private constructor(hostPorts: SupervisorPorts) {
    const ports = { ...hostPorts, docker: shareQuestions(hostPorts.docker) };
    this.#ports = ports;
    this.#works = new StepQueue(ports.clock.now);
    this.#recorder = new StateJournal(ports.records, ports.spareRecords, ports.report);
    this.#chronicle = new EventLog(ports);
    this.#units = new KnownUnits(ports.units, ports.report);
    this.#since = new ActiveSince(ports.clock);
    this.#loop = this.#newLoop();
    this.#requests = new Requests(this.#send, (unit) => this.#loop.state.units.has(unit));
    this.#runs = new ContainerRuns(ports);
    this.#watch = new DockerWatch(ports.docker, {
      event: (event) => {
        this.#runs.event(event);
      },
      look: (why) => this.#look(why),
      reachable: (answers) => {
        this.#dockerChanged(answers);
      },
    });
    this.#ahead = new ContainersAhead(ports.docker, (unit) => unitAhead(ports, this.#units.get(unit)));
    const containers = { runs: this.#runs, watch: this.#watch, ahead: this.#ahead };
    this.#processes = new UnitProcesses(ports, containers, this.#send, this.#recorder);
  }

  /**
   * Takes over running units, restores earlier states, and starts units that must run. The caller holds the lock.
   * Resolves when all of that is in progress, not when it has ended.
   * @param signal aborts where `shutdown` follows at once
   */
  static async begin(ports: SupervisorPorts, signal = new AbortController().signal): Promise<Supervisor> {
    const supervisor = new Supervisor(ports);
    await supervisor.#begin(signal);
    return supervisor;
  }

  // Requests

  version(): Promise<number> {
    return Promise.resolve(rules);
  }

  async reload(): Promise<void> {
    await this.#works.take(this.#take());
    this.#units.watchMounts(this.#send);
    await this.#recorder.sync();
  }

  enable(units: readonly string[]): Promise<readonly UnitLink[]> {
    return this.#setEnabled(units, true);
  }

  disable(units: readonly string[]): Promise<readonly UnitLink[]> {
    return this.#setEnabled(units, false);
  }

  async resetFailed(units: readonly string[]): Promise<void> {
    for (const unit of new Set(units))
      if (this.#loop.state.units.has(unit)) this.#loop.send({ kind: 'reset-failed', unit });
    await this.#recorder.sync();
  }

  async run(
    verb: JobVerb,
    units: readonly string[],
    onEvent?: (event: JobEvent) => void,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, JobResult>> {
    // After a reload that was requested before.
    await this.#works.take(this.#learn(units));
    if (this.#stopping && verb !== 'stop')
      throw new HostError('The supervisor is shutting down', 'Start it again first: dockunit supervise');
    for (const unit of units) this.#deprived.delete(unit);
    const results = await this.#requests.run(verb, units, onEvent, signal);
    await this.#recorder.sync();
    if (verb === 'stop') this.#recorder.expectStopKept(units);
    return results;
  }

  async states(units: readonly string[]): Promise<readonly UnitState[]> {
    // A short question does not wait for the long ones of others.
    const isShort = units.length <= fewUnits;
    if (!isShort || !this.#units.isKnown(units)) await this.#works.take(this.#learn(units));
    const states = unitStates(units, {
      runtimes: this.#loop.state.units,
      unitsByName: this.#units.all,
      isStale: this.#units.staleness(),
      enabledUnits: this.#recorder.enabledUnits,
      since: this.#since,
    });
    return isShort ? complete(states) : this.#works.take(states);
  }

  pendingJobs(): ReturnType<SupervisorApi['pendingJobs']> {
    const jobs = [...this.#loop.state.jobs.values()];
    return Promise.resolve(jobs.map(({ unit, type, state }) => ({ unit, verb: type, state })));
  }

  history(unit?: string): Promise<readonly HistoryEntry[]> {
    return Promise.resolve(this.#chronicle.history.of(unit));
  }

  unitNames(): Promise<readonly string[]> {
    return Promise.resolve([...this.#units.all.keys()].sort());
  }

  async shutdown(): Promise<readonly string[]> {
    this.#stopping = true;
    // If the shutdown is interrupted, the next supervisor must not keep down what this one stopped.
    this.#recorder.setBootDue(true);
    await stopEverything(() => this.#loop.state, this.#units.all, this.#requests, this.#ports.report);
    const survivors = await removeGivenUp(this.#runs, this.#ports);
    await this.#ahead.untilCleared();
    // Units that may still run and are not enabled: the journal leaves their stop to the next supervisor.
    if (survivors.length === 0 && this.#watch.answers) this.#recorder.begin('');
    await this.close();
    return survivors;
  }

  /** Releases everything without stopping anything: as if this process were killed, but in order. */
  async close(): Promise<void> {
    this.#stopping = true;
    this.#loop.close();
    this.#watch.close();
    this.#units.close();
    this.#recorder.close();
    this.#chronicle.history.flush();
    await Promise.all([this.#recorder.sync(), this.#ports.logs.flush()]);
  }

  // Begin

  async #begin(signal: AbortSignal): Promise<void> {
    const { memory, damage } = this.#recorder;
    if (damage !== undefined)
      this.#ports.report(`the journal is damaged: ${damage}; what runs is taken over`);
    const isSameBoot = memory.boot === this.#ports.bootId;
    const isBoot = !isSameBoot || memory.bootDue;
    if (isSameBoot)
      await this.#ports.processes.endLeftovers([...memory.groups.values()], memory.spawning, leftoverGrace);
    for (const group of memory.groups.values()) this.#recorder.groupEnded(group);
    await this.#watch.begin(signal);
    const { docker, labels } = this.#ports;
    const containers = await awaitContainers(docker, labels, () => this.#watch.answers);
    // Read without enabled units: noticing a running unit must not pull anything in.
    complete(this.#units.load(new Set()));
    if (isSameBoot) complete(this.#units.know([...memory.units.keys()], new Set()));
    this.#loop = this.#newLoop();
    this.#tellExternals(this.#watch.answers);
    this.#units.watchMounts(this.#send);
    if (!isSameBoot) this.#chronicle.beginBoot();
    const plan = planAdoption(this.#units.all, {
      memory: isSameBoot ? memory : undefined,
      isDamaged: damage !== undefined,
      containers,
    });
    this.#restore(plan);
    for (const words of plan.report) this.#ports.report(words);
    // Docker may have gone or come since its first answer.
    complete(this.#take());
    if (!isSameBoot) this.#recorder.begin(this.#ports.bootId);
    for (const unit of plan.stop) void this.#requests.run('stop', [unit]);
    for (const unit of plan.start) this.#start(unit);
    if (isBoot) {
      complete(this.#learn([bootTargets[this.#ports.scope]]));
      this.#start(bootTargets[this.#ports.scope]);
    }
    this.#ready = true;
    this.#record();
    this.#recorder.setBootDue(false);
    if (this.#watch.answers) await this.#runs.look().catch(() => undefined);
  }

  #restore({ rememberedUnits }: Adoption): void {
    for (const { unit, memory, container } of rememberedUnits) {
      this.#adopting = container;
      this.#loop.send({ kind: 'remembered', unit, memory });
      this.#adopting = undefined;
      if (container === undefined) continue;
      const since = this.#loop.state.units.get(unit)?.since;
      this.#since.adopt(unit, since, Date.parse(container.startedAt));
    }
  }

  // Outside events

  #newLoop(): EngineLoop {
    return new EngineLoop(this.#units.loadedEvent().units, rules, this.#ports.clock, {
      conditions: (unit) => {
        const loadedUnit = this.#units.get(unit);
        return loadedUnit === undefined ? 'met' : this.#ports.units.conditions(loadedUnit);
      },
      effect: (effect) => {
        this.#perform(effect);
      },
      onSettled: () => {
        this.#requests.onSettled();
        // Until all is restored, the journal has the better state.
        if (!this.#ready) return;
        this.#record();
        this.#ahead.onSettled(this.#loop.state, this.#ports.clock.now());
      },
    });
  }

  #record(): void {
    this.#recorder.onSettled(this.#loop.state, (unit) => this.#containerOf(unit));
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'spawn':
        this.#processes.spawn(effect, this.#units.get(effect.unit));
        break;
      case 'signal':
        this.#processes.signal(effect);
        break;
      case 'abandon':
        this.#processes.abandon(effect.process);
        break;
      case 'adopt':
        if (this.#adopting)
          this.#processes.adopt(effect.process, effect.unit, this.#adopting.name, this.#adopting);
        break;
      case 'job-ended':
        if (effect.type === 'start' && effect.result === 'dependency' && !this.#watch.answers)
          this.#deprived.add(effect.unit);
        this.#tell(effect);
        break;
      case 'job-new':
      case 'unit-state':
      case 'occurred':
      case 'answered':
        this.#tell(effect);
    }
  }

  #tell(effect: Effect): void {
    this.#chronicle.hear(effect);
    this.#ahead.hear(effect);
    this.#requests.effect(effect);
  }

  #dockerChanged(answers: boolean): void {
    if (!this.#ready) return;
    this.#ports.report(answers ? 'Docker answers' : 'Docker does not answer: waiting for it');
    this.#tellExternals(answers);
    if (!answers || this.#stopping) return;
    for (const unit of this.#deprived) this.#start(unit);
    this.#deprived.clear();
  }

  #tellExternals(active: boolean): void {
    for (const unit of ['containerd.service', 'docker.socket', 'docker.service'])
      this.#loop.send({ kind: 'external', unit, active });
  }

  async #look(why: LookReason): Promise<void> {
    // A starting supervisor looks for itself.
    if (this.#ready) await lookAround(why, this.#ports, this.#runs, () => this.#loop.state);
  }

  // Units

  *#take(): Steps<void> {
    yield* this.#units.load(this.#recorder.enabledUnits);
    this.#reportLoaded();
  }

  /** The units may name docker.service for the first time. */
  #reportLoaded(): void {
    this.#loop.send(this.#units.loadedEvent());
    this.#tellExternals(this.#watch.answers);
  }

  /** Units that are not dockunit's are read on request. */
  *#learn(units: readonly string[]): Steps<void> {
    if (yield* this.#units.know(units, this.#recorder.enabledUnits)) this.#reportLoaded();
  }

  /** No client waits for it, so the supervisor reports here why it is refused. */
  #start(unit: string): void {
    const onRefusal = (error: unknown): void => {
      this.#ports.report(messageOf(error));
    };
    this.#requests.run('start', [unit]).catch(onRefusal);
  }

  async #setEnabled(units: readonly string[], isEnabled: boolean): Promise<readonly UnitLink[]> {
    await this.#works.take(this.#learn(units));
    const { enabledUnits } = this.#recorder;
    const { changedNames, links } = planEnablement(units, this.#units.all, enabledUnits, isEnabled);
    for (const name of changedNames) this.#recorder.setEnabled(name, isEnabled);
    if (changedNames.length > 0) await this.reload();
    return links;
  }

  #containerOf(unit: string): RunIdentity | undefined {
    const main = this.#loop.state.units.get(unit)?.main;
    return main === undefined ? undefined : this.#processes.containerOf(main);
  }
}
