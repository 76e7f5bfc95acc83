/** What verbs say, in one place: facts for programs, and remarks for people. */
import type { Severity } from '../model/diagnostic.ts';
import type { Style } from '../ui/style.ts';
import type { Output } from './context.ts';

/** Facts as `--json` prints them. */
export function reportText(report: unknown): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Writes facts for programs. */
export function writeReport(out: Output, report: unknown): void {
  out.write(reportText(report));
}

/** A line for people: what happened; below it, what to do about it. */
export function remarkText(style: Style, severity: Severity, message: string, remedy?: string): string {
  return `${style[severity](`${severity}:`)} ${message}\n${remedy === undefined ? '' : `→ ${remedy}\n`}`;
}

/** Writes such a line. */
export function writeRemark(err: Output, severity: Severity, message: string, remedy?: string): void {
  err.write(remarkText(err.style, severity, message, remedy));
}
