/**
 * Containers that are the main process of a unit: the loop starts them by Docker's API, watches Docker's events, and
 * reports their exits as the docker client in the foreground would have.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Exit, isContainerUp, killedExitCode } from '../../model/ports.ts';
import {
  DockerApiError,
  type DockerContainer,
  type DockerEvent,
  type DockerApi,
  type LogPort,
} from '../../model/supervisor-ports.ts';
import type { DockerWatch } from './docker-watch.ts';
import type { Clock, SupervisorPorts } from './ports.ts';
import { StartGate } from './start-gate.ts';

/** The exit code of the client when Docker refuses the start; also stands for an unknown exit code. */
const refusedExit = 1;
const unknownExit = 255;
/** How long to wait for Docker to return the last lines of an ended container, in ms. */
const lastLines = 1000;
/** How long to wait for Docker to answer a kill, in ms. */
const killPatience = 5000;
/** How long reading output waits for other containers to start first, in ms. */
const startsFirst = 1000;
/** The pause before reading interrupted output again, in ms. */
const outputPause = 1000;

export interface ContainerRun {
  readonly unit: string;
  readonly container: string;
  /** Called once. @param late ms since it ended */
  reportExit(exit: Exit, late: number): void;
  /** For the unit's log. */
  say(message: string): void;
}

interface CurrentRun extends ContainerRun {
  id: string;
  startedAt: string;
  /** PID of the container's init on the host. */
  pid: number;
  /** Stops following its output, and waiting for its start. */
  readonly over: AbortController;
  readonly whenStarted: Promise<void>;
  tellStarted(): void;
  /** The time of its last output line in the log. */
  lastLine: string | undefined;
  /** Its end was reported before the answer to its start: only the answer says whether it had started. */
  earlyExit: number | undefined;
  isKilled: boolean;
  oom: boolean;
  hasEnded: boolean;
}

/** Identifies a run: the same container, started at the same time, is the same run. */
export interface RunIdentity {
  readonly id: string;
  readonly startedAt: string;
}

export class ContainerRuns {
  readonly #docker: DockerApi;
  readonly #logs: LogPort;
  readonly #clock: Clock;
  readonly #runs = new Set<CurrentRun>();
  readonly #starts = new StartGate();
  readonly #givenUp = new Map<string, string>();

  constructor({ docker, logs, clock }: Pick<SupervisorPorts, 'docker' | 'logs' | 'clock'>) {
    this.#docker = docker;
    this.#logs = logs;
    this.#clock = clock;
  }

  /**
   * Starts the container that an earlier command has created.
   * @param id where it is known
   */
  start(run: ContainerRun, watch: DockerWatch, id = ''): ContainerHandle {
    const running = this.#add(run, { id, startedAt: '' });
    void this.#starts.count(this.#start(running, watch));
    return this.#handle(running);
  }

  /** Takes over a container that runs, or ran when it was last seen. */
  adopt(run: ContainerRun, identity: RunIdentity, lastLine: string | undefined): ContainerHandle {
    const running = this.#add(run, identity);
    running.lastLine = lastLine ?? identity.startedAt;
    void this.#followOutput(running);
    return this.#handle(running);
  }

  /** Containers that may still run, although no unit waits for their end any more: names by id. */
  get givenUp(): ReadonlyMap<string, string> {
    return this.#givenUp;
  }

  /** Forgets those given up that have ended. @param up ids of running containers */
  keepGivenUp(up: ReadonlySet<string>): void {
    for (const id of this.#givenUp.keys()) if (!up.has(id)) this.#givenUp.delete(id);
  }

  event({ id, action, time, attributes }: DockerEvent): void {
    if (action === 'die' || action === 'destroy') this.#givenUp.delete(id);
    for (const run of this.#runs) {
      if (run.id !== id) continue;
      if (run.startedAt !== '' && time < nanoseconds(run.startedAt)) {
        // The event belongs to an earlier run, since streams repeat the past; or the clock was set back.
        if (action === 'die' || action === 'destroy') this.#lookAt(run).catch(() => undefined);
        continue;
      }
      if (action === 'oom') run.oom = true;
      else if (action === 'die' && run.startedAt === '')
        run.earlyExit = exitCodeIn(attributes.get('exitCode'));
      else if (action === 'die') this.#reportEnd(run, exitCodeIn(attributes.get('exitCode')), time);
      else if (action === 'destroy') this.#reportEnd(run, unknownExit);
    }
  }

  /**
   * Checks every run, to find those whose end was missed.
   * @param up ids of containers that are known to run: their runs continue
   */
  async look(up: ReadonlySet<string> = new Set()): Promise<void> {
    await Promise.all(
      [...this.#runs]
        .filter(({ id, startedAt }) => id !== '' && startedAt !== '' && !up.has(id))
        .map((run) => this.#lookAt(run)),
    );
  }

  async #lookAt(run: CurrentRun): Promise<void> {
    const container = await this.#docker.inspect(run.id);
    if (container === undefined) this.#reportEnd(run, unknownExit);
    else if (!isContainerUp(container.status)) this.#reportEnd(run, container.exitCode);
    else if (container.startedAt !== run.startedAt) this.#reportEnd(run, unknownExit);
  }

  #add(run: ContainerRun, identity: RunIdentity): CurrentRun {
    let tellStarted = (): void => undefined;
    const whenStarted = new Promise<void>((resolve) => (tellStarted = resolve));
    const running: CurrentRun = {
      ...run,
      whenStarted,
      tellStarted,
      ...identity,
      pid: 0,
      over: new AbortController(),
      lastLine: undefined,
      earlyExit: undefined,
      isKilled: false,
      oom: false,
      hasEnded: false,
    };
    this.#runs.add(running);
    return running;
  }

  async #start(run: CurrentRun, watch: DockerWatch): Promise<void> {
    try {
      if (run.id === '') {
        const container = await this.#docker.inspect(run.container);
        if (container === undefined) throw new DockerApiError(`No such container: ${run.container}`, 404);
        run.id = container.id;
      }
      await this.#docker.start(run.id);
      this.#reportStart(run, await this.#docker.inspect(run.id));
    } catch (error) {
      if (!(error instanceof DockerApiError)) throw error;
      if (error.status !== undefined) {
        run.say(`cannot start ${run.container}: ${error.message}`);
        this.#reportEnd(run, refusedExit);
        return;
      }
      // Docker went away during the call: once it is back, a look shows whether the container started.
      run.say(`${error.message}: waiting for it`);
      watch.doubt();
      const container = await watch
        .until(run.id || run.container, run.over.signal, (current) => current ?? ('gone' as const))
        .catch(() => undefined);
      if (container === undefined) return;
      if (container === 'gone' || container.status === 'created') this.#reportEnd(run, refusedExit);
      else {
        run.id = container.id;
        this.#reportStart(run, container);
      }
    }
  }

  #reportStart(run: CurrentRun, container: DockerContainer | undefined): void {
    if (run.hasEnded) return;
    run.startedAt = container?.startedAt ?? '';
    run.pid = container?.pid ?? 0;
    run.tellStarted();
    if (run.earlyExit !== undefined) this.#reportEnd(run, run.earlyExit);
    else if (container === undefined) this.#reportEnd(run, unknownExit);
    else if (isContainerUp(container.status)) void this.#followOutputLater(run);
    else this.#reportEnd(run, container.exitCode);
  }

  /**
   * Reports the exit once, after the last lines of output if they arrive soon.
   * @param reportedAt when Docker reported the exit, where it did: ns since the epoch
   */
  #reportEnd(run: CurrentRun, code: number, reportedAt?: bigint): void {
    if (run.hasEnded) return;
    run.hasEnded = true;
    const endTime = this.#clock.now();
    // The stream that follows ends late, and by then the unit may have removed the container.
    run.over.abort();
    const closing = Promise.all([this.#cleanUpTime(run, reportedAt), this.#fetchOutput(run)]);
    const patience = delay(lastLines, undefined, { ref: false });
    void Promise.race([closing, patience]).then((result) => {
      this.#runs.delete(run);
      if (run.oom) run.say('out of memory: the kernel killed a process of the container');
      // The client in the foreground would have died of the signal itself, and not reported the container's exit.
      const exit: Exit =
        run.isKilled && code === killedExitCode
          ? { kind: 'killed', signal: 'SIGKILL' }
          : { kind: 'exited', code };
      run.reportExit(exit, this.#clock.now() - endTime + (result?.[0] ?? 0));
    });
  }

  /**
   * ms from the end of the process until Docker reported it: Docker first cleans up after the container, which takes
   * half as long as the delay of Docker's own restart policy.
   */
  async #cleanUpTime(run: CurrentRun, reportedAt: bigint | undefined): Promise<number> {
    if (reportedAt === undefined) return 0;
    const container = await this.#docker.inspect(run.id).catch(() => undefined);
    if (container?.startedAt !== run.startedAt) return 0;
    const end = nanoseconds(container.finishedAt);
    // Outside the run: the time belongs to another run or is unset, or the clock was set meanwhile.
    if (end < nanoseconds(run.startedAt) || end > reportedAt) return 0;
    return Number(reportedAt - end) / 1e6;
  }

  #handle(run: CurrentRun): ContainerHandle {
    return {
      signal: (signal) => void this.#signal(run, signal),
      forget: () => {
        if (!run.hasEnded) this.#noteGivenUp(run);
        run.hasEnded = true;
        this.#runs.delete(run);
        run.over.abort();
      },
      whenStarted: run.whenStarted,
      get pid() {
        return run.pid;
      },
      get identity() {
        return run.startedAt === '' ? undefined : { id: run.id, startedAt: run.startedAt };
      },
    };
  }

  /**
   * A client in the foreground ends as soon as Docker does, and SIGKILL always ends it. So the loop gives up a
   * container that it cannot signal, and the search for leftover containers ends it later.
   */
  async #signal(run: CurrentRun, signal: NodeJS.Signals): Promise<void> {
    const isKill = signal === 'SIGKILL';
    if (isKill) run.isKilled = true;
    const patience = isKill ? AbortSignal.timeout(killPatience) : run.over.signal;
    try {
      await this.#docker.kill(run.id || run.container, signal, patience);
    } catch (error) {
      if (run.hasEnded) return;
      if (!(error instanceof DockerApiError)) throw error;
      // It no longer runs, and its exit is being reported.
      if (error.status === 409) return;
      run.say(`cannot send ${signal} to ${run.container}: ${error.message}`);
      if (!isKill && error.status !== undefined) return;
      run.say(`${run.container} may still run: it is removed when Docker answers again`);
      this.#noteGivenUp(run);
      this.#reportEnd(run, isKill ? killedExitCode : refusedExit);
    }
  }

  #noteGivenUp({ id, container }: CurrentRun): void {
    if (id !== '') this.#givenUp.set(id, container);
  }

  /** Docker keeps a container's output, and units that wait for a start do not wait for that output. */
  async #followOutputLater(run: CurrentRun): Promise<void> {
    await this.#starts.untilNone(startsFirst, run.over.signal);
    await this.#followOutput(run);
  }

  /** Copies the output to the unit's log while the container runs, across restarts of Docker. */
  async #followOutput(run: CurrentRun): Promise<void> {
    const { signal } = run.over;
    while (!signal.aborted) {
      try {
        await this.#carryOutput(run, { follow: true, signal });
      } catch (error) {
        if (!(error instanceof DockerApiError) || signal.aborted) return;
        if (error.status !== undefined) {
          // 404: the container is gone. Others: its log driver cannot be read, which is the user's choice.
          if (error.status !== 404) run.say(`no output of ${run.container} here: ${error.message}`);
          return;
        }
      }
      await delay(outputPause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Reads output beyond the last line in the log; silent where there is none. */
  async #fetchOutput(run: CurrentRun): Promise<void> {
    if (run.id === '') return;
    await this.#carryOutput(run, { follow: false }).catch(() => undefined);
  }

  async #carryOutput(
    run: CurrentRun,
    how: { readonly follow: boolean; readonly signal?: AbortSignal },
  ): Promise<void> {
    const since = run.lastLine;
    for await (const { time, line } of this.#docker.logs(run.id, { since, ...how })) {
      // The request is precise to the millisecond, so a few lines come again.
      if (time !== '' && since !== undefined && time <= since) continue;
      if (how.signal?.aborted) return;
      if (time !== '') run.lastLine = time;
      this.#logs.append(run.unit, {
        time: time === '' ? Date.now() * 1000 : Number(nanoseconds(time) / 1000n),
        priority: 6,
        identifier: run.container,
        message: line,
      });
      await this.#logs.room(run.unit);
    }
  }
}

export interface ContainerHandle {
  signal(signal: NodeJS.Signals): void;
  /** Stops waiting for it; the container continues to run. */
  forget(): void;
  /** Resolves when it is known to have started, and maybe ended; never where Docker refuses to start it. */
  readonly whenStarted: Promise<void>;
  readonly pid: number;
  readonly identity: RunIdentity | undefined;
}

function exitCodeIn(text: string | undefined): number {
  return text === undefined || !/^\d+$/.test(text) ? unknownExit : Number(text);
}

/** RFC 3339 with a fraction of any length, as nanoseconds since the epoch. Pure. */
function nanoseconds(time: string): bigint {
  const [, second = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return BigInt(Date.parse(`${second}Z`) || 0) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}
