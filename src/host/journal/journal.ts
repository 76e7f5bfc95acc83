/** journalctl(1) as a JournalPort. */
import type { ExecaError } from 'execa';
import { asRoot, machine } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';
import type { JournalPort } from '../../model/ports.ts';
import { HostError } from '../../model/ports.ts';
import { connectionLost, noSuchProgram, sshFailed } from '../machine/connection-errors.ts';
import { journalFields, journalMatches, readJournalEntry } from './journal-entry.ts';

/** The journal of this host, as far as this process's user may read it. */
export const journal: JournalPort = {
  async *read({ units, scope, containers = new Map(), lines, since, until, follow = false, signal }) {
    // Without a match, journalctl would read the whole journal.
    if ((units.length === 0 && containers.size === 0) || signal?.aborted) return;
    const names = new Set(units);
    const there = machine();
    const [program, args] = there.command(
      'journalctl',
      [
        '--output=json',
        '--all',
        '--quiet',
        '--no-pager',
        `--output-fields=${journalFields.join(',')}`,
        ...(since === undefined ? [] : [`--since=${since}`]),
        ...(until === undefined ? [] : [`--until=${until}`]),
        ...(lines === undefined ? [] : [`--lines=${lines}`]),
        ...(follow ? ['--follow', ...(lines === undefined ? ['--no-tail'] : [])] : []),
        ...journalMatches(units, scope, there.uid, [...containers.keys()]),
      ],
      follow,
    );
    const remote = there.name !== undefined;
    // A follower would keep its turn forever.
    const end = follow ? (): void => undefined : await takeTurn(there);
    // Loaded when the journal is read: most verbs that may read it do not need it.
    const { ExecaError, execa } = await import('execa');
    const child = execa(program, args, {
      // Over ssh, the end of its input ends a follower.
      stdin: remote && follow ? 'pipe' : 'ignore',
      // A journal followed for weeks must not accumulate in memory.
      buffer: { stdout: false, stderr: true },
      ...(signal && { cancelSignal: signal }),
      // On SIGINT, Execa would end this process too; the caller decides how a followed log ends.
      cleanup: false,
      detached: remote,
    });
    // Its lines are also awaited; without this a failure would count as unhandled too.
    child.catch(() => undefined);
    try {
      for await (const line of child) {
        // Lines that arrived before the signal are still returned.
        if (signal?.aborted) return;
        const entry = readJournalEntry(line, names, containers);
        if (entry) yield entry;
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw error instanceof ExecaError ? clientError(error, there.name) : journalError(String(error), error);
    } finally {
      child.kill();
      end();
    }
  },
};

/** Resolves with the function that ends the turn, when the program may run on the machine. */
function takeTurn(there: Machine): Promise<() => void> {
  return new Promise((begin, fail) => {
    there.inTurn(() => new Promise<void>(begin)).catch(fail);
  });
}

function clientError(error: ExecaError, host: string | undefined): HostError {
  const cause = { cause: error };
  if (host !== undefined && error.exitCode === sshFailed)
    return connectionLost(host, String(error.stderr ?? ''));
  if (error.code === 'ENOENT' || (host !== undefined && error.exitCode === noSuchProgram)) {
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
      `${asRoot()}, or join the group: sudo usermod -aG systemd-journal $USER`,
      cause,
    );
  }
  return journalError(reason, error);
}

function journalError(reason: string, cause: unknown): HostError {
  return new HostError(`Cannot read the journal: ${reason}`, 'Try it by hand: journalctl -n 5', { cause });
}
