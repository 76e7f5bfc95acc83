/**
 * Collects the diagnostics of the Compose reader, each with a place, a problem and a remedy.
 */
import { type Diagnostic, type Severity, mostDiagnostics, omissions } from '../model/diagnostic.ts';
import { type BudgetKind, type Size, budgets } from './budget.ts';
import type { Mark } from './tree.ts';

/** The stable codes of all findings here. */
export type FindingCode =
  | 'alias-bomb'
  | 'build-secret-owner'
  | 'command-cut'
  | 'conflicting-keys'
  | 'dotenv-syntax'
  | 'duplicate-key'
  | 'empty-file'
  | 'env-file'
  | 'expose-without-effect'
  | 'extends-cycle'
  | 'file-too-large'
  | 'health-test-cut'
  | 'inactive-profile'
  | 'include-conflict'
  | 'include-cycle'
  | 'included-systemd'
  | 'interpolation-syntax'
  | 'invalid-name'
  | 'invalid-value'
  | 'key-not-supported'
  | 'label-file'
  | 'mount-consistency'
  | 'mount-relabelling'
  | 'merge-conflict'
  | 'missing-key'
  | 'models-unused'
  | 'nested-too-deep'
  | 'no-services'
  | 'not-yaml'
  | 'obsolete-key'
  | 'optional-dependency-absent'
  | 'project-too-large'
  | 'required-variable'
  | 'self-dependency'
  | 'several-documents'
  | 'swarm-only'
  | 'undefined-config'
  | 'undefined-network'
  | 'undefined-secret'
  | 'undefined-service'
  | 'undefined-volume'
  | 'unknown-key'
  | 'unreadable-file'
  | 'unset-variable'
  | 'wrong-kind';

/** A place, or a function that finds it: finding it can take long, and only the first findings are shown. */
export type FindingPlace = Mark | undefined | (() => Mark | undefined);
/** What to do, or a function that works it out. */
export type Remedy = string | (() => string);

export class Findings {
  readonly #diagnostics: Diagnostic[] = [];
  readonly #counts: Record<Severity, number> = { error: 0, warning: 0, note: 0 };
  readonly #exceeded = new Set<BudgetKind>();
  readonly #totals = new Map<BudgetKind, number>();

  /** The first of each severity, and the number of others. */
  get all(): readonly Diagnostic[] {
    return [...this.#diagnostics, ...omissions(this.#counts)];
  }

  get hasErrors(): boolean {
    return this.#counts.error > 0;
  }

  /** Whether the project exceeds a budget: data read after that is incomplete. */
  get isOverBudget(): boolean {
    return this.#exceeded.size > 0;
  }

  error(at: FindingPlace, path: string, code: FindingCode, message: string, remedy: Remedy): void {
    this.add('error', at, path, code, message, remedy);
  }

  add(
    severity: Severity,
    at: FindingPlace,
    path: string,
    code: FindingCode,
    message: string,
    remedy: Remedy,
  ): void {
    if (++this.#counts[severity] > mostDiagnostics) return;
    const mark = typeof at === 'function' ? at() : at;
    this.#diagnostics.push({
      severity,
      code,
      ...(mark && { position: mark.source.position(mark.offset) }),
      ...(path !== '' && { path }),
      message,
      remedy: typeof remedy === 'function' ? remedy() : remedy,
    });
  }

  /**
   * Counts the amount towards a budget of the project. False, with one error for the whole project, where it exceeds
   * the budget: the caller then leaves out its part.
   */
  spend(kind: BudgetKind, amount: number, at: FindingPlace, path: string): boolean {
    const { limit } = budgets[kind];
    const total = (this.#totals.get(kind) ?? 0) + amount;
    this.#totals.set(kind, total);
    if (total <= limit) return true;
    this.refuseTooMuch(kind, at, path);
    return false;
  }

  /** Counts the size of a value towards the budgets; as `spend`. */
  spendSize({ values, characters }: Size, at: FindingPlace, path: string): boolean {
    return this.spend('values', values, at, path) && this.spend('characters', characters, at, path);
  }

  /** Reports, once, that a budget is exceeded. */
  refuseTooMuch(kind: BudgetKind, at: FindingPlace, path: string): void {
    const { limit, what, remedy } = budgets[kind];
    if (this.#exceeded.has(kind)) return;
    this.#exceeded.add(kind);
    const message = `the project has more than ${limit.toLocaleString('en')} ${what}`;
    this.error(at, path, 'project-too-large', message, remedy);
  }
}
