/**
 * A D-Bus connection as calls and signals: every call settles, with a reply, an error or BusLost,
 * and nothing is thrown outside a promise. Knows nothing of systemd.
 */
import createConnection from 'dbus-next/lib/connection.js';
import type { Connection, IncomingMessage } from 'dbus-next/lib/connection.js';
import { messageOf } from '../../model/diagnostic.ts';

/** An error reply: its D-Bus name, e.g. `org.freedesktop.DBus.Error.AccessDenied`, and its text. */
export class BusError extends Error {
  override readonly name = 'BusError';
  constructor(
    readonly errorName: string,
    message: string,
  ) {
    super(message);
  }
}

/** There is no connection, or it has ended. */
export class BusLost extends Error {
  override readonly name = 'BusLost';
}

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

export interface BusSignal {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

/** D-Bus Specification, Message Types. */
const messageType = { call: 1, reply: 2, error: 3, signal: 4 } as const;

/** The timeout of systemctl for a daemon-reload (DAEMON_RELOAD_TIMEOUT_SEC), the slowest call there is. */
const replyTimeout = 90_000;
/** For calls that are answered at once or not at all. */
export const connectTimeout = 10_000;

/**
 * Calls that may wait for their replies at once. The bus refuses a connection's 129th (max_replies_per_connection of
 * dbus-daemon(1)), and reading the states of a few dozen units takes more.
 */
const mostPending = 64;

interface PendingCall {
  readonly resolve: (body: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class Bus {
  readonly #connection: Connection;
  readonly #pending = new Map<number, PendingCall>();
  /** Calls to send when others have been answered, the oldest first. */
  readonly #waiting: { readonly send: () => void; readonly reject: (error: Error) => void }[] = [];
  readonly #signalListeners = new Set<(signal: BusSignal) => void>();
  readonly #lostListeners = new Set<(error: BusLost) => void>();
  #serial = 0;
  #loss: BusLost | undefined;

  private constructor(connection: Connection) {
    this.#connection = connection;
    connection.on('message', (message) => this.#receive(message));
    connection.on('error', (error) => this.#lose(messageOf(error)));
    connection.on('end', () => this.#lose('the other side closed the connection'));
  }

  /**
   * Connects and authenticates as this process's user.
   * @param address a D-Bus address: `unix:path=/run/dbus/system_bus_socket`
   * @throws BusLost where no process listens, the listener refuses this user, or the address is invalid
   */
  static async open(address: string): Promise<Bus> {
    let connection: Connection;
    try {
      // EXTERNAL alone: other methods of dbus-next throw in a socket callback when they are refused.
      connection = createConnection({ busAddress: address, authMethods: ['EXTERNAL'] });
    } catch (cause) {
      throw new BusLost(`${address}: ${messageOf(cause)}`, { cause });
    }
    const bus = new Bus(connection);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => bus.#lose('no answer to the connection'), connectTimeout);
      bus.onLost((error) => {
        clearTimeout(timer);
        reject(error);
      });
      connection.on('connect', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    return bus;
  }

  /** Sends a method call and resolves with the body of its reply. Rejects with BusError or BusLost. */
  call(call: BusCall, timeout = replyTimeout): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (this.#loss) {
        reject(this.#loss);
        return;
      }
      const send = (): void => this.#send(call, timeout, resolve, reject);
      if (this.#pending.size < mostPending) send();
      else this.#waiting.push({ send, reject });
    });
  }

  /** Receives every signal of the connection; returns the function that ends it. */
  onSignal(listener: (signal: BusSignal) => void): () => void {
    this.#signalListeners.add(listener);
    return () => void this.#signalListeners.delete(listener);
  }

  /** Called once, when the connection is lost or closed. */
  onLost(listener: (error: BusLost) => void): void {
    this.#lostListeners.add(listener);
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** Ends the connection; calls still pending reject with BusLost, and nothing keeps the process alive. */
  close(): void {
    this.#lose('closed');
  }

  #send(
    call: BusCall,
    timeout: number,
    resolve: PendingCall['resolve'],
    reject: PendingCall['reject'],
  ): void {
    const serial = ++this.#serial;
    const timer = setTimeout(() => {
      this.#settle(serial)?.reject(
        new BusError(
          'org.freedesktop.DBus.Error.Timeout',
          `no answer to ${call.member} in ${timeout / 1000} s`,
        ),
      );
    }, timeout);
    this.#pending.set(serial, { resolve, reject, timer });
    try {
      this.#connection.message({
        ...call,
        type: messageType.call,
        serial,
        signature: call.signature ?? '',
        body: [...(call.body ?? [])],
      });
    } catch (error) {
      this.#settle(serial)?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Removes the call from the pending ones, which makes room for a waiting one. */
  #settle(serial: number): PendingCall | undefined {
    const pending = this.#pending.get(serial);
    if (pending === undefined) return undefined;
    this.#pending.delete(serial);
    clearTimeout(pending.timer);
    this.#waiting.shift()?.send();
    return pending;
  }

  #receive(message: IncomingMessage): void {
    if (message.type === messageType.signal) {
      const { path = '', interface: from = '', member = '', body } = message;
      for (const listener of this.#signalListeners) listener({ path, interface: from, member, body });
      return;
    }
    const pending = this.#settle(message.replySerial ?? 0);
    if (!pending) return;
    if (message.type === messageType.error) {
      pending.reject(new BusError(message.errorName ?? '', String(message.body[0] ?? message.errorName)));
    } else pending.resolve(message.body);
  }

  #lose(reason: string): void {
    if (this.#loss) return;
    this.#loss = new BusLost(reason);
    this.#connection.stream.destroy();
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(this.#loss);
    }
    this.#pending.clear();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#loss);
    for (const listener of this.#lostListeners) listener(this.#loss);
  }
}
