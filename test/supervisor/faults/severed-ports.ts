/** Ports to a fake world that end at a certain effect, as everything ends for a process that is killed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DockerEvent, LogChunk } from '../../../src/model/supervisor-ports.ts';
import { loadUnits } from '../../../src/supervisor/load/load-units.ts';
import type { SupervisorPorts } from '../../../src/supervisor/loop/ports.ts';
import { sourcesOf } from '../load/unit-texts.ts';
import { type UnitLoader, quietPorts } from '../quiet-ports.ts';
import type { FakeWorld } from './fake-world.ts';

/** At which effect the supervisor is killed: before it is carried out, or when it is but no one has heard of it. */
export interface Cut {
  readonly effect: number;
  readonly when: 'before' | 'after';
}

/** Between a supervisor and its world. */
export class Line {
  /** Every effect so far, for people. */
  readonly effects: string[] = [];
  readonly reports: string[] = [];
  readonly #cut: Cut | undefined;
  #severed = false;
  readonly severed: Promise<void>;
  #sever: () => void = () => undefined;

  constructor(cut?: Cut) {
    this.#cut = cut;
    this.severed = new Promise((resolve) => (this.#sever = resolve));
  }

  get isSevered(): boolean {
    return this.#severed;
  }

  /** As kill -9 between two effects. */
  sever(): void {
    this.#severed = true;
    this.#sever();
  }

  /** Carries out an effect, unless this side is dead by then. @returns whether its answer is heard */
  perform(what: string, act: () => void): boolean {
    if (this.#severed) return false;
    this.effects.push(what);
    const isLast = this.effects.length === this.#cut?.effect;
    if (isLast && this.#cut?.when === 'before') this.sever();
    else act();
    if (isLast) this.sever();
    return !this.#severed;
  }

  /** What comes back, unless no one is there to hear it. */
  async answer<T>(ask: () => T): Promise<T> {
    await delay(1);
    return this.#severed ? never() : ask();
  }

  /** An order to Docker, and its answer. */
  async order(what: string, act: () => void): Promise<void> {
    let refused: unknown;
    const heard = this.perform(what, () => {
      try {
        act();
      } catch (error) {
        refused = error;
      }
    });
    if (!heard) return never();
    await this.answer(() => undefined);
    if (refused !== undefined) throw refused as Error;
  }
}

/** Reads unit files, by name, once for all supervisors: they never change. */
export function unitLoader(files: Readonly<Record<string, string>>): UnitLoader {
  const sources = sourcesOf({ files });
  const read = new Map<string, ReturnType<typeof loadUnits>>();
  return (asked, enabled) => {
    const key = JSON.stringify([[...asked].sort(), [...enabled].sort()]);
    const found = read.get(key) ?? loadUnits([...sources.ownNames(), ...asked], sources, enabled);
    read.set(key, found);
    return found;
  };
}

export function severedPorts(world: FakeWorld, load: UnitLoader, line: Line): SupervisorPorts {
  const records = (key: 'records' | 'history'): SupervisorPorts['records'] => ({
    read: () => ({ records: [...world[key]] }),
    append: (added) => {
      const act = (): void => void world[key].push(...added);
      if (key === 'history') {
        if (!line.isSevered) act();
      } else line.perform(`append ${JSON.stringify(added)}`, act);
      return true;
    },
    replace: (all) => {
      line.perform(`replace ${key} ${JSON.stringify(all)}`, () => (world[key] = [...all]));
      return true;
    },
    sync: () => Promise.resolve(),
  });
  return {
    ...quietPorts(load),
    docker: {
      list: (labels) =>
        line.answer(() =>
          [...world.containers.values()]
            .filter((each) => labels.every((label) => hasLabel(each.labels, label)))
            .map(({ id, status, labels: own }) => ({ id, state: status, labels: own })),
        ),
      inspect: (container) => line.answer(() => world.inspect(container)),
      // Nothing but containers is in this world.
      labels: () => line.answer(() => undefined),
      create: async (name, body) => {
        const { Labels } = body as { readonly Labels: Readonly<Record<string, string>> };
        let id = '';
        await line.order(`create ${name}`, () => {
          id = world.create(name, new Map(Object.entries(Labels)));
        });
        return { id, warnings: [] };
      },
      start: (container) =>
        line.order(`start ${container}`, () => {
          world.start(container);
        }),
      stop: (container) =>
        line.order(`stop ${container}`, () => {
          world.end(container, 143);
        }),
      kill: (container) =>
        line.order(`kill ${container}`, () => {
          world.end(container, 137);
        }),
      remove: (container) =>
        line.order(`remove ${container}`, () => {
          world.remove(container);
        }),
      events: (_since, signal) => line.answer(() => eventsOf(world, line, signal)),
      logs: (_container, { follow, signal }) => logsOf(follow, signal),
    },
    processes: {
      spawn: ({ argv, mark }, listener) => {
        let group = { pid: 0, startTime: '' };
        line.perform(`spawn ${argv.slice(0, 1).join(' ')} … ${argv.slice(-1).join(' ')}`, () => {
          group = world.spawn(argv, mark, (exit) => {
            if (!line.isSevered) listener.reportExit(exit, false);
          });
        });
        return { pid: group.pid, startTime: group.startTime };
      },
      signal: ({ pid }, signal) => {
        line.perform(`signal ${signal}`, () => {
          world.signal(pid, signal);
        });
      },
      endLeftovers: (groups, mark) =>
        line.order('end leftovers', () => {
          for (const { pid, startTime } of groups)
            if (world.processes.get(pid)?.startTime === startTime) world.signal(pid, 'SIGTERM');
          for (const process of world.processes.values())
            if (process.mark === mark) world.signal(process.pid, 'SIGTERM');
        }),
    },
    logs: { append: () => undefined, room: () => Promise.resolve(), flush: () => Promise.resolve() },
    records: records('records'),
    history: records('history'),
    bootId: world.bootId,
    environment: new Map([['PATH', '/bin']]),
    report: (message) => line.reports.push(message),
  };
}

function hasLabel(labels: ReadonlyMap<string, string>, wanted: string): boolean {
  const [key = '', value] = wanted.split(/=(.*)/s);
  return value === undefined ? labels.has(key) : labels.get(key) === value;
}

async function* eventsOf(world: FakeWorld, line: Line, signal: AbortSignal): AsyncGenerator<DockerEvent> {
  const events: DockerEvent[] = [];
  let wake: () => void = () => undefined;
  const leave = world.listen((event) => {
    events.push(event);
    wake();
  });
  signal.addEventListener('abort', () => {
    wake();
  });
  try {
    while (!signal.aborted && !line.isSevered) {
      const event = events.shift();
      if (event !== undefined) yield event;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    leave();
  }
}

/** No one says anything here; who follows waits. */
async function* logsOf(follow: boolean, signal?: AbortSignal): AsyncGenerator<LogChunk> {
  if (follow)
    await new Promise<void>((resolve) =>
      signal?.addEventListener('abort', () => {
        resolve();
      }),
    );
  yield* [];
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
