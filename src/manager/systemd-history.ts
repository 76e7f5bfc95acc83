/**
 * Turns systemd's journal entries about units into their history. systemd records how jobs and processes ended, and not
 * why a job was created. Pure.
 */
import { constants } from 'node:os';
import { jobResults } from '../model/ports.ts';
import type { Exit } from '../supervisor/engine/state.ts';
import { jobTypes } from '../supervisor/engine/state.ts';
import { execDirectives, execPhases } from '../supervisor/engine/unit-config.ts';
import type { HistoryEntry, HistoryFact } from '../supervisor/control/supervisor-api.ts';

/** @param records fields of each entry by name, oldest first */
export function historyOf(records: readonly ReadonlyMap<string, string>[]): readonly HistoryEntry[] {
  return records.flatMap((record) => {
    const unit = record.get('UNIT') ?? record.get('USER_UNIT');
    const time = Number(record.get('__REALTIME_TIMESTAMP')) / 1000;
    const fact = factOf(record);
    return unit === undefined || fact === undefined || Number.isNaN(time) ? [] : [{ time, unit, fact }];
  });
}

function factOf(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  return jobFact(record) ?? processEnd(record) ?? restart(record) ?? result(record) ?? loggedFact(record);
}

/** An entry of a job without a result is that of its beginning. */
function jobFact(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const type = jobTypes.find((candidate) => candidate === record.get('JOB_TYPE'));
  const job = Number(record.get('JOB_ID') ?? 0);
  if (type === undefined) return undefined;
  if (!record.has('JOB_RESULT')) return { kind: 'job-began', job, type };
  const jobResult = jobResults.find((candidate) => candidate === record.get('JOB_RESULT'));
  return jobResult === undefined ? undefined : { kind: 'job-ended', job, type, result: jobResult };
}

function processEnd(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const phase = execPhases.find((candidate) => execDirectives[candidate] === record.get('COMMAND'));
  const code = record.get('EXIT_CODE');
  const status = record.get('EXIT_STATUS');
  if (phase === undefined || code === undefined || status === undefined) return undefined;
  return {
    kind: 'occurred',
    occurrence: { kind: 'process-ended', phase, index: 0, exit: exitOf(code, status), ignored: false },
  };
}

function exitOf(code: string, status: string): Exit {
  if (code === 'exited') return { kind: 'exited', code: Number(status) };
  const signals = Object.entries(constants.signals);
  const name = signals.find(([, number]) => String(number) === status)?.[0];
  const signal = name ?? (status.startsWith('SIG') ? status : `SIG${status}`);
  return { kind: code === 'dumped' ? 'dumped' : 'killed', signal };
}

function restart(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const restarts = Number(record.get('N_RESTARTS'));
  if (!record.has('N_RESTARTS') || Number.isNaN(restarts)) return undefined;
  const at = Number(record.get('__REALTIME_TIMESTAMP')) / 1000;
  return { kind: 'occurred', occurrence: { kind: 'restart-scheduled', at, restarts } };
}

/** SD_MESSAGE_UNIT_SUCCESS of sd-messages.h: no field carries the result. */
const unitSuccess = '7ad2d189f7e94e70a38c781354912448';

function result(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const unitResult = record.get('UNIT_RESULT');
  if (unitResult !== undefined) return { kind: 'result', result: unitResult };
  return record.get('MESSAGE_ID') === unitSuccess ? { kind: 'result', result: 'success' } : undefined;
}

/** Facts that systemd logs only as text; service.c, service_dispatch_timer() and service_start(). */
function loggedFact(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const message = record.get('MESSAGE') ?? '';
  if (/: Start request repeated too quickly/.test(message)) {
    return { kind: 'occurred', occurrence: { kind: 'start-limit-hit' } };
  }
  const [, operation, state] =
    /: (?:(\S+) operation|Stopping|State '([^']+)'|(?:Aborting|Watchdog)) timed out/.exec(message) ?? [];
  if (operation === undefined && state === undefined && !/: Stopping timed out/.test(message))
    return undefined;
  return { kind: 'occurred', occurrence: { kind: 'timed-out', state: operation ?? state ?? 'stop' } };
}
