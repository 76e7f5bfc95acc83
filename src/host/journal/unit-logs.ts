/**
 * The logs of units where there is no journald: one file for each unit, rotated by size, in lines a person can read and
 * grep: `2026-01-31T08:00:00.123456Z 6 docker: text`. A newline within a message begins the next line with a tab.
 */
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureOwnDirectory } from '../machine/own-directory.ts';
import type { NewLogLine, LogPort } from '../../model/supervisor-ports.ts';

export interface LogLimits {
  /** Rotates a file above this size in bytes. */
  readonly fileSize: number;
  /** How many rotated files to keep besides the present one. */
  readonly keptFiles: number;
  /** The limit of buffered bytes for each unit. */
  readonly pending: number;
}

const defaultLimits: LogLimits = { fileSize: 8 * 1024 * 1024, keptFiles: 2, pending: 256 * 1024 };

/** How long to keep an idle file open, in ms. */
const idleTime = 10_000;

/** Creates the directory where it is missing. */
export function unitLogs(directory: string, limits: LogLimits = defaultLimits): LogPort {
  try {
    ensureOwnDirectory(directory, 0o750);
  } catch {
    // Lines are dropped until the directory exists: units run without a log.
  }
  const files = new Map<string, UnitLog>();
  const fileOf = (unit: string): UnitLog => {
    let file = files.get(unit);
    if (file === undefined) files.set(unit, (file = new UnitLog(join(directory, `${unit}.log`), limits)));
    return file;
  };
  return {
    append: (unit, line) => {
      fileOf(unit).append(line);
    },
    room: (unit) => files.get(unit)?.room() ?? Promise.resolve(),
    flush: async () => {
      await Promise.all([...files.values()].map((file) => file.untilFlushed()));
    },
  };
}

/** One unit's log: a bounded queue, and one writer at a time that empties it. */
class UnitLog {
  readonly #path: string;
  readonly #limits: LogLimits;
  #pending: string[] = [];
  #pendingSize = 0;
  #droppedLines = 0;
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;
  #size = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(path: string, limits: LogLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  append(line: NewLogLine): void {
    const text = formatLogLine(line);
    if (this.#pendingSize + text.length > this.#limits.pending) {
      this.#droppedLines += 1;
      return;
    }
    this.#pending.push(text);
    this.#pendingSize += text.length;
    this.#writing ??= this.#write();
  }

  async room(): Promise<void> {
    while (this.#writing !== undefined && this.#pendingSize > this.#limits.pending / 2) await this.#writing;
  }

  async untilFlushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    // Write lines that arrive together in one call.
    await new Promise(setImmediate);
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      this.#pendingSize = 0;
      try {
        const file = await this.#open();
        const count = this.#droppedLines;
        const bytes = Buffer.from((count > 0 ? droppedLine(count) : '') + lines.join(''));
        await file.writeFile(bytes);
        this.#droppedLines -= count;
        this.#size += bytes.length;
        if (this.#size >= this.#limits.fileSize) await this.#rotate();
      } catch {
        // A full disk, or no directory: the unit matters more than its log.
        this.#droppedLines += lines.length;
        await this.#close();
      }
    }
    this.#writing = undefined;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#writing === undefined) this.#writing = this.#close().then(() => this.#resume());
    }, idleTime).unref();
  }

  /** Continues with lines that arrived while the file was closing. */
  #resume(): void {
    this.#writing = this.#pending.length > 0 ? this.#write() : undefined;
  }

  async #open(): Promise<FileHandle> {
    if (this.#file === undefined) {
      this.#file = await open(this.#path, 'a', 0o640);
      this.#size = (await this.#file.stat()).size;
    }
    return this.#file;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }

  async #rotate(): Promise<void> {
    await this.#close();
    for (let number = this.#limits.keptFiles; number > 0; number -= 1)
      await rename(
        number === 1 ? this.#path : rotatedPath(this.#path, number - 1),
        rotatedPath(this.#path, number),
      ).catch(() => undefined);
  }
}

/** `web.service.log.1` is the newest of the full ones. */
export function rotatedPath(path: string, number: number): string {
  return `${path}.${String(number)}`;
}

/**
 * Pure.
 * @internal exported for tests: the test reads back what it writes
 */
export function formatLogLine({ time, priority, identifier, message }: NewLogLine): string {
  return `${stamp(time)} ${String(priority)} ${identifier}: ${message.replaceAll('\n', '\n\t')}\n`;
}

/** @returns undefined where the text is not the first line of an entry. Pure. */
export function readLogLine(text: string): NewLogLine | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z ([0-7]) (\S*): (.*)$/s.exec(text);
  if (parts === null) return undefined;
  const [, second = '', fraction = '', priority = '', identifier = '', message = ''] = parts;
  return {
    time: Date.parse(`${second}Z`) * 1000 + Number(fraction),
    priority: Number(priority),
    identifier,
    message: message.replaceAll('\n\t', '\n'),
  };
}

function droppedLine(count: number): string {
  const message = `${String(count)} lines are lost: the disk did not take them`;
  return formatLogLine({ time: Date.now() * 1000, priority: 4, identifier: 'dockunit', message });
}

/** Microseconds since the epoch as `2026-01-31T08:00:00.123456Z`. */
function stamp(time: number): string {
  const second = Math.floor(time / 1_000_000);
  const fraction = String(Math.floor(time - second * 1_000_000)).padStart(6, '0');
  return `${new Date(second * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}
