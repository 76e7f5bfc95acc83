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
