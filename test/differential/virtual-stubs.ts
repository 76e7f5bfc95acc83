/** The stubs that the engine of a virtual run has spawned: what each does next, and when. */
import type { Effect, Event } from '../../src/supervisor/engine/protocol.ts';
import type { Exit, ProcessId } from '../../src/supervisor/engine/state.ts';
import type { Signal } from '../../src/supervisor/engine/unit-config.ts';
import { type Lateness, latencies } from './latencies.ts';
import type { StubWord } from './stub.ts';

interface Stub {
  readonly id: ProcessId;
  readonly unit: string;
  readonly words: readonly StubWord[];
  next: number;
  readonly ignored: Set<string>;
  /** When it continues, or, once `exit` is set, when its end is known; undefined: never by itself. */
  due: number | undefined;
  exit?: Exit;
  executed: boolean;
  /** The child that `fork` left; the process of the engine has exited. */
  forked: boolean;
}

export class VirtualStubs {
  readonly #late: Lateness;
  readonly #stubs = new Map<ProcessId, Stub>();

  constructor(late: Lateness) {
    this.#late = late;
  }

  /** When the next of them continues; Infinity where none does by itself. */
  get nextDue(): number {
    return Math.min(Infinity, ...[...this.#stubs.values()].map(({ due }) => due ?? Infinity));
  }

  /** What a process that has exited left behind for the unit. */
  forkedBy(unit: string): ProcessId | undefined {
    return [...this.#stubs.values()].find((stub) => stub.forked && stub.unit === unit)?.id;
  }

  spawn(
    { process, unit }: Extract<Effect, { kind: 'spawn' }>,
    words: readonly StubWord[],
    now: number,
  ): void {
    const lateness = this.#late('spawn');
    const stub: Stub = {
      id: process,
      unit,
      words,
      next: 0,
      ignored: new Set(),
      due: now + lateness * latencies.spawn,
      executed: false,
      forked: false,
    };
    this.#stubs.set(process, stub);
    if (lateness === 0) this.#outrun(stub, now);
  }

  signal(process: ProcessId, signal: Signal, now: number): void {
    const stub = this.#stubs.get(process);
    if (stub === undefined || stub.exit !== undefined || signal === 'SIGCONT') return;
    if (signal !== 'SIGKILL' && stub.ignored.has(signal)) return;
    this.#end(stub, { kind: 'killed', signal }, now);
  }

  forget(process: ProcessId): void {
    this.#stubs.delete(process);
  }

  /** The next step of the first that is due; what the engine learns of it, where it learns. */
  goOn(now: number): Event | undefined {
    const stub = [...this.#stubs.values()].find(({ due }) => due !== undefined && due <= now);
    if (stub === undefined) return undefined;
    const { id: process, exit } = stub;
    if (exit !== undefined) {
      this.#stubs.delete(process);
      return stub.forked
        ? { kind: 'group-gone', process }
        : { kind: 'exited', process, exit, survivors: false };
    }
    if (!stub.executed) {
      stub.executed = true;
      return { kind: 'executed', process };
    }
    return this.#sayNext(stub, now);
  }

  #sayNext(stub: Stub, now: number): Event | undefined {
    const word = stub.words[stub.next++];
    switch (word?.do) {
      case undefined:
        this.#end(stub, { kind: 'exited', code: 0 }, now);
        return undefined;
      case 'exit':
        this.#end(stub, { kind: 'exited', code: word.code }, now);
        return undefined;
      case 'kill':
        if (stub.ignored.has(word.signal)) stub.due = undefined;
        else this.#end(stub, { kind: 'killed', signal: word.signal }, now);
        return undefined;
      case 'trap':
        stub.ignored.add(word.signal);
        return undefined;
      case 'sleep':
        stub.due = now + word.ms;
        return undefined;
      case 'hang':
        stub.due = undefined;
        return undefined;
      case 'ready':
        return { kind: 'ready', unit: stub.unit };
      case 'fork':
        stub.forked = true;
        return { kind: 'exited', process: stub.id, exit: { kind: 'exited', code: 0 }, survivors: true };
    }
  }

  /**
   * What is to stop for having started, being bound to what is not there, is sent its signal only once
   * systemd has run all other jobs that are due. A process that is not late at all has by then done what
   * takes no time; one that is late has not, and is not even executed.
   */
  #outrun(stub: Stub, now: number): void {
    while (stub.exit === undefined && takesNoTime(stub)) this.#sayNext(stub, now);
  }

  #end(stub: Stub, exit: Exit, now: number): void {
    stub.exit = exit;
    stub.due = now + this.#late('notice') * latencies.notice;
  }
}

/** Whether what it does next continues at once, and systemd is not told of it while the process lives. */
function takesNoTime({ words, next, ignored }: Stub): boolean {
  const word = words[next];
  if (word === undefined) return true;
  return word.do === 'trap' || word.do === 'exit' || (word.do === 'kill' && !ignored.has(word.signal));
}
