/**
 * systemd's journal entries about units → what happened to them. systemd says how jobs and processes
 * ended, and not for whose sake a job was made. Pure.
 */
import { jobResults } from '../host/ports.ts';
import type { Exit, ServiceResult } from '../supervisor/engine/state.ts';
import { jobTypes, serviceResults } from '../supervisor/engine/state.ts';
import { execDirectives, execPhases } from '../supervisor/engine/unit-config.ts';
import type { HistoryEntry, HistoryFact } from '../supervisor/served.ts';

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
  return jobEnd(record) ?? processEnd(record) ?? restart(record) ?? failure(record);
}

function jobEnd(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const type = jobTypes.find((known) => known === record.get('JOB_TYPE'));
  const result = jobResults.find((known) => known === record.get('JOB_RESULT'));
  const job = Number(record.get('JOB_ID') ?? 0);
  return type === undefined || result === undefined ? undefined : { kind: 'job-ended', job, type, result };
}

function processEnd(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const phase = execPhases.find((known) => execDirectives[known] === record.get('COMMAND'));
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
  const signal = status.startsWith('SIG') ? status : `SIG${status}`;
  return { kind: code === 'dumped' ? 'dumped' : 'killed', signal };
}

function restart(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const restarts = Number(record.get('N_RESTARTS'));
  if (!record.has('N_RESTARTS') || Number.isNaN(restarts)) return undefined;
  const at = Number(record.get('__REALTIME_TIMESTAMP')) / 1000;
  return { kind: 'occurred', occurrence: { kind: 'restart-scheduled', at, restarts } };
}

function failure(record: ReadonlyMap<string, string>): HistoryFact | undefined {
  const result: ServiceResult | undefined = serviceResults.find(
    (known) => known === record.get('UNIT_RESULT'),
  );
  if (result === undefined) return undefined;
  return result === 'start-limit-hit'
    ? { kind: 'occurred', occurrence: { kind: 'start-limit-hit' } }
    : { kind: 'unit-state', activeState: 'failed', subState: 'failed', result };
}
