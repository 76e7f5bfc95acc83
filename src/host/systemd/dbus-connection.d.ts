/**
 * The connection layer of dbus-next, which its own types leave out. dockunit uses it instead of the package's
 * MessageBus because that one rejects unhandled when Hello fails, never settles calls whose connection is lost, and
 * loads an XML parser (14 ms of a cold start) for proxies that nothing here uses.
 */
declare module 'dbus-next/lib/connection.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface IncomingMessage {
    readonly type: number;
    readonly serial: number | null;
    readonly path?: string;
    readonly interface?: string;
    readonly member?: string;
    readonly errorName?: string;
    readonly replySerial?: number;
    readonly body: readonly unknown[];
  }

  export interface OutgoingMessage {
    type: number;
    serial: number;
    destination: string;
    path: string;
    interface: string;
    member: string;
    signature: string;
    body: unknown[];
  }

  export interface Connection extends EventEmitter {
    readonly stream: Socket;
    /** Throws on a body that does not fit its signature and on a closed stream. */
    message(message: OutgoingMessage): void;
    on(event: 'connect' | 'end', listener: () => void): this;
    on(event: 'error', listener: (error: unknown) => void): this;
    on(event: 'message', listener: (message: IncomingMessage) => void): this;
  }

  export default function createConnection(options: {
    busAddress: string;
    authMethods: readonly string[];
  }): Connection;
}
