/** Journal entries → lines for people, or for --json. Pure. */
import type { JournalEntry } from '../model/ports.ts';
import type { Style, StyleName } from '../ui/style.ts';
import { displayWidth, withoutControls } from '../text/width.ts';

export interface LogView {
  readonly style: Style;
  /** The prefix of the lines of each unit; without it a line is its message alone. */
  readonly labels?: ReadonlyMap<string, string>;
  readonly timestamps: boolean;
}

/** One object for each line of `logs --json`. */
export interface LogRecord {
  /** ISO 8601, microseconds kept. */
  readonly time: string;
  readonly unit: string;
  readonly service: string | null;
  /** syslog priority, 0 emerg … 7 debug. */
  readonly priority: number;
  readonly identifier: string;
  readonly message: string;
}

/** Colours distinguish labels too; red and yellow are reserved for priorities. */
const labelStyles: readonly StyleName[] = ['path', 'ok', 'note', 'unit', 'dim'];

/** syslog(3) priorities, as journalctl colours them. */
function styleOf(priority: number): StyleName | undefined {
  if (priority <= 3) return 'bad';
  if (priority === 4) return 'busy';
  return priority === 7 ? 'dim' : undefined;
}

/** `web | message`; each line of a message of several lines has the prefix. */
export function renderEntry(entry: JournalEntry, { style, labels, timestamps }: LogView): readonly string[] {
  const time = timestamps ? `${style.dim(isoTime(entry.time))} ` : '';
  const paint = styleOf(entry.priority);
  return entry.message
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      // Colours that a program gives its own output stay; other control characters could fake a line.
      const text = keepingColours(line);
      return `${label(entry.unit, labels, style)}${time}${paint === undefined ? text : style[paint](text)}`;
    });
}

function label(unit: string, labels: LogView['labels'], style: Style): string {
  if (labels === undefined) return '';
  const names = [...labels.values()];
  const name = labels.get(unit) ?? unit;
  const width = Math.max(...names.map(displayWidth));
  const paint = labelStyles[Math.max(0, [...labels.keys()].indexOf(unit)) % labelStyles.length] ?? 'unit';
  return `${style[paint](`${name}${' '.repeat(Math.max(0, width - displayWidth(name)))} |`)} `;
}

/** Tabs and SGR sequences (ECMA-48, 8.3.117) unchanged, all other control characters escaped. */
function keepingColours(line: string): string {
  return (
    line
      .replace(/\r$/, '')
      // eslint-disable-next-line no-control-regex -- it is control characters that are looked for
      .split(/(\x1b\[[0-9;]*m|\t)/)
      .map((part, index) => (index % 2 === 1 ? part : withoutControls(part)))
      .join('')
  );
}

export function recordOf(entry: JournalEntry, service: string | undefined): LogRecord {
  const { unit, priority, identifier, message } = entry;
  return { time: isoTime(entry.time), unit, service: service ?? null, priority, identifier, message };
}

/** Microseconds since the epoch → `2025-01-31T08:00:00.123456Z`. */
function isoTime(microseconds: number): string {
  const milliseconds = Math.floor(microseconds / 1000);
  const rest = String(microseconds % 1000).padStart(3, '0');
  return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`);
}
