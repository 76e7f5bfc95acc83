/**
 * One client of the supervisor: takes its requests as they arrive and sends replies as they finish. Limits bound what a
 * client may cost, so that a client can harm only itself.
 */
import type { Socket } from 'node:net';
import { HostError } from '../../model/ports.ts';
import { UsageError, messageOf } from '../../model/diagnostic.ts';
import type { SupervisorApi } from './supervisor-api.ts';
import { answers } from './answers.ts';
import { LineSplitter } from './lines.ts';
import type { Line, LineFault } from './lines.ts';
import { protocolVersion, readRequest, writeLine } from './protocol.ts';
import type { ErrorReply, Limits, Message, Request } from './protocol.ts';
import type { Taker, Turns } from './turns.ts';

/** The reason of a request that its client, or the end of the connection, canceled. */
const cancellation = Symbol('canceled');

export class Session implements Taker {
  readonly #socket: Socket;
  readonly #supervisor: SupervisorApi;
  readonly #limits: Limits;
  readonly #report: (fault: unknown) => void;
  readonly #splitter: LineSplitter;
  /** Received bytes not processed yet; the session reads on from the client once there are none. */
  readonly #lines: Line[] = [];
  /** Answers wait for the client to read them. */
  #isClogged = false;
  /** The unanswered requests by id. */
  readonly #pending = new Map<number, AbortController>();
  #faults = 0;
  /** The client has closed its side. */
  #hasEnded = false;

  /**
   * @param turns of all sessions of the server
   * @param report receives internal errors of dockunit
   */
  constructor(
    socket: Socket,
    supervisor: SupervisorApi,
    release: string,
    limits: Limits,
    turns: Turns,
    report: (fault: unknown) => void,
  ) {
    this.#socket = socket;
    this.#supervisor = supervisor;
    this.#limits = limits;
    this.#report = report;
    this.#splitter = new LineSplitter(limits.request);
    socket.on('data', (bytes) => {
      this.#lines.push(...this.#splitter.push(bytes));
      if (this.#lines.length === 0) return;
      socket.pause();
      turns.join(this);
    });
    // A client that reads more slowly than it sends: read on only after it has read its answers.
    socket.on('drain', () => {
      this.#isClogged = false;
      this.#readOn();
    });
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#endWhenDone();
    });
    socket.setTimeout(limits.patience, () => {
      if (socket.writableLength > 0) socket.destroy();
    });
    // Errors of the connection are the client's own affair; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const request of this.#pending.values()) request.abort(cancellation);
    });
    this.#send({ dockunit: protocolVersion, release });
  }

  /** The client asked nothing, or has all its answers. */
  get idle(): boolean {
    return this.#pending.size + this.#lines.length === 0;
  }

  get next(): number | undefined {
    const [line] = this.#lines;
    return line && ('text' in line ? line.text.length : 0);
  }

  take(): Promise<void> | undefined {
    const line = this.#lines.shift();
    const answer = line && this.#hear(line);
    this.#readOn();
    return answer;
  }

  #readOn(): void {
    if (this.#lines.length === 0 && !this.#isClogged) this.#socket.resume();
  }

  /** Reports the reason if the client can still receive it, then closes the connection. */
  drop(error?: ErrorReply): void {
    if (error !== undefined) this.#send({ id: null, error });
    this.#socket.removeAllListeners('data');
    // Data already sent is still delivered, unless the client does not read it.
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Resolves once the request is answered; undefined for a request that waits for jobs, and for no request. */
  #hear(line: Line): Promise<void> | undefined {
    if (this.#socket.destroyed || this.#socket.writableEnded) return undefined;
    if ('fault' in line) {
      this.#refuse(null, lineFaults[line.fault](this.#limits));
      // The start of the next line is no longer known.
      if (line.fault === 'too-long') this.drop();
      return undefined;
    }
    const read = readRequest(line.text);
    if (!('fault' in read)) return this.#take(read.request);
    this.#refuse(read.id, `Invalid request: ${read.fault}`);
    return undefined;
  }

  #take(request: Request): Promise<void> | undefined {
    const { id } = request;
    if (request.method === 'cancel') {
      this.#pending.get(request.request)?.abort(cancellation);
      this.#send({ id, result: null });
    } else if (this.#pending.has(id)) {
      this.#refuse(id, `Request ${String(id)} is not answered yet`);
    } else if (this.#pending.size >= this.#limits.pending) {
      this.#refuse(id, `${String(this.#limits.pending)} requests are not answered yet`);
    } else {
      const answer = this.#answer(request);
      return request.method === 'run' ? undefined : answer;
    }
    return undefined;
  }

  async #answer(request: Exclude<Request, { method: 'cancel' }>): Promise<void> {
    const { id } = request;
    const abort = new AbortController();
    this.#pending.set(id, abort);
    try {
      const onEvent = (event: Extract<Message, { event: unknown }>['event']): void => {
        // No client waits for events after the answer.
        if (this.#pending.get(id) === abort) this.#send({ id, event });
      };
      const result = await answers(this.#supervisor, request, { onEvent, signal: abort.signal });
      this.#pending.delete(id);
      this.#send({ id, result });
    } catch (error) {
      this.#pending.delete(id);
      this.#send({ id, error: this.#errorReply(error, abort.signal.aborted) });
    }
    this.#endWhenDone();
  }

  #errorReply(error: unknown, isCanceled: boolean): ErrorReply {
    if (error instanceof HostError || error instanceof UsageError) {
      const kind = error instanceof HostError ? 'host' : 'usage';
      return { kind, message: error.message, remedy: error.remedy };
    }
    // Any later failure comes from the client having lost interest.
    if (isCanceled) return { kind: 'canceled', message: 'The request was canceled', remedy: '' };
    this.#report(error);
    return {
      kind: 'fault',
      message: messageOf(error),
      remedy: 'Look at what the supervisor wrote, and report it',
    };
  }

  /** Answers a line that is not a request; one too many ends the connection. */
  #refuse(id: number | null, message: string): void {
    this.#send({ id, error: { kind: 'request', message, remedy: 'Use dockunit of the same version' } });
    this.#faults += 1;
    if (this.#faults >= this.#limits.faults) this.drop();
  }

  #send(message: Message): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    if (socket.writableLength > this.#limits.outgoing) {
      socket.destroy();
      return;
    }
    // Sends everything from one turn of the engine in one write.
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => {
        socket.uncork();
      });
    }
    if (socket.write(writeLine(message))) return;
    this.#isClogged = true;
    socket.pause();
  }

  #endWhenDone(): void {
    if (this.#hasEnded && this.idle) this.#socket.end();
  }
}

const lineFaults = {
  'too-long': ({ request }) => `A request is longer than ${String(request)} bytes`,
  'not-utf-8': () => 'A request is not UTF-8',
} as const satisfies Record<LineFault, (limits: Limits) => string>;
