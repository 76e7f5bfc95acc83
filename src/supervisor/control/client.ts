/** A client's end of the control socket. */
import { userOption } from '../../model/user-option.ts';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { UsageError, messageOf } from '../../model/diagnostic.ts';
import { isCode } from '../../host/machine/error-codes.ts';
import { fileError } from '../../host/machine/file-errors.ts';
import { HostError } from '../../model/ports.ts';
import type { JobEvent, Scope } from '../../model/ports.ts';
import { LineSplitter } from './lines.ts';
import { protocolVersion, readMessage, readResult, replyLimit, writeLine } from './protocol.ts';
import type { ErrorReply, Message, Method, Parameters, Request, Results } from './protocol.ts';

export interface CallOptions {
  readonly onEvent?: (event: JobEvent) => void;
  /** Stops waiting once the supervisor has taken the request; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

interface PendingRequest {
  readonly onEvent: (event: JobEvent) => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** ms in which a supervisor must greet; it does so at once unless its machine is stuck. */
const greetingTimeout = 10_000;

export class ControlClient {
  readonly #socket: Socket;
  readonly #scope: Scope;
  readonly #pending = new Map<number, PendingRequest>();
  #greeting: Omit<PendingRequest, 'onEvent'> | undefined;
  #nextId = 1;
  #loss: HostError | undefined;

  private constructor(socket: Socket, scope: Scope) {
    this.#socket = socket;
    this.#scope = scope;
    const splitter = new LineSplitter(replyLimit);
    socket.on('data', (bytes) => {
      try {
        for (const line of splitter.push(bytes)) {
          if ('fault' in line) throw new Error(line.fault);
          this.#hear(readMessage(line.text));
        }
      } catch (error) {
        this.#lose(
          new HostError(`Unexpected reply from the supervisor: ${messageOf(error)}`, restartRemedy, {
            cause: error,
          }),
        );
      }
    });
    socket.on('error', (error) => this.#lose(connectError(error, scope)));
    socket.on('close', () => {
      this.#lose(new HostError('The supervisor ended before it had answered', lookRemedy(scope)));
    });
  }

  /** HostError where no supervisor runs, this user may not use it, or it speaks another protocol. */
  static async connect(path: string, scope: Scope): Promise<ControlClient> {
    const client = new ControlClient(connect(path), scope);
    const timeout = setTimeout(() => {
      client.#lose(new HostError(`The supervisor at ${path} does not answer`, lookRemedy(scope)));
    }, greetingTimeout);
    try {
      await new Promise((resolve, reject) => (client.#greeting = { resolve, reject }));
      return client;
    } finally {
      clearTimeout(timeout);
    }
  }

  /** HostError or UsageError as the supervisor reports them. */
  async call<M extends Exclude<Method, 'cancel'>>(
    method: M,
    parameters: Parameters[M],
    { onEvent = () => undefined, signal }: CallOptions = {},
  ): Promise<Results[M]> {
    signal?.throwIfAborted();
    if (this.#loss !== undefined) throw this.#loss;
    const id = this.#nextId++;
    const cancel = (): void => this.#write({ id: this.#nextId++, method: 'cancel', request: id });
    signal?.addEventListener('abort', cancel);
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { onEvent, resolve, reject });
        this.#write({ id, method, ...parameters } as Request);
      });
      return readResult(method, result);
    } catch (error) {
      throw error === cancellation && signal !== undefined ? signal.reason : error;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #write(request: Request): void {
    this.#socket.write(writeLine(request));
  }

  #hear(message: Message): void {
    if ('dockunit' in message) {
      this.#greet(message);
      return;
    }
    if (message.id === null) {
      this.#lose('error' in message ? errorOf(message.error) : cancellation);
      return;
    }
    const pending = this.#pending.get(message.id);
    if ('event' in message) pending?.onEvent(message.event);
    else if ('error' in message) pending?.reject(errorOf(message.error));
    else pending?.resolve(message.result);
  }

  #greet({ dockunit, release }: { readonly dockunit: number; readonly release: string }): void {
    if (dockunit === protocolVersion) {
      this.#greeting?.resolve(undefined);
      this.#greeting = undefined;
    } else {
      this.#lose(new HostError(`The supervisor is dockunit ${release}, of another version`, restartRemedy));
    }
  }

  /** The connection has ended: no more answers come. */
  #lose(error: unknown): void {
    this.#loss ??=
      error instanceof HostError ? error : new HostError(messageOf(error), lookRemedy(this.#scope));
    this.#socket.destroy();
    this.#greeting?.reject(this.#loss);
    this.#greeting = undefined;
    for (const { reject } of this.#pending.values()) reject(this.#loss);
    this.#pending.clear();
  }
}

/** Stands in for the reason of the signal, which only call() knows. */
const cancellation = Symbol('canceled');

function errorOf({ kind, message, remedy }: ErrorReply): unknown {
  return errors[kind](message, remedy);
}

const errors = {
  host: (message, remedy) => new HostError(message, remedy),
  usage: (message, remedy) => new UsageError(message, remedy),
  canceled: () => cancellation,
  request: (message, remedy) => new HostError(`The supervisor refused the request: ${message}`, remedy),
  fault: (message, remedy) => new HostError(`Internal error of the supervisor: ${message}`, remedy),
} as const satisfies Record<ErrorReply['kind'], (message: string, remedy: string) => unknown>;

function connectError(error: Error, scope: Scope): HostError {
  if (isCode(error, 'ENOENT', 'ECONNREFUSED')) return noSupervisor(scope, error);
  if (isCode(error, 'EACCES', 'EPERM')) {
    return new HostError(
      'Cannot ask the supervisor: permission denied',
      scope === 'system'
        ? 'Run dockunit as root (sudo), or with --user for services of your own'
        : 'Run dockunit --user as the user whose services these are',
      { cause: error },
    );
  }
  return fileError(error, 'ask', 'the supervisor');
}

/** No process listens at the control socket. */
function noSupervisor(scope: Scope, cause?: unknown): HostError {
  const supervise = `dockunit supervise${userOption(scope)}`;
  return new HostError(
    `No supervisor runs ${scope === 'user' ? 'for this user' : 'on this host'}`,
    scope === 'user'
      ? `Start one: ${supervise}`
      : `Start one: ${supervise}, or with every boot: ${supervise} --install`,
    { cause },
  );
}

const restartRemedy = 'Restart the supervisor with this dockunit; containers continue to run meanwhile';

function lookRemedy(scope: Scope): string {
  return `See whether it runs: dockunit status${userOption(scope)} --manager supervisor`;
}
