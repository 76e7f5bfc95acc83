/** Diagnostics for people: place, problem, remedy; with the line itself where its text is available. */
import { type Diagnostic, type Position, type Severity, severities } from '../model/diagnostic.ts';
import { plainStyle } from './style.ts';
import type { Style } from './style.ts';
import { displayWidth, withoutControls } from '../text/width.ts';

export interface DiagnosticOptions {
  readonly style?: Style;
  /** The name of a file for people; without it, the name in the position. */
  readonly display?: (file: string) => string;
  /** The text of a file that a position names; undefined where it is not available. */
  readonly source?: (file: string) => string | undefined;
}

/**
 * The lines for one diagnostic:
 * ```
 * compose.yaml:12:5 services.web.ports[0]
 *   error: the port 99999 does not exist
 *   12 │     - 99999:80
 *      │       ^
 *   → choose a port from 1 to 65535
 * ```
 */
export function renderDiagnostic(diagnostic: Diagnostic, options: DiagnosticOptions = {}): readonly string[] {
  const style = options.style ?? plainStyle;
  const { position, path, severity, message, remedy } = diagnostic;
  const where = [
    ...(position === undefined ? [] : [style.unit(withoutControls(locationOf(position, options.display)))]),
    ...(path === undefined ? [] : [style.path(withoutControls(path))]),
  ];
  const indent = where.length > 0 ? '  ' : '';
  return [
    ...(where.length > 0 ? [where.join(' ')] : []),
    `${indent}${style[severity](`${severity}:`)} ${withoutControls(message)}`,
    ...excerpt(position, options.source, style).map((line) => `${indent}${line}`),
    `${indent}${style.dim('→')} ${withoutControls(remedy)}`,
  ];
}

/** All of them in their order, then the summary; [] when there are none. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: DiagnosticOptions = {},
): readonly string[] {
  if (diagnostics.length === 0) return [];
  return [
    ...diagnostics.flatMap((diagnostic) => renderDiagnostic(diagnostic, options)),
    summarise(diagnostics, options.style),
  ];
}

const plurals = { error: 'errors', warning: 'warnings', note: 'notes' } as const satisfies Record<
  Severity,
  string
>;

/** `2 errors, 1 warning`; `no findings` when there are none. */
export function summarise(diagnostics: readonly Diagnostic[], style: Style = plainStyle): string {
  const counts = severities.flatMap((severity) => {
    const count = diagnostics
      .filter((diagnostic) => diagnostic.severity === severity)
      .reduce((sum, { omitted = 1 }) => sum + omitted, 0);
    if (count === 0) return [];
    return style[severity](`${String(count)} ${count === 1 ? severity : plurals[severity]}`);
  });
  return counts.length > 0 ? counts.join(', ') : 'no findings';
}

function locationOf({ file, line, column }: Position, display = (path: string) => path): string {
  return `${display(file)}:${String(line)}:${String(column)}`;
}

/** Of longer lines, such as minified JSON, only the text around the place is shown. */
const shownBefore = 60;
const shownAfter = 40;

function excerpt(
  position: Position | undefined,
  source: DiagnosticOptions['source'],
  style: Style,
): readonly string[] {
  if (position === undefined) return [];
  const line = lineOf(source?.(position.file) ?? '', position.line);
  const offset = position.column - 1;
  if (line === undefined || line.trim() === '' || offset < 0 || offset > line.length) return [];
  const from = Math.max(0, offset - shownBefore);
  const to = Math.min(line.length, offset + shownAfter);
  const before = visibleLine(line.slice(from, offset));
  const after = visibleLine(line.slice(offset, to));
  const number = String(position.line);
  const [head, tail] = [from > 0 ? '…' : '', to < line.length ? '…' : ''];
  return [
    `${style.dim(`${number} │`)} ${`${head}${before}${after}${tail}`.trimEnd()}`,
    `${style.dim(`${' '.repeat(number.length)} │`)} ${' '.repeat(displayWidth(head + before))}${style.error('^')}`,
  ];
}

/** The line by its number, without splitting a file of ten megabytes for each diagnostic. */
function lineOf(text: string, number: number): string | undefined {
  let start = 0;
  for (let line = 1; line < number; line++) {
    start = text.indexOf('\n', start) + 1;
    if (start === 0) return undefined;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}

/** A tab is shown as two blanks, so that the caret is at the right place whatever the terminal's tab stops. */
function visibleLine(text: string): string {
  return withoutControls(text.replace(/\t/g, '  '));
}
