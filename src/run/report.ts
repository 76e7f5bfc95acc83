/** What verbs say, in one place: facts for programs, and remarks for people. */
import type { Severity } from '../model/diagnostic.ts';
import type { Output } from './context.ts';

/** Facts as `--json` prints them. */
export function reportText(report: unknown): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Writes facts for programs. */
export function writeReport(out: Output, report: unknown): void {
  out.write(reportText(report));
}

/** Writes a line for people: what happened, and what to do about it. */
export function writeRemark(err: Output, severity: Severity, message: string, remedy?: string): void {
  err.write(
    `${err.style[severity](`${severity}:`)} ${message}\n${remedy === undefined ? '' : `→ ${remedy}\n`}`,
  );
}
