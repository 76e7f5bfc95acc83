/** The logs that unit-logs.ts writes, as a JournalPort: `logs` reads them like those of journald. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { messageOf } from '../../model/diagnostic.ts';
import { isCode } from '../machine/error-codes.ts';
import type { JournalEntry, JournalPort } from '../../model/ports.ts';
import { HostError } from '../../model/ports.ts';
import { parseSince } from './since.ts';
import { readLogLine, rotatedPath } from './unit-logs.ts';

/** How often to check a followed log, in ms; how much of it to read at once, in bytes. */
const followEvery = 200;
const blockSize = 64 * 1024;

/** How many rotated files to look for. */
const rotatedFiles = 9;

export function unitLogReader(directory: string): JournalPort {
  return {
    async *read({ units, lines, since, until, follow = false, signal }) {
      const from = since === undefined ? 0 : parseSince(since, new Date());
      const to = until === undefined ? Infinity : parseSince(until, new Date());
      const tails = [...new Set(units)]
        .sort()
        .map((unit) => new LogTail(unit, join(directory, `${unit}.log`)));
      const past: JournalEntry[] = [];
      // Keep only entries that can be shown: a log may be larger than the available memory.
      const enough = lines === undefined || lines >= 10_000 ? Infinity : lines;
      for (const tail of tails) {
        let own: JournalEntry[] = [];
        for await (const entry of tail.past()) {
          if (entry.time >= from && entry.time <= to) own.push(entry);
          if (own.length > 2 * enough) own = own.slice(-enough);
        }
        past.push(...own);
      }
      past.sort((a, b) => a.time - b.time);
      for (const entry of lines === undefined
        ? past
        : past.slice(past.length - Math.min(lines, past.length))) {
        if (signal?.aborted) return;
        yield entry;
      }
      while (follow && !signal?.aborted) {
        const fresh: JournalEntry[] = [];
        for (const tail of tails) for await (const entry of tail.fresh()) fresh.push(entry);
        fresh.sort((a, b) => a.time - b.time);
        for (const entry of fresh) {
          if (signal?.aborted) return;
          yield entry;
        }
        await delay(followEvery, undefined, signal && { signal }).catch(() => undefined);
      }
    },
  };
}

/** One unit's log, read from the oldest rotated file to the end, and then followed. */
class LogTail {
  readonly #unit: string;
  readonly #path: string;
  /** The inode number of the last file read, and the position in it. */
  #inode = 0;
  #offset = 0;

  constructor(unit: string, path: string) {
    this.#unit = unit;
    this.#path = path;
  }

  async *past(): AsyncGenerator<JournalEntry> {
    for (let number = rotatedFiles; number > 0; number -= 1)
      yield* this.#from(rotatedPath(this.#path, number), 0);
    yield* this.#from(this.#path, 0);
  }

  /** The text written since; also the rest of a file that has been rotated meanwhile. */
  async *fresh(): AsyncGenerator<JournalEntry> {
    const [inode, offset] = [this.#inode, this.#offset];
    const now = await inodeOf(this.#path);
    if (now === undefined) return;
    if (now === inode) {
      yield* this.#from(this.#path, offset);
      return;
    }
    const rotatedFile = rotatedPath(this.#path, 1);
    if (inode !== 0 && (await inodeOf(rotatedFile)) === inode) yield* this.#from(rotatedFile, offset);
    yield* this.#from(this.#path, 0);
  }

  /** Whole entries only: an incomplete entry is read once it is complete. */
  async *#from(path: string, offset: number): AsyncGenerator<JournalEntry> {
    const file = await openOr(path);
    if (file === undefined) return;
    try {
      this.#inode = (await file.stat()).ino;
      this.#offset = offset;
      let pending = Buffer.alloc(0);
      const block = Buffer.alloc(blockSize);
      for (;;) {
        const { bytesRead } = await file.read(block, 0, blockSize, this.#offset + pending.length);
        if (bytesRead === 0) break;
        pending = Buffer.concat([pending, block.subarray(0, bytesRead)]);
        const end = pending.lastIndexOf(0x0a);
        if (end < 0) continue;
        const text = pending.subarray(0, end).toString('utf8');
        this.#offset += end + 1;
        pending = pending.subarray(end + 1);
        for (const entry of text.split(/\n(?!\t)/)) {
          const line = readLogLine(entry);
          if (line !== undefined) yield { ...line, unit: this.#unit };
        }
      }
    } finally {
      await file.close();
    }
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  const file = await openOr(path);
  if (file === undefined) return undefined;
  try {
    return (await file.stat()).ino;
  } finally {
    await file.close();
  }
}

/** undefined where there is no such file. */
async function openOr(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw new HostError(
      `Cannot read the log ${path}: ${messageOf(error)}`,
      'Run dockunit as the user whose supervisor it is: sudo dockunit logs',
      { cause: error },
    );
  }
}

/** How much of a log's end to search for the last line of a program, in bytes. */
const tailSize = 256 * 1024;

/**
 * When the last line of the program in the unit's log was written, as RFC 3339 to the microsecond; undefined where the
 * searched part has none.
 */
export function lastLogged(directory: string, unit: string, identifier: string): string | undefined {
  const path = join(directory, `${unit}.log`);
  for (const each of [path, rotatedPath(path, 1)]) {
    const lines = tailOf(each).split(/\n(?!\t)/);
    const last = lines.findLast((line) => readLogLine(line)?.identifier === identifier);
    if (last !== undefined) return last.slice(0, last.indexOf(' '));
  }
  return undefined;
}

function tailOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, tailSize));
      readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8');
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}
