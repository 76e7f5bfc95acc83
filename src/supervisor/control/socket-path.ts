/** The path of the control socket, and the check that no other user can place a socket there. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { isCode } from '../../host/machine/error-codes.ts';
import { fileError } from '../../host/machine/file-errors.ts';
import { localFiles } from '../../host/machine/files.ts';
import { HostError } from '../../model/ports.ts';
import type { Scope } from '../../model/ports.ts';
import { stateDirectories } from '../../host/units/state-directories.ts';
import type { Environment } from '../../model/environment.ts';

/** The path for the supervisor of a scope; see stateDirectories. */
export function controlSocketPath(scope: Scope, environment: Environment, uid: number): string {
  return join(stateDirectories(scope, environment, uid).runtime, 'control.sock');
}

/** sun_path of unix(7), its final zero counted. */
const longestPath = 107;

/**
 * Creates the directory, closed to other users, and removes a socket that an earlier supervisor left behind.
 * @throws HostError where the directory belongs to another user, or a process answers at the path
 */
export async function prepareSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestPath) {
    throw new HostError(
      `Cannot listen at ${path}: a socket's path has at most ${String(longestPath)} bytes`,
      'Set XDG_RUNTIME_DIR to a shorter path',
    );
  }
  makePrivateDirectory(dirname(path));
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  if (await isAnswered(path)) {
    throw new HostError(
      `A supervisor listens at ${path} already`,
      'Use that one, or stop it first: kill -TERM its process',
    );
  }
  rmSync(path, { force: true });
}

/** A directory of mode 0700 that belongs to this process's user. */
function makePrivateDirectory(directory: string): void {
  try {
    localFiles.makeDirectory(directory, 0o700);
    const stats = lstatSync(directory);
    if (!stats.isDirectory() || stats.uid !== process.geteuid?.()) {
      throw new HostError(
        `${directory} is not a directory of this user's own`,
        `Remove it, and dockunit creates it again: rm -r ${directory}`,
      );
    }
    if ((stats.mode & 0o777) !== 0o700) chmodSync(directory, 0o700);
  } catch (error) {
    throw fileError(error, 'make', directory);
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => {
      // ENOTSOCK never occurs here: the kernel refuses connections to a regular file too.
      if (isCode(error, 'ECONNREFUSED', 'ENOENT', 'ENOTSOCK')) resolve(false);
      else reject(fileError(error, 'look at', path));
    });
  });
}
