/** The supervisor's end of the control socket. */
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { HostError } from '../../model/ports.ts';
import type { SupervisorApi } from './supervisor-api.ts';
import { defaultLimits } from './protocol.ts';
import type { Limits } from './protocol.ts';
import { Session } from './session.ts';
import { Turns } from './turns.ts';
import { prepareSocketPath } from './socket-path.ts';

export interface ServerOptions {
  /** The version of dockunit. */
  readonly release: string;
  readonly limits?: Partial<Limits>;
  /** Receives internal errors of dockunit. */
  readonly report: (fault: unknown) => void;
}

export class ControlServer {
  readonly #server: Server;
  /** The clients that have been silent longest come first. */
  readonly #sessions = new Map<Socket, Session>();
  readonly #turns = new Turns(() => performance.now());

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Listens at the path, for the user this process runs as and root alone. The caller holds the supervisor's lock, so
   * the server removes a socket at the path on which no process listens.
   * @throws HostError where a process already listens there, or listening fails
   */
  static async listen(
    supervisor: SupervisorApi,
    path: string,
    options: ServerOptions,
  ): Promise<ControlServer> {
    await prepareSocketPath(path);
    const limits = { ...defaultLimits, ...options.limits };
    // Half-open: a client that sends a request and closes its end, as socat(1) does, still gets its answer.
    const server = createServer({ allowHalfOpen: true });
    const control = new ControlServer(server);
    server.on('connection', (socket) => {
      control.#admit(socket, supervisor, limits, options);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        reject(
          new HostError(
            `Cannot listen at ${path}: ${error.message}`,
            'See that the directory can be written',
            {
              cause: error,
            },
          ),
        );
      });
      server.listen(path, resolve);
      // Bound, and no client connected yet: check that the directory is still closed to other users.
      try {
        chmodSync(path, 0o600);
      } catch {
        // Not bound: the `error` event says why.
      }
    });
    server.on('error', options.report);
    return control;
  }

  /** Closes all connections and removes the socket. Requested jobs continue. */
  async close(): Promise<void> {
    const end = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sessions.keys()) socket.destroy();
    await end;
  }

  #admit(
    socket: Socket,
    supervisor: SupervisorApi,
    limits: Limits,
    { release, report }: ServerOptions,
  ): void {
    const session = new Session(socket, supervisor, release, limits, this.#turns, report);
    if (this.#sessions.size >= limits.clients && !this.#makeRoom()) {
      session.drop({
        kind: 'host',
        message: `${String(limits.clients)} others ask the supervisor at this moment`,
        remedy: 'Try again when some of them have ended',
      });
      return;
    }
    this.#sessions.set(socket, session);
    socket.on('close', () => this.#sessions.delete(socket));
    socket.on('data', () => {
      // A Map keeps insertion order.
      if (this.#sessions.delete(socket)) this.#sessions.set(socket, session);
    });
  }

  /** Drops a client that has no open request to make room; false where every client waits for an answer. */
  #makeRoom(): boolean {
    for (const [socket, session] of this.#sessions) {
      if (!session.idle) continue;
      this.#sessions.delete(socket);
      session.drop();
      return true;
    }
    return false;
  }
}
