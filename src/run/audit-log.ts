/**
 * The audit log: the changes dockunit made on a host, one JSON line each, in a file and, under systemd,
 * in the journal.
 */
import { spawnSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { sdBooted } from '../host/systemd/detect.ts';
import { isCode } from '../host/machine/error-codes.ts';
import { fileError } from '../host/machine/file-errors.ts';
import { linkSync, readdirSync, rmSync } from '../host/machine/fs.ts';
import { machine } from '../host/machine/machine.ts';
import { ensureOwnDirectory } from '../host/machine/own-directory.ts';
import { HostError } from '../model/ports.ts';

interface AuditLimits {
  /** Bytes after which the file is rotated. */
  readonly fileSize: number;
  /** The number of rotated files that stay beside the present one. */
  readonly keptFiles: number;
}

const defaultLimits: AuditLimits = { fileSize: 1024 * 1024, keptFiles: 4 };

/**
 * Appends the line; it is on disk when this returns.
 * @param line without a newline
 * @param mode of a new file: 0o640, 0o600
 * @throws HostError
 */
export function appendAudit(path: string, line: string, mode: number, limits = defaultLimits): void {
  try {
    // Users who may read the file may enter its directory.
    ensureOwnDirectory(dirname(path), mode | 0o100 | ((mode & 0o044) >> 2));
    if (machine().files.append(path, `${line}\n`, mode) > limits.fileSize) rotate(path, limits.keptFiles);
  } catch (error) {
    throw fileError(error, 'write', path);
  }
}

/**
 * `audit.log` becomes `audit.log.N`, N being the next number. By link(2), which replaces nothing: if two
 * processes rotate at once, the second gives the same file another name, and no line is lost.
 */
function rotate(path: string, keptFiles: number): void {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  const numbers = readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
  try {
    linkSync(path, `${path}.${String((numbers.at(-1) ?? 0) + 1)}`);
  } catch (error) {
    // Another process is rotating it.
    if (isCode(error, 'EEXIST', 'ENOENT')) return;
    throw error;
  }
  rmSync(path, { force: true });
  for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - keptFiles))) {
    rmSync(join(directory, `${prefix}${String(old)}`), { force: true });
  }
}

/**
 * Writes the line as an entry of the journal, identifier `dockunit`; does nothing where systemd does not
 * run. By systemd-cat(1): the journal's own protocol needs datagram sockets of the file system, and Node
 * has none.
 * @throws HostError
 */
export function tellJournal(line: string): void {
  if (!sdBooted()) return;
  const [program, args] = machine().command('systemd-cat', ['--identifier=dockunit', '--priority=notice']);
  const { error, status, stderr } = spawnSync(program, args, {
    input: `${line}\n`,
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status === 0) return;
  throw new HostError(
    `Cannot write to the journal: ${error?.message ?? stderr.trim()}`,
    'Look at it: systemctl status systemd-journald',
    { cause: error },
  );
}
