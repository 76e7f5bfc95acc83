/**
 * Diagnostics are values: every part of dockunit returns them, only cli.ts prints them.
 */

export type Severity = 'error' | 'warning' | 'note';

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
  /** What is wrong: one sentence, no trailing full stop. */
  readonly message: string;
  /** What the user can do about it: one imperative sentence, no trailing full stop. */
  readonly remedy: string;
}

/** A result and everything there is to say about it; `value` is absent when an error made it impossible. */
export interface Outcome<T> {
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** True when at least one of the diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** File by file in the order of the paths, from the top down; what has no place, and other files, last. */
export function inReadingOrder(
  diagnostics: readonly Diagnostic[],
  files: readonly string[],
): readonly Diagnostic[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const rank = ({ position }: Diagnostic): number => (position && order.get(position.file)) ?? files.length;
  return [...diagnostics].sort(
    (left, right) =>
      rank(left) - rank(right) ||
      (left.position?.line ?? 0) - (right.position?.line ?? 0) ||
      (left.position?.column ?? 0) - (right.position?.column ?? 0),
  );
}

/** What was thrown, in words: the message of an error, or the thing itself as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Wrong usage (exit 2) that has no place in a file: what is wrong and what to write instead. */
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
