/**
 * Where the parts of the spec put their diagnostics, and how each reads: a place, what, what to do.
 */
import type { Diagnostic, Severity } from '../diagnostic.ts';
import type { Mark } from './tree.ts';

/** The stable names of what the spec can find. */
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

/** Of one severity; who has more is helped by none of them. */
const maxFindings = 500;

export class Findings {
  readonly all: Diagnostic[] = [];
  readonly #counts: Record<Severity, number> = { error: 0, warning: 0, note: 0 };

  error(at: Mark | undefined, path: string, code: FindingCode, message: string, remedy: string): void {
    this.add('error', at, path, code, message, remedy);
  }

  add(
    severity: Severity,
    at: Mark | undefined,
    path: string,
    code: FindingCode,
    message: string,
    remedy: string,
  ): void {
    if (++this.#counts[severity] > maxFindings) return;
    this.all.push({
      severity,
      code,
      ...(at && { position: at.source.position(at.offset) }),
      ...(path !== '' && { path }),
      message,
      remedy,
    });
  }
}
