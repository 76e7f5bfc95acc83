/** The supervisor's end of the control socket. */
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { HostError } from '../../model/ports.ts';
import type { SupervisorApi } from './served.ts';
import { defaultLimits } from './protocol.ts';
import type { Limits } from './protocol.ts';
import { Session } from './session.ts';
import { Turns } from './turns.ts';
import { prepareSocketPath } from './socket-path.ts';

export interface ServerOptions {
  /** The version of dockunit. */
  readonly release: string;
  readonly limits?: Partial<Limits>;
  /** Hears of errors that are nobody's but ours. */
  readonly report: (fault: unknown) => void;
}

export class ControlServer {
  readonly #server: Server;
  /** Those who have been silent longest first. */
  readonly #sessions = new Map<Socket, Session>();
  readonly #turns = new Turns();

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Listens at the path, for the user this process runs as and root alone. The caller holds the
   * supervisor's lock: what lies at the path and answers nobody is removed.
   * @throws HostError where somebody listens there already, or it cannot be done
   */
  static async listen(served: SupervisorApi, path: string, options: ServerOptions): Promise<ControlServer> {
    await prepareSocketPath(path);
    const limits = { ...defaultLimits, ...options.limits };
    // Half-open: a client that asks and shuts its end down, as socat(1) does, is still answered.
    const server = createServer({ allowHalfOpen: true });
    const control = new ControlServer(server);
    server.on('connection', (socket) => {
      control.#admit(socket, served, limits, options);
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
      // Bound by now, and nobody was let in yet: the directory is closed to others as well.
      try {
        chmodSync(path, 0o600);
      } catch {
        // Not bound: `error` tells.
      }
    });
    server.on('error', options.report);
    return control;
  }

  /** Hangs up on everybody and removes the socket. Jobs that were asked for go on. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sessions.keys()) socket.destroy();
    await closed;
  }

  #admit(socket: Socket, served: SupervisorApi, limits: Limits, { release, report }: ServerOptions): void {
    const session = new Session(socket, served, release, limits, this.#turns, report);
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
      // A Map keeps the order of insertion.
      if (this.#sessions.delete(socket)) this.#sessions.set(socket, session);
    });
  }

  /** Whoever connects and asks nothing gives way; false where all wait for an answer. */
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
