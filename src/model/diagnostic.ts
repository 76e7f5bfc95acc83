/**
 * Diagnostics are values: every part of dockunit returns them, and only cli.ts prints them.
 */

export const severities = ['error', 'warning', 'note'] as const;
export type Severity = (typeof severities)[number];

/** A place in a text file; line and column count from 1, as editors do. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where (position, path), what (message) and what to do (remedy). */
export interface Diagnostic {
  readonly severity: Severity;
  /** A stable kebab-case name of the kind of finding, for `--json` and tests: `unknown-key`, `ordering-cycle`… */
  readonly code: string;
  readonly position?: Position;
  /** The place within the specification: `services.web.ports[0]`. */
  readonly path?: string;
  /** The problem: one sentence, no trailing full stop. */
  readonly message: string;
  /** What the user can do about it: one imperative sentence, no trailing full stop. */
  readonly remedy: string;
  /** The number of other diagnostics of its severity that are left out, if this one stands for them. */
  readonly omitted?: number;
}

/** Of one severity: more of them help no one. */
export const mostDiagnostics = 100;
/** Characters of one text of a diagnostic. */
const longestText = 1000;

/** For each severity with more diagnostics than can be shown: one diagnostic that says how many. */
export function omissions(counts: Readonly<Record<Severity, number>>): readonly Diagnostic[] {
  return severities.flatMap((severity): Diagnostic[] => {
    const count = counts[severity] - mostDiagnostics;
    if (count <= 0) return [];
    const message = `${String(count)} more ${severity}${count === 1 ? ' is' : 's are'} not shown`;
    return [
      {
        severity,
        code: 'more-findings',
        message,
        remedy: 'Mend those above, and check again',
        omitted: count,
      },
    ];
  });
}

/**
 * The first diagnostics of each severity in their order, with very long texts shortened, and how many
 * more there are.
 */
export function boundDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const counts: Record<Severity, number> = { error: 0, warning: 0, note: 0 };
  const findings = diagnostics.filter(({ omitted }) => omitted === undefined);
  const first = findings.filter(({ severity }) => ++counts[severity] <= mostDiagnostics);
  for (const { severity, omitted = 0 } of diagnostics) counts[severity] += omitted;
  return [...first.map(withShortTexts), ...omissions(counts)];
}

function withShortTexts(diagnostic: Diagnostic): Diagnostic {
  const { message, remedy, path } = diagnostic;
  if ([message, remedy, path ?? ''].every((text) => text.length <= longestText)) return diagnostic;
  return {
    ...diagnostic,
    message: shorten(message),
    remedy: shorten(remedy),
    ...(path !== undefined && { path: shorten(path) }),
  };
}

const shorten = (text: string): string =>
  text.length <= longestText ? text : `${text.slice(0, longestText)}…`;

/** A result with all diagnostics about it; `value` is absent when an error made it impossible. */
export interface Outcome<T> {
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** True when at least one of the diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** File by file in the order of the paths, from the top down; diagnostics without a place, and other files, last. */
export function inReadingOrder(
  diagnostics: readonly Diagnostic[],
  files: readonly string[],
): readonly Diagnostic[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const rank = ({ position }: Diagnostic): number => (position && order.get(position.file)) ?? files.length;
  return [...diagnostics].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
}

/** A thrown value in words: the message of an error, or the value itself as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Wrong usage (exit 2) that has no place in a file: the mistake, and the right usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(
    message: string,
    /** One imperative sentence, no trailing full stop. */
    readonly remedy: string,
  ) {
    super(message);
  }
}
