/** The assignments of a unit's files, merged as systemd merges them: the final value of each directive. */
import type { Diagnostic, Position, Severity } from '../../model/diagnostic.ts';
import type { UnitText } from '../../model/ports.ts';
import { logicalLines } from '../../units/unit-file.ts';
import { trimWhitespace } from '../../units/words.ts';
import type { DirectiveRule } from './directive-rule.ts';
import { serviceDirectives, sliceDirectives } from './service-directives.ts';
import { installDirectives, unitDirectives } from './unit-directives.ts';

const sections = {
  Unit: unitDirectives,
  Service: serviceDirectives,
  Slice: sliceDirectives,
  Install: installDirectives,
} as const;
type SectionName = keyof typeof sections;

/**
 * The rule of a directive; undefined where systemd knows no such directive.
 * @internal exported for tests: the test asks for every directive that systemd knows
 */
export function directiveRule(section: string, key: string): DirectiveRule | undefined {
  if (!isSection(section)) return undefined;
  const table: Readonly<Record<string, DirectiveRule>> = sections[section];
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

const isSection = (name: string): name is SectionName => Object.hasOwn(sections, name);

type ReadKeys<Table> = {
  [Key in keyof Table]: Table[Key] extends { readonly kind: 'read' } ? Key : never;
}[keyof Table];
/** `Service.Restart`: a directive whose rule is `read`, and no other. */
export type ReadDirective = {
  [Section in SectionName]: `${Section}.${ReadKeys<(typeof sections)[Section]> & string}`;
}[SectionName];

/** One `KEY=VALUE` of a file. */
export interface Assignment {
  /** `Service.Restart` */
  readonly directive: string;
  readonly value: string;
  readonly position: Position;
}

/** Where to report a finding: its position is that of the assignment. */
type LoadReport = (
  severity: Severity,
  code: string,
  message: string,
  remedy: string,
  position?: Position,
) => void;

export interface UnitSettings {
  /** Of these directives, in the order they were read. */
  readonly all: (...directives: readonly ReadDirective[]) => readonly Assignment[];
  /** As above, from the last empty assignment on: how systemd reads lists that can be reset. */
  readonly list: (...directives: readonly ReadDirective[]) => readonly Assignment[];
  /** The value of the last valid assignment; invalid ones are reported, and ignored as systemd ignores them. */
  readonly last: <Value>(
    parse: (text: string) => Value | undefined,
    kind: string,
    ...directives: readonly ReadDirective[]
  ) => Value | undefined;
  readonly report: LoadReport;
  /**
   * False where a directive is refused, or the unit's own file cannot be read to its end: the unit cannot be started.
   */
  readonly valid: boolean;
  /** Fields of [X-Dockunit], unchanged. */
  readonly dockunit: ReadonlyMap<string, string>;
}

/** Where systemd stops reading, e.g. an invalid command line. */
export type FatalFault = (
  assignment: Assignment,
) => { readonly message: string; readonly remedy: string } | undefined;

/**
 * Reads the files in order; adds findings to `diagnostics`. A fault that `fatalFault` names ends the reading of its
 * file; in a drop-in it has no other effect.
 */
export function readSettings(
  main: UnitText | undefined,
  dropIns: readonly UnitText[],
  fatalFault: FatalFault,
  diagnostics: Diagnostic[],
): UnitSettings {
  const report: LoadReport = (severity, code, message, remedy, position) => {
    diagnostics.push({ severity, code, ...(position && { position }), message, remedy });
  };
  let valid = true;
  const readFile = (text: UnitText): readonly Assignment[] => {
    const read = readAssignments(text, report);
    for (const [index, assignment] of read.entries()) {
      if (reportRule(assignment, report)) valid = false;
      const fault = fatalFault(assignment);
      if (fault === undefined) continue;
      if (text === main) valid = false;
      const { position } = assignment;
      report(
        'error',
        'fatal-setting',
        `${fault.message}: the file is read no further`,
        fault.remedy,
        position,
      );
      return read.slice(0, index + 1);
    }
    return read;
  };
  const assignments = [...(main === undefined ? [] : [main]), ...dropIns].flatMap(readFile);
  const all = (...directives: readonly ReadDirective[]): readonly Assignment[] =>
    assignments.filter(({ directive }) => (directives as readonly string[]).includes(directive));
  return {
    all,
    list: (...directives) => {
      const entries = all(...directives);
      return entries.slice(entries.findLastIndex(({ value }) => value === '') + 1);
    },
    last: (parse, kind, ...directives) => {
      let last: ReturnType<typeof parse>;
      for (const { directive, value, position } of all(...directives)) {
        const result = parse(value);
        if (result === undefined) {
          const key = directive.slice(directive.indexOf('.') + 1);
          report(
            'warning',
            'invalid-value',
            `${key}=${value} is no ${kind}, so it is ignored`,
            `Write ${kind} after ${key}=`,
            position,
          );
        }
        last = result ?? last;
      }
      return last;
    },
    report,
    valid,
    dockunit: new Map(
      assignments.flatMap(({ directive, value }) =>
        directive.startsWith('X-Dockunit.') ? [[directive.slice('X-Dockunit.'.length), value]] : [],
      ),
    ),
  };
}

function readAssignments({ path, text }: UnitText, report: LoadReport): readonly Assignment[] {
  const assignments: Assignment[] = [];
  let section: string | undefined;
  for (const { line, text: content } of logicalLines(text)) {
    const position = { file: path, line, column: 1 };
    const header = /^\[(.*)\]$/.exec(content)?.[1];
    const equals = content.indexOf('=');
    if (header !== undefined) {
      section = header;
      if (!isSection(header) && !header.startsWith('X-')) {
        const message = `the section [${header}] means nothing here, so it is ignored`;
        report('warning', 'unknown-section', message, 'Remove it, or begin its name with X-', position);
      }
    } else if (equals < 1 || section === undefined) {
      const message = section === undefined ? 'there is no section above this line' : 'this is no assignment';
      report(
        'warning',
        'invalid-line',
        `${message}, so it is ignored`,
        'Write KEY=VALUE below [SECTION]',
        position,
      );
    } else if (!/\p{NChar}/u.test(content)) {
      const key = trimWhitespace(content.slice(0, equals));
      const value = trimWhitespace(content.slice(equals + 1));
      assignments.push({ directive: `${section}.${key}`, value, position });
    }
  }
  return assignments;
}

/** Reports lost settings, if any; true where the unit cannot be started because of it. */
function reportRule({ directive, value, position }: Assignment, report: LoadReport): boolean {
  const dot = directive.indexOf('.');
  const section = directive.slice(0, dot);
  const key = directive.slice(dot + 1);
  if (!isSection(section) || key.startsWith('X-')) return false;
  const rule = directiveRule(section, key);
  if (rule === undefined) {
    const message = `systemd knows no ${key}= in [${section}], so it is ignored`;
    report('warning', 'unknown-directive', message, 'Correct its name or section, or remove it', position);
    return false;
  }
  if (rule.kind === 'read' || rule.kind === 'idle' || value === '') return false;
  if (rule.harmless.includes(value.toLowerCase())) return false;
  const isRefusal = rule.kind === 'refused';
  report(
    isRefusal ? 'error' : 'warning',
    isRefusal ? 'directive-refused' : 'directive-ignored',
    `${key}=${value} ${isRefusal ? 'keeps the unit from being started' : 'is ignored'} without systemd: ${rule.reason}`,
    isRefusal ? 'Remove it, or run the unit with systemd' : 'Remove it, or leave it for hosts with systemd',
    position,
  );
  return isRefusal;
}
