/** Selects the journal entries of units, and converts a line of `journalctl --output=json` to a JournalEntry. Pure. */
import type { JournalEntry, Scope } from '../../model/ports.ts';

/** Fields that may name the unit of an entry, the most reliable first; systemd.journal-fields(7). */
const unitFields = {
  system: ['UNIT', '_SYSTEMD_UNIT', 'OBJECT_SYSTEMD_UNIT', 'COREDUMP_UNIT'],
  user: ['USER_UNIT', '_SYSTEMD_USER_UNIT', 'OBJECT_SYSTEMD_USER_UNIT', 'COREDUMP_USER_UNIT'],
} as const satisfies Record<Scope, readonly string[]>;

/** All fields that readJournalEntry reads; journalctl always adds __REALTIME_TIMESTAMP. */
export const journalFields = [
  'MESSAGE',
  'PRIORITY',
  'SYSLOG_IDENTIFIER',
  '_COMM',
  'CONTAINER_NAME',
  ...unitFields.system,
  ...unitFields.user,
] as const;

/**
 * The matches of `journalctl -u` (`--user-unit`) for the units, or-ed with those of containers whose log driver is
 * journald. Written out, since -u and other matches can only be and-ed.
 * @param uid of the user who owns the units, for the user scope
 */
export function journalMatches(
  units: readonly string[],
  scope: Scope,
  uid: number,
  containers: readonly string[] = [],
): readonly string[] {
  const ofUnits = units.flatMap((unit) =>
    scope === 'system'
      ? [
          [`_SYSTEMD_UNIT=${unit}`],
          ['_PID=1', `UNIT=${unit}`],
          ['_UID=0', `OBJECT_SYSTEMD_UNIT=${unit}`],
          // Accept reports of a core dump only from the coredump handler, which runs as root.
          ['_UID=0', `COREDUMP_UNIT=${unit}`],
        ]
      : [
          [`_SYSTEMD_USER_UNIT=${unit}`, `_UID=${uid}`],
          [`USER_UNIT=${unit}`, `_UID=${uid}`],
          [`OBJECT_SYSTEMD_USER_UNIT=${unit}`, `_UID=${uid}`],
          ['_UID=0', `COREDUMP_USER_UNIT=${unit}`],
        ],
  );
  const ofContainers = containers.map((container) => [`CONTAINER_NAME=${container}`]);
  return [...ofUnits, ...ofContainers].flatMap((terms, index) => (index === 0 ? terms : ['+', ...terms]));
}

/**
 * @param units the requested units: if an entry names several units, the requested one counts
 * @param containers names of containers that log to journald themselves, and their units
 * @returns undefined where the line is not an entry
 */
export function readJournalEntry(
  line: string,
  units: ReadonlySet<string>,
  containers: ReadonlyMap<string, string> = new Map(),
): JournalEntry | undefined {
  const fields = parseObject(line);
  if (!fields) return undefined;
  const container = containers.get(text(fields['CONTAINER_NAME']));
  const unitNames = [...unitFields.system, ...unitFields.user]
    .map((field) => text(fields[field]))
    .filter(Boolean);
  return {
    time: Number(text(fields['__REALTIME_TIMESTAMP'])) || 0,
    unit: container ?? unitNames.find((unit) => units.has(unit)) ?? unitNames[0] ?? '',
    priority: priority(text(fields['PRIORITY'])),
    identifier: text(fields['SYSLOG_IDENTIFIER']) || text(fields['_COMM']),
    message: text(fields['MESSAGE']),
  };
}

/** 6, info, where there is none: the priority of stdout. */
function priority(value: string): number {
  return /^[0-7]$/.test(value) ? Number(value) : 6;
}

/**
 * A field's value: a string; an array of bytes where it is not printable; an array of values where the field occurs
 * several times; null where it is too long (journalctl(1), --output=json).
 */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  if (value.every((byte) => typeof byte === 'number')) return Buffer.from(value).toString('utf8');
  return value.map(text).join('\n');
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
