/** Which journal entries belong to units, and one line of `journalctl --output=json` → JournalEntry. Pure. */
import type { JournalEntry, Scope } from '../../model/ports.ts';

/** Fields an entry may name its unit in, the surest first; systemd.journal-fields(7). */
const unitFields = {
  system: ['UNIT', '_SYSTEMD_UNIT', 'OBJECT_SYSTEMD_UNIT', 'COREDUMP_UNIT'],
  user: ['USER_UNIT', '_SYSTEMD_USER_UNIT', 'OBJECT_SYSTEMD_USER_UNIT', 'COREDUMP_USER_UNIT'],
} as const satisfies Record<Scope, readonly string[]>;

/** All fields readJournalEntry reads; __REALTIME_TIMESTAMP always comes. */
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
 * The matches of `journalctl -u` (`--user-unit`) for the units, or-ed with those of containers whose
 * log driver is journald. Written out, since -u and matches of one's own could only be and-ed.
 * @param uid of the user whose units they are, for the user scope
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
          // Only the coredump handler, which runs as root, may say that a unit dumped core.
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
 * @param units those asked for: of the units an entry names, the one among them is meant
 * @param containers names of containers that log to journald themselves, and their units
 * @returns undefined where the line is no entry
 */
export function readJournalEntry(
  line: string,
  units: ReadonlySet<string>,
  containers: ReadonlyMap<string, string> = new Map(),
): JournalEntry | undefined {
  const fields = parseObject(line);
  if (!fields) return undefined;
  const container = containers.get(text(fields['CONTAINER_NAME']));
  const named = [...unitFields.system, ...unitFields.user]
    .map((field) => text(fields[field]))
    .filter(Boolean);
  return {
    time: Number(text(fields['__REALTIME_TIMESTAMP'])) || 0,
    unit: container ?? named.find((unit) => units.has(unit)) ?? named[0] ?? '',
    priority: priority(text(fields['PRIORITY'])),
    identifier: text(fields['SYSLOG_IDENTIFIER']) || text(fields['_COMM']),
    message: text(fields['MESSAGE']),
  };
}

/** 6, info, where there is none: what stdout is logged at. */
function priority(value: string): number {
  return /^[0-7]$/.test(value) ? Number(value) : 6;
}

/**
 * A field's value: a string; an array of bytes where it is not printable; an array of those where
 * the field stands more than once; null where it is too long (journalctl(1), --output=json).
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
