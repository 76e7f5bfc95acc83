/**
 * The processes that the unit engine knows by number: child processes, commands executed here, and containers. Reports
 * each when it is executed, when it ends, and when its group is empty.
 */
import { messageOf } from '../../model/diagnostic.ts';
import { DockerApiError, type ProcessGroup, type SpawnRequest } from '../../model/supervisor-ports.ts';
import type { Effect, Event } from '../engine/protocol.ts';
import type { Exit, ProcessId } from '../engine/state.ts';
import type { ExecCommand, Signal } from '../engine/unit-config.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import type { ContainerHandle, ContainerRuns, RunIdentity } from './container-runs.ts';
import type { ContainersAhead } from './containers-ahead.ts';
import type { DockerWatch } from './docker-watch.ts';
import { executionOf, wordsOf } from './exec-environment.ts';
import type { NativeCommand } from './native-command.ts';
import { nativeCommand, startedContainer } from './native-commands.ts';
import type { SupervisorPorts } from './ports.ts';

type Spawn = Extract<Effect, { kind: 'spawn' }>;

/** A numbered process. */
interface NumberedProcess {
  readonly unit: string;
  signal(signal: Signal, to: 'process' | 'group'): void;
  /** No unit waits for it any more. */
  forget(): void;
  /** For $MAINPID. */
  readonly pid: number | undefined;
  readonly container?: ContainerHandle;
  readonly group?: ProcessGroup;
}

/** Keeps track of live process groups, for the next supervisor. */
export interface GroupRecorder {
  /** A process with this mark is about to be created. */
  groupBegins(mark: string): void;
  groupBegan(unit: string, group: ProcessGroup): void;
  groupEnded(group: ProcessGroup): void;
}

/** systemd.exec(5): the command could not be executed; and the exit code of a docker client that fails. */
const exitCodes = { exec: 203, resources: 202, client: 1 } as const;

export class UnitProcesses {
  readonly #ports: SupervisorPorts;
  readonly #runs: ContainerRuns;
  readonly #watch: DockerWatch;
  readonly #ahead: ContainersAhead;
  readonly #tell: (event: Event) => void;
  readonly #groups: GroupRecorder;
  readonly #running = new Map<ProcessId, NumberedProcess>();
  /** Waiters for the end of a process, like a command that waits for the main one. */
  readonly #ends = new Map<ProcessId, (() => void)[]>();
  /** By unit: the container created last for it, until a command runs that could have recreated it. */
  readonly #creations = new Map<string, { readonly container: string; readonly id: string }>();
  readonly #notified = new Map<string, { close(): void }>();
  #marks = 0;

  constructor(
    ports: SupervisorPorts,
    containers: {
      readonly runs: ContainerRuns;
      readonly watch: DockerWatch;
      readonly ahead: ContainersAhead;
    },
    tell: (event: Event) => void,
    groups: GroupRecorder,
  ) {
    this.#ports = ports;
    this.#runs = containers.runs;
    this.#watch = containers.watch;
    this.#ahead = containers.ahead;
    this.#tell = tell;
    this.#groups = groups;
  }

  /** Runs the command of the effect. Never fails: a command that cannot run ends with the exit code for that. */
  spawn(effect: Spawn, unit: LoadedUnit | undefined): void {
    const command = commandOf(unit, effect);
    if (unit === undefined || command === undefined) {
      this.#refuse(effect, exitCodes.exec, 'the unit file that had this command is gone');
      return;
    }
    const notifySocket = isNotified(unit, effect) ? this.#openNotify(effect.unit) : undefined;
    const commandLine = wordsOf(this.#ports, unit, command, {
      mainPid: effect.main === undefined ? undefined : this.#running.get(effect.main)?.pid,
      outcome: effect.outcome,
      notifySocket,
    });
    if ('missing' in commandLine) {
      this.#refuse(effect, exitCodes.resources, `cannot read the environment file ${commandLine.missing}`);
      return;
    }
    const { words, argv0, environment } = commandLine;
    const container = effect.phase === 'start' ? startedContainer(words) : undefined;
    if (container !== undefined) {
      this.#startContainer(effect, container);
      return;
    }
    const run = (): void => {
      this.#runChild(effect, {
        argv: words,
        ...(argv0 !== undefined && { argv0 }),
        environment,
        ...executionOf(unit, command),
      });
    };
    const native = nativeCommand(words);
    if (native === undefined) run();
    else this.#runNative(effect, native, environment, run);
  }

  signal({ process, signal, to }: Extract<Effect, { kind: 'signal' }>): void {
    this.#running.get(process)?.signal(signal, to);
  }

  abandon(process: ProcessId): void {
    this.#running.get(process)?.forget();
    this.#end(process);
  }

  /** Gives a running process the number from now on. */
  adopt(process: ProcessId, unit: string, container: string, identity: RunIdentity): void {
    const lastLine = this.#ports.lastLogged(unit, container);
    const handle = this.#runs.adopt(this.#containerRun(process, unit, container), identity, lastLine);
    this.#setContainer(process, unit, handle);
  }

  /** The container that is the process, once it is known to run. */
  containerOf(process: ProcessId): RunIdentity | undefined {
    return this.#running.get(process)?.container?.identity;
  }

  #startContainer({ process, unit }: Spawn, container: string): void {
    const creation = this.#creations.get(unit);
    this.#creations.delete(unit);
    const id = creation?.container === container ? creation.id : undefined;
    const handle = this.#runs.start(this.#containerRun(process, unit, container), this.#watch, id);
    this.#setContainer(process, unit, handle);
    // As the client would be, which is executed before the container runs.
    this.#tell({ kind: 'executed', process });
  }

  #containerRun(process: ProcessId, unit: string, container: string): Parameters<ContainerRuns['adopt']>[0] {
    return {
      unit,
      container,
      reportExit: (exit, late) => {
        this.#reportExit(process, exit, false, late);
      },
      say: (message) => {
        this.#log(unit, 'dockunit', message);
      },
    };
  }

  #setContainer(process: ProcessId, unit: string, handle: ContainerHandle): void {
    this.#running.set(process, {
      unit,
      container: handle,
      signal: (signal) => {
        handle.signal(signal);
      },
      forget: () => {
        handle.forget();
      },
      get pid() {
        return handle.pid || undefined;
      },
    });
  }

  #runChild(effect: Spawn, request: Omit<SpawnRequest, 'mark'>): void {
    const { process, unit } = effect;
    const [program = ''] = request.argv;
    const mark = `${String(Math.round(this.#ports.clock.wall()))}.${String(++this.#marks)}`;
    this.#groups.groupBegins(mark);
    this.#creations.delete(unit);
    const group = this.#ports.processes.spawn(
      { ...request, mark },
      {
        fellShort: (message) => {
          this.#log(unit, 'dockunit', message);
        },
        output: (line) => {
          this.#log(unit, programName(program), line);
        },
        reportExit: (exit, survivors) => {
          this.#reportExit(process, exit, survivors);
        },
        groupGone: () => {
          this.#groupGone(process);
        },
      },
    );
    if ('code' in group) {
      this.#refuse(effect, group.code, group.reason);
      return;
    }
    const isFirst = !this.#running.has(process);
    this.#running.set(process, {
      unit,
      group,
      pid: group.pid,
      signal: (signal, to) => {
        this.#ports.processes.signal(group, signal, to);
      },
      forget: () => undefined,
    });
    this.#groups.groupBegan(unit, group);
    // A command that was to be executed here, and is not, has been reported already.
    if (isFirst) this.#tell({ kind: 'executed', process });
  }

  /** @param runChild called instead where the command cannot be executed here */
  #runNative(
    { process, unit, main, phase }: Spawn,
    command: NativeCommand,
    environment: ReadonlyMap<string, string>,
    runChild: () => void,
  ): void {
    const abort = new AbortController();
    let lastSignal: Signal | undefined;
    this.#running.set(process, {
      unit,
      pid: undefined,
      signal: (signal) => {
        lastSignal = signal;
        abort.abort();
      },
      forget: () => {
        abort.abort();
      },
    });
    this.#tell({ kind: 'executed', process });
    const say = (message: string): void => {
      this.#log(unit, 'dockunit', message);
    };
    command({
      docker: this.#ports.docker,
      watch: this.#watch,
      signal: abort.signal,
      client: { ...this.#ports.client, environment },
      say,
      noteCreated: (container, id) => {
        this.#creations.set(unit, { container, id });
      },
      ahead: phase === 'start-pre' ? this.#ahead.ofStart(unit) : undefined,
      mainGone: this.#endOf(main),
      mainStarted: main === undefined ? undefined : this.#running.get(main)?.container?.whenStarted,
    }).then(
      (code) => {
        if (code !== 'shell') this.#reportExit(process, { kind: 'exited', code }, false);
        // A command that was abandoned meanwhile does not begin.
        else if (this.#running.has(process)) runChild();
      },
      (error: unknown) => {
        if (lastSignal !== undefined) {
          this.#reportExit(process, { kind: 'killed', signal: lastSignal }, false);
          return;
        }
        if (error instanceof DockerApiError && error.status === undefined) this.#watch.doubt();
        say(messageOf(error));
        this.#reportExit(process, { kind: 'exited', code: exitCodes.client }, false);
      },
    );
  }

  /** Resolves when the process has ended; never where there is none to wait for. */
  #endOf(process: ProcessId | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (process === undefined || !this.#running.has(process)) return;
      this.#ends.set(process, [...(this.#ends.get(process) ?? []), resolve]);
    });
  }

  #refuse({ process, unit, phase }: Spawn, code: number, reason: string): void {
    this.#log(unit, 'dockunit', `${phase}: ${reason}`);
    this.#running.set(process, { unit, pid: undefined, signal: () => undefined, forget: () => undefined });
    this.#reportExit(process, { kind: 'exited', code }, false);
  }

  #reportExit(process: ProcessId, exit: Exit, survivors: boolean, late = 0): void {
    const running = this.#running.get(process);
    if (running === undefined) return;
    for (const onEnd of this.#ends.get(process) ?? []) onEnd();
    this.#ends.delete(process);
    if (!survivors) this.#end(process);
    this.#tell({ kind: 'exited', process, exit, survivors, ...(late > 0 && { late }) });
  }

  #groupGone(process: ProcessId): void {
    if (!this.#running.has(process)) return;
    this.#end(process);
    this.#tell({ kind: 'group-gone', process });
  }

  #end(process: ProcessId): void {
    const running = this.#running.get(process);
    if (running === undefined) return;
    this.#running.delete(process);
    for (const onEnd of this.#ends.get(process) ?? []) onEnd();
    this.#ends.delete(process);
    if (running.group !== undefined) this.#groups.groupEnded(running.group);
  }

  /** One socket for each start of the unit: messages from an earlier start are ignored. */
  #openNotify(unit: string): string | undefined {
    this.#notified.get(unit)?.close();
    this.#notified.delete(unit);
    const socket = this.#ports.notify.open(unit, () => {
      this.#tell({ kind: 'ready', unit });
    });
    if (socket === undefined) {
      this.#log(unit, 'dockunit', 'Type=notify needs socat, python3 or perl on this host to be heard');
      return undefined;
    }
    this.#notified.set(unit, socket);
    return socket.path;
  }

  #log(unit: string, identifier: string, message: string): void {
    this.#ports.logs.append(unit, {
      time: this.#ports.clock.wall() * 1000,
      priority: 6,
      identifier,
      message,
    });
  }
}

function commandOf(unit: LoadedUnit | undefined, { phase, index }: Spawn): ExecCommand | undefined {
  return unit?.config.type === 'service' ? unit.config.service.commands[phase][index] : undefined;
}

function isNotified({ config }: LoadedUnit, { phase }: Spawn): boolean {
  return phase === 'start' && config.type === 'service' && config.service.type === 'notify';
}

/** Its name in the log: `sh`. */
function programName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replaceAll(/\s/g, '_');
}
