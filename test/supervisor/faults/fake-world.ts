/**
 * A world for supervisors to die in: containers, processes, files. It continues when a supervisor is cut
 * off from it, as the real one does after kill -9, and it watches that no unit ever runs twice.
 */
import type { Exit } from '../../../src/model/ports.ts';
import {
  type DockerContainer,
  DockerApiError,
  type DockerEvent,
} from '../../../src/model/supervisor-ports.ts';
import { verbOf } from '../../../src/units/scripts.ts';

export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  status: 'created' | 'running' | 'paused' | 'exited';
  startedAt: string;
  finishedAt: string;
  exitCode: number;
  health?: 'starting' | 'healthy' | 'unhealthy';
}

/** What the program of a container does; without, it runs until it is stopped. */
export interface Behaviour {
  /** Ends by itself with this code, soon after its start. */
  readonly exits?: number;
  /** Has a health check that turns good soon after its start. */
  readonly healthy?: true;
}

interface FakeProcess {
  readonly pid: number;
  readonly startTime: string;
  readonly argv: readonly string[];
  readonly mark: string;
  readonly ended: ((exit: Exit) => void)[];
}

const neverRan = { startedAt: '', finishedAt: '0001-01-01T00:00:00Z', exitCode: 0 };

/** How long everything takes here, in ms. */
const instant = 1;

export class FakeWorld {
  readonly containers = new Map<string, FakeContainer>();
  readonly networks = new Set<string>();
  readonly processes = new Map<number, FakeProcess>();
  bootId = 'a-boot';
  records: unknown[] = [];
  history: unknown[] = [];
  /** By how much its clock has been set, in ms; without it, times only go up. */
  clockShift = 0;
  /** What must never be. */
  readonly violations: string[] = [];
  readonly #behaviours: Readonly<Record<string, Behaviour>>;
  readonly #listeners = new Set<(event: DockerEvent) => void>();
  #count = 0;

  constructor(behaviours: Readonly<Record<string, Behaviour>>) {
    this.#behaviours = behaviours;
  }

  /** The same world again, to let something else happen to it. Nothing may be in progress in it. */
  copy(): FakeWorld {
    const copy = new FakeWorld(this.#behaviours);
    for (const [id, container] of this.containers) copy.containers.set(id, { ...container });
    for (const network of this.networks) copy.networks.add(network);
    for (const [pid, each] of this.processes) copy.processes.set(pid, { ...each, ended: [] });
    copy.records = [...this.records];
    copy.history = [...this.history];
    copy.bootId = this.bootId;
    copy.#count = this.#count;
    return copy;
  }

  /** `id startedAt` of a container that is up; undefined where there is none. */
  runOf(name: string): string | undefined {
    const found = this.#find(name);
    return found !== undefined && isUp(found) ? `${found.id} ${found.startedAt}` : undefined;
  }

  /** Nothing runs any more, and the next boot has another id. */
  powerCut(): void {
    this.bootId = 'another-boot';
    this.processes.clear();
    for (const container of this.containers.values())
      if (isUp(container)) Object.assign(container, { status: 'exited', exitCode: 255 });
  }

  // Docker

  listen(listener: (event: DockerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  inspect(idOrName: string): DockerContainer | undefined {
    const found = this.#find(idOrName);
    if (found === undefined) return undefined;
    const { id, name, labels, status, startedAt, finishedAt, exitCode, health } = found;
    const pid = isUp(found) ? 1000 : 0;
    return {
      ...{ id, name, status, startedAt, finishedAt, exitCode, pid, error: '', oomKilled: false, labels },
      ...(health !== undefined && { health }),
    };
  }

  /** @returns its id */
  create(name: string, labels: ReadonlyMap<string, string>): string {
    if (this.#find(name) !== undefined) throw new DockerApiError(`${name} is in use`, 409);
    const id = `c${String(++this.#count)}`;
    this.containers.set(id, { id, name, labels, status: 'created', ...neverRan });
    this.#tell(id, 'create');
    return id;
  }

  start(idOrName: string): void {
    const container = this.#mustFind(idOrName);
    if (isUp(container)) return;
    const unit = container.labels.get('dockunit.unit');
    for (const other of this.containers.values())
      if (unit !== undefined && isUp(other) && other.labels.get('dockunit.unit') === unit)
        this.violations.push(`${unit} runs twice`);
    container.status = 'running';
    container.startedAt = this.#now();
    const { exits, healthy } = this.#behaviours[container.name] ?? {};
    this.#tell(container.id, 'start');
    const run = container.startedAt;
    if (exits !== undefined)
      setTimeout(() => {
        if (container.startedAt === run) this.end(container.id, exits);
      }, instant);
    if (healthy === undefined) return;
    container.health = 'starting';
    setTimeout(() => {
      if (container.startedAt !== run) return;
      container.health = 'healthy';
      this.#tell(container.id, 'health_status: healthy');
    }, instant);
  }

  /** The container's program ends. */
  end(idOrName: string, exitCode: number): void {
    const container = this.#find(idOrName);
    if (container === undefined || !isUp(container)) return;
    container.status = 'exited';
    container.exitCode = exitCode;
    container.finishedAt = this.#now();
    this.#tell(container.id, 'die', exitCode);
  }

  remove(idOrName: string): void {
    const container = this.#mustFind(idOrName);
    this.end(container.id, 137);
    this.containers.delete(container.id);
    this.#tell(container.id, 'destroy');
  }

  #find(idOrName: string): FakeContainer | undefined {
    return (
      this.containers.get(idOrName) ?? [...this.containers.values()].find(({ name }) => name === idOrName)
    );
  }

  #mustFind(idOrName: string): FakeContainer {
    const found = this.#find(idOrName);
    if (found === undefined) throw new DockerApiError(`No such container: ${idOrName}`, 404);
    return found;
  }

  #tell(id: string, action: string, exitCode?: number): void {
    const attributes = new Map([['name', this.#find(id)?.name ?? '']]);
    if (exitCode !== undefined) attributes.set('exitCode', String(exitCode));
    const event = { id, action, time: BigInt(this.#time()) * 1_000_000n, attributes };
    for (const listener of [...this.#listeners]) listener(event);
  }

  #now(): string {
    return new Date(this.#time()).toISOString();
  }

  /** ms since the epoch. */
  #time(): number {
    return 1e12 + ++this.#count + this.clockShift;
  }

  // Processes

  /** A command, which continues whether or not anybody hears of its end. */
  spawn(argv: readonly string[], mark: string, ended: (exit: Exit) => void): FakeProcess {
    const pid = ++this.#count;
    const process: FakeProcess = { pid, startTime: String(pid), argv, mark, ended: [ended] };
    const line = argv.join(' ');
    const lasts = argv[0] === '/bin/daemon';
    if (lasts && [...this.processes.values()].some((other) => other.argv.join(' ') === line))
      this.violations.push(`${line} runs twice`);
    this.processes.set(pid, process);
    if (!lasts)
      setTimeout(() => {
        if (this.processes.has(pid))
          this.#endProcess(process, { kind: 'exited', code: this.#carryOut(argv) });
      }, instant);
    return process;
  }

  signal(pid: number, signal: string): void {
    const process = this.processes.get(pid);
    if (process !== undefined) this.#endProcess(process, { kind: 'killed', signal });
  }

  #endProcess(process: FakeProcess, exit: Exit): void {
    this.processes.delete(process.pid);
    for (const ended of process.ended) ended(exit);
  }

  /** What the commands of units of dockunit do, as far as a fake needs it; gives the exit code. */
  #carryOut(argv: readonly string[]): number {
    const script = verbOf({ ignoreFailure: false, argv });
    if (script === 'create-in-slice') return this.#dockerCreate(argv.slice(argv.indexOf('create') + 1));
    if (script === 'network') this.networks.add(argv[3] ?? '');
    else if (script !== 'pull-missing') this.violations.push(`nobody knows here what ${argv.join(' ')} does`);
    return 0;
  }

  #dockerCreate(words: readonly string[]): number {
    const after = (flag: string): string[] =>
      words.flatMap((word, index) => (word === flag ? [words[index + 1] ?? ''] : []));
    const labels = after('--label').map((label): [string, string] => {
      const at = label.indexOf('=');
      return [label.slice(0, at), label.slice(at + 1)];
    });
    try {
      this.create(after('--name')[0] ?? '', new Map(labels));
      return 0;
    } catch {
      return 1;
    }
  }
}

function isUp({ status }: FakeContainer): boolean {
  return status === 'running' || status === 'paused';
}
