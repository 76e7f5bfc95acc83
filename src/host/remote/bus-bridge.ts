/**
 * D-Bus of another machine as a local socket: each connection to the socket runs one systemd-stdio-bridge(1) there, as
 * for `systemctl -H`. It writes errors outside D-Bus to standard error.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';

export class BusBridges {
  readonly #directory: string;
  readonly #command: (address: string) => readonly [string, readonly string[]];
  readonly #servers = new Map<string, { readonly server: Server; readonly path: string }>();
  readonly #connections = new Set<Socket>();

  /** @param directory of dockunit, @param command the local command for a bridge to an address there */
  constructor(directory: string, command: (address: string) => readonly [string, readonly string[]]) {
    this.#directory = directory;
    this.#command = command;
  }

  /** A local address that leads to the one there; the same for the same address. */
  async open(address: string): Promise<string> {
    let bridge = this.#servers.get(address);
    if (bridge === undefined) {
      const path = join(this.#directory, `bus${String(this.#servers.size)}`);
      const server = createServer((socket) => this.#bridge(socket, address));
      bridge = { server, path };
      this.#servers.set(address, bridge);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      });
      server.unref();
    }
    return `unix:path=${bridge.path}`;
  }

  close(): void {
    for (const { server } of this.#servers.values()) server.close();
    for (const socket of this.#connections) socket.destroy();
  }

  #bridge(socket: Socket, address: string): void {
    const [program, args] = this.#command(address);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    this.#connections.add(socket);
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
    // The end of either side ends the other; the exchanged messages show the result.
    child.on('error', () => socket.destroy());
    child.stdin.on('error', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#connections.delete(socket);
      child.stdin.destroy();
      child.stdout.destroy();
      child.unref();
    });
  }
}
