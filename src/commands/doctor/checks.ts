/** Every check of `doctor`, and all of them made. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Check, CheckName } from './check.ts';
import { checkNames } from './check.ts';
import { dockerChecks } from './docker-checks.ts';
import type { HostFacts } from './facts.ts';
import { isUnknown } from './facts.ts';
import { fileChecks } from './file-checks.ts';
import { managerChecks } from './manager-checks.ts';
import { resourceChecks } from './resource-checks.ts';
import { stateChecks } from './state-checks.ts';

const checks = {
  ...dockerChecks,
  ...managerChecks,
  ...fileChecks,
  ...stateChecks,
  ...resourceChecks,
} satisfies Record<CheckName, Check>;

/** `unknown` where its facts could not be learnt. */
export interface CheckOutcome {
  readonly check: CheckName;
  readonly outcome: 'good' | 'findings' | 'unknown';
  /** Why it is unknown. */
  readonly why?: string;
}

export interface Examination {
  /** In the order of checkNames. */
  readonly outcomes: readonly CheckOutcome[];
  /** `code` is the name of the check. */
  readonly findings: readonly Diagnostic[];
}

/** Makes every check; one that cannot be made says why, and keeps none of the others from being made. */
export function examine(facts: HostFacts): Examination {
  const outcomes: CheckOutcome[] = [];
  const findings: Diagnostic[] = [];
  for (const check of checkNames) {
    const found = checks[check](facts);
    if (isUnknown(found)) {
      outcomes.push({ check, outcome: 'unknown', why: found.unknown });
      continue;
    }
    outcomes.push({ check, outcome: found.length === 0 ? 'good' : 'findings' });
    for (const { severity, about, message, remedy } of found) {
      findings.push({ severity, code: check, ...(about !== undefined && { path: about }), message, remedy });
    }
  }
  return { outcomes, findings };
}
