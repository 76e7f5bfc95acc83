/**
 * Converts between units and text, in the syntax of systemd.syntax(7). dockunit has its own parser because the `ini`
 * package drops `; …`, breaks continuations and puts `ExecStart="…"` in quotes.
 */
import { cutEnd } from '../text/cut-end.ts';
import {
  normaliseText,
  parseCommand,
  parseData,
  quoteCommand,
  quoteData,
  quotePath,
  quoteText,
} from './quoting.ts';
import { splitWords, trimWhitespace } from './words.ts';
import { type Directive, type Section, type Unit, type UnitKind, type Value, unitKinds } from './unit-set.ts';

/** The unit as systemd reads it, ending in a newline. */
export function serialiseUnit(unit: Pick<Unit, 'sections'> & Partial<Unit>): string {
  const sections = unit.sections.filter((section) => section.directives.length > 0).map(serialiseSection);
  return `${unit.comment === undefined ? '' : `# ${unit.comment}\n`}${sections.join('\n')}`;
}

/** The text without the comment before its first section. */
export function withoutComment(text: string): string {
  return text.replace(/^#.*\n/, '');
}

/** Cache of written sections: each is needed twice, for the hash of its unit and for the file. */
const texts = new WeakMap<Section, string>();

function serialiseSection(section: Section): string {
  let text = texts.get(section);
  if (text === undefined) {
    text = `[${section.name}]\n${section.directives.map(serialiseDirective).join('')}`;
    texts.set(section, text);
  }
  return text;
}

/** The right-hand side of a directive. */
export function serialiseValue(value: Value): string {
  switch (value.kind) {
    case 'exec':
      return quoteCommand(value.command);
    case 'names':
      return value.names.join(' ');
    case 'paths':
      return value.paths.map((path) => quotePath(path) ?? '').join(' ');
    case 'text':
      return quoteText(value.text);
    case 'word':
      return value.word;
    case 'data':
      return quoteData(value.text);
    case 'verbatim':
      return value.text;
  }
}

/**
 * Reads a unit that dockunit wrote, or any unit file: directives whose syntax the tables below do not name are
 * `verbatim`. Undefined where the text carries no [X-Dockunit] Kind, that is, where the unit is not dockunit's.
 */
export function parseUnit(name: string, text: string): Unit | undefined {
  if (!text.includes('[X-Dockunit]')) return undefined;
  const sections = parseSections(text);
  const kind = sections
    .find((section) => section.name === 'X-Dockunit')
    ?.directives.find((directive) => directive.key === 'Kind')?.value;
  if (kind?.kind !== 'data') return undefined;
  const match = unitKinds.find((candidate) => candidate === kind.text);
  if (match === undefined) return undefined;
  const comment = /^# (.*)\n/.exec(text)?.[1];
  return { name, kind: match satisfies UnitKind, ...(comment !== undefined && { comment }), sections };
}

/** Sections in order; drops comments and blank lines, joins continued lines by a space. */
export function parseSections(text: string): readonly Section[] {
  const sections: { name: string; directives: Directive[] }[] = [];
  for (const { text: line } of logicalLines(text)) {
    const header = /^\[([^\]]*)\]$/.exec(line);
    if (header?.[1] !== undefined) {
      sections.push({ name: header[1], directives: [] });
      continue;
    }
    const equals = line.indexOf('=');
    const section = sections.at(-1);
    if (equals < 1 || section === undefined) continue;
    const key = trimWhitespace(line.slice(0, equals));
    section.directives.push(readLater(section.name, key, trimWhitespace(line.slice(equals + 1))));
  }
  return sections;
}

/** A directive whose value is parsed on first use: parsing commands takes longest, and few callers need them. */
function readLater(section: string, key: string, text: string): Directive {
  let value: Value | undefined;
  return {
    key,
    get value() {
      return (value ??= parseValue(section, key, text));
    },
  };
}

/** Directives of the sections Unit and Install whose value is a list of unit names. */
export const nameListKeys: ReadonlySet<string> = new Set([
  ...['Requires', 'Requisite', 'Wants', 'BindsTo', 'PartOf', 'Upholds', 'Conflicts', 'Before', 'After'],
  ...['OnFailure', 'OnSuccess', 'PropagatesStopTo', 'StopPropagatedFrom', 'JoinsNamespaceOf'],
  ...['PropagatesReloadTo', 'ReloadPropagatedFrom', 'WantedBy', 'RequiredBy', 'UpheldBy', 'Also', 'Alias'],
]);

/** Directives of the section Service that hold a command line and may stand more than once. */
export const commandKeys: ReadonlySet<string> = new Set([
  ...['ExecCondition', 'ExecStartPre', 'ExecStart', 'ExecStartPost'],
  ...['ExecReload', 'ExecStop', 'ExecStopPost'],
]);

/** One line of a section. */
function serialiseDirective(directive: Directive): string {
  return `${directive.key}=${serialiseValue(directive.value)}\n`;
}

/** Text that systemd would refuse, or reads with a warning (an escape it does not know), stays unchanged. */
function parseValue(section: string, key: string, text: string): Value {
  try {
    return readValue(section, key, text);
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'verbatim', text };
    throw error;
  }
}

function readValue(section: string, key: string, text: string): Value {
  if (section === 'X-Dockunit') return { kind: 'data', text: parseData(text) };
  if (commandKeys.has(key)) return { kind: 'exec', command: parseCommand(text) };
  if (nameListKeys.has(key)) return { kind: 'names', names: text.split(/\s+/).filter((name) => name !== '') };
  if (key === 'RequiresMountsFor') return { kind: 'paths', paths: parsePaths(text) };
  if (key === 'Description') return { kind: 'text', text: normaliseText(text.replaceAll('%%', '%')) };
  return { kind: 'word', word: text };
}

function parsePaths(text: string): readonly string[] {
  return splitWords(text.replaceAll('\\', '\\\\')).map((path) => path.replaceAll('%%', '%'));
}

/** A trimmed line, ready for parsing; `line` counts from 1 and is that of its first piece. */
export interface LogicalLine {
  readonly line: number;
  readonly text: string;
}

/** Without comments and blank lines; a line that ends in a backslash continues in the next line that is no comment. */
export function logicalLines(text: string): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  let pending: LogicalLine | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const piece = raw.replace(/^[ \t\r]+/, '');
    if (/^[#;]/.test(piece)) continue;
    if (pending === undefined && piece === '') continue;
    const { line, text: before }: LogicalLine = pending ?? { line: index + 1, text: '' };
    if (endsInBackslash(piece)) {
      pending = { line, text: `${before}${piece.slice(0, -1)} ` };
    } else {
      lines.push({ line, text: trimWhitespace(before + piece) });
      pending = undefined;
    }
  }
  if (pending !== undefined) lines.push({ line: pending.line, text: trimWhitespace(pending.text) });
  return lines;
}

/** Only an odd run of backslashes continues the line; `\\` is a backslash. */
function endsInBackslash(line: string): boolean {
  return (line.length - cutEnd(line, /\\/).length) % 2 === 1;
}
