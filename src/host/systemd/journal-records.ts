/** systemd's own messages about units: its entries of the journal with their fields, systemd.journal-fields(7). */
import { machine } from '../machine/machine.ts';
import type { Scope } from '../../model/ports.ts';
import { runProgram } from '../machine/run-program.ts';

/** The fields of systemd's entries that say what happened; journalctl always adds __REALTIME_TIMESTAMP. */
const fields = [
  ...['UNIT', 'USER_UNIT', 'JOB_ID', 'JOB_TYPE', 'JOB_RESULT', 'UNIT_RESULT', 'N_RESTARTS'],
  ...['COMMAND', 'EXIT_CODE', 'EXIT_STATUS', 'MESSAGE_ID', 'MESSAGE'],
];

/** Enough to explain a state; older entries are rarely needed. */
const entriesRead = 2000;

/**
 * The last entries about the units since this boot, oldest first, each as its fields; [] where there is no journal or
 * it cannot be read: the output is then shorter, and that is no error.
 */
export async function readSystemdRecords(
  units: readonly string[],
  scope: Scope,
): Promise<readonly ReadonlyMap<string, string>[]> {
  const uid = String(machine().uid);
  const matches = units.flatMap((unit, index) => [
    ...(index === 0 ? [] : ['+']),
    ...(scope === 'system' ? ['_PID=1', `UNIT=${unit}`] : [`_UID=${uid}`, `USER_UNIT=${unit}`]),
  ]);
  if (matches.length === 0) return [];
  const { stdout, hasFailed } = await runProgram('journalctl', [
    ...['--output=json', '--quiet', '--no-pager', '--boot', `--lines=${String(entriesRead)}`],
    `--output-fields=${fields.join(',')}`,
    ...matches,
  ]);
  return hasFailed ? [] : stdout.split('\n').flatMap(readRecord);
}

function readRecord(line: string): readonly ReadonlyMap<string, string>[] {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return [];
    const texts = Object.entries(value).filter(
      (field): field is [string, string] => typeof field[1] === 'string',
    );
    return [new Map(texts)];
  } catch {
    return [];
  }
}
