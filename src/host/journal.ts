/** journalctl(1) as a JournalPort. */
import { ExecaError, execa } from 'execa';
import type { JournalPort } from './ports.ts';
import { HostError } from './ports.ts';
import { journalFields, journalMatches, readJournalEntry } from './journal-entry.ts';

/** The journal of this host, as far as this process's user may read it. */
export const journal: JournalPort = {
  async *read({ units, scope, containers = new Map(), lines, since, follow = false, signal }) {
    // No match at all would mean the whole journal.
    if ((units.length === 0 && containers.size === 0) || signal?.aborted) return;
    const asked = new Set(units);
    const child = execa(
      'journalctl',
      [
        '--output=json',
        '--all',
        '--quiet',
        '--no-pager',
        `--output-fields=${journalFields.join(',')}`,
        ...(since === undefined ? [] : [`--since=${since}`]),
        ...(lines === undefined ? [] : [`--lines=${lines}`]),
        ...(follow ? ['--follow', ...(lines === undefined ? ['--no-tail'] : [])] : []),
        ...journalMatches(units, scope, process.getuid?.() ?? 0, [...containers.keys()]),
      ],
      {
        stdin: 'ignore',
        // A journal followed for weeks must not pile up in memory.
        buffer: { stdout: false, stderr: true },
        ...(signal && { cancelSignal: signal }),
        // Execa would answer SIGINT by ending us with it; how a followed log ends is the caller's to say.
        cleanup: false,
      },
    );
    // It is also awaited through its lines; without this a failure would count as unhandled too.
    child.catch(() => undefined);
    try {
      for await (const line of child) {
        // Lines that had arrived before the signal are still handed out.
        if (signal?.aborted) return;
        const entry = readJournalEntry(line, asked, containers);
        if (entry) yield entry;
      }
    } catch (error) {
      if (!signal?.aborted) throw journalError(error);
    } finally {
      child.kill();
    }
  },
};

function journalError(error: unknown): HostError {
  const cause = { cause: error };
  if (!(error instanceof ExecaError)) {
    return new HostError(
      `Cannot read the journal: ${String(error)}`,
      'Try it by hand: journalctl -n 5',
      cause,
    );
  }
  if (error.code === 'ENOENT') {
    return new HostError(
      'There is no journalctl on $PATH',
      'Install systemd, or read the log with docker: docker logs NAME',
      cause,
    );
  }
  const reason = String(error.stderr ?? '').trim() || error.shortMessage;
  if (/parse timestamp/i.test(reason)) {
    return new HostError(
      `Cannot read the journal: ${reason}`,
      "Write a time as systemd.time(7) does: '1 hour ago', yesterday, '2025-01-31 08:00'",
      cause,
    );
  }
  if (/permission|insufficient/i.test(reason)) {
    return new HostError(
      `Cannot read the journal: ${reason}`,
      'Run dockunit as root (sudo), or join the group: sudo usermod -aG systemd-journal $USER',
      cause,
    );
  }
  return new HostError(`Cannot read the journal: ${reason}`, 'Try it by hand: journalctl -n 5', cause);
}
