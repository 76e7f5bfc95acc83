/**
 * The supervisor's journal as a RecordsPort: a file of lines `CHECKSUM JSON`. The supervisor only appends to it, and
 * replaces it as a whole by rename. A file with a damaged line is kept under another name; its undamaged lines still
 * count, since each is valid by itself.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
  fsync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isCode } from '../../host/machine/error-codes.ts';
import { ensureOwnDirectory } from '../../host/machine/own-directory.ts';
import type { RecordsPort } from '../../model/supervisor-ports.ts';
import { syncDirectory, writeSynced } from '../../host/machine/synced-files.ts';

/** @param now of the wall clock, for the name of a file that is set aside */
export function supervisorJournal(path: string, now: () => Date = () => new Date()): RecordsPort {
  ensureOwnDirectory(dirname(path), 0o700);
  let file: number | undefined;
  /** Bytes known to be whole lines: the next line goes there, whatever a full disk left behind. */
  let size = 0;
  let syncing: Promise<void> | undefined;
  let isUnsynced = false;

  const open = (): number => {
    if (file !== undefined) return file;
    file = openSync(path, 'a', 0o600);
    return file;
  };
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };

  return {
    read() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        if (isCode(error, 'ENOENT')) return { records: [] };
        return { records: [], damage: `it cannot be read (${String(error)})${setAside(path, now())}` };
      }
      const { records, bad } = readRecords(text);
      size = Buffer.byteLength(text);
      if (bad === 0) return { records };
      return { records, damage: `${String(bad)} of its lines cannot be read${setAside(path, now())}` };
    },

    append(records) {
      if (records.length === 0) return true;
      const bytes = Buffer.from(records.map(lineOf).join(''));
      try {
        const to = open();
        if (writeSync(to, bytes) < bytes.length) throw new Error('written in part');
        size += bytes.length;
        isUnsynced = true;
        return true;
      } catch {
        // The next line must not follow half a line.
        try {
          ftruncateSync(open(), size);
        } catch {
          close();
        }
        return false;
      }
    },

    replace(records) {
      const bytes = Buffer.from(records.map(lineOf).join(''));
      const next = `${path}.new`;
      try {
        writeSynced(next, bytes, 0o600);
        renameSync(next, path);
        syncDirectory(dirname(path));
      } catch {
        return false;
      }
      close();
      size = bytes.length;
      return true;
    },

    sync() {
      // One fsync at a time; later callers wait for the next fsync, which includes their lines.
      const before = syncing ?? Promise.resolve();
      syncing = before.then(
        () =>
          new Promise<void>((resolve) => {
            if (!isUnsynced || file === undefined) {
              resolve();
              return;
            }
            isUnsynced = false;
            fsync(file, () => {
              resolve();
            });
          }),
      );
      return syncing;
    },
  };
}

/** Every undamaged line, and the number of damaged ones. Pure. */
export function readRecords(text: string): { readonly records: readonly unknown[]; readonly bad: number } {
  const lines = text.split('\n');
  // The text after the last newline is empty, unless a line was torn.
  const rest = lines.pop() ?? '';
  const records: unknown[] = [];
  let bad = rest === '' ? 0 : 1;
  for (const line of lines) {
    const [, checksum, json = ''] = /^([0-9a-f]{8}) (.+)$/s.exec(line) ?? [];
    if (checksum === checksumOf(json)) records.push(JSON.parse(json));
    else bad += 1;
  }
  return { records, bad };
}

/**
 * A record as a line of the file. Pure.
 * @internal exported for tests: the test reads back what it writes
 */
export function lineOf(record: unknown): string {
  const json = JSON.stringify(record);
  return `${checksumOf(json)} ${json}\n`;
}

function checksumOf(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 8);
}

/** Adds a second name: the replacement removes the first one, so that a file always exists. */
function setAside(path: string, now: Date): string {
  const aside = `${path}.damaged-${now.toISOString().replace(/[:.]/g, '-')}`;
  try {
    linkSync(path, aside);
    return `; it was set aside as ${aside}`;
  } catch (error) {
    return `; nor can it be set aside: ${String(error)}`;
  }
}
