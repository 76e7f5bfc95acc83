/** Every check of `doctor`, and the function that runs them all. Pure. */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Check, CheckName } from './check.ts';
import { checkNames } from './check.ts';
import { conflictChecks } from './conflicts.ts';
import { dockerChecks } from './docker-checks.ts';
import type { HostFacts, Source } from './facts.ts';
import { isUnknown } from './facts.ts';
import { fileChecks } from './file-checks.ts';
import { managerChecks } from './manager-checks.ts';
import { resourceChecks } from './resource-checks.ts';
import { stateChecks } from './state-checks.ts';

const checks = {
  ...dockerChecks,
  ...conflictChecks,
  ...managerChecks,
  ...fileChecks,
  ...stateChecks,
  ...resourceChecks,
} satisfies Record<CheckName, Check>;

/** `unknown` where dockunit could not read its facts. */
export interface CheckOutcome {
  readonly check: CheckName;
  readonly outcome: 'good' | 'findings' | 'unknown';
  /** Why it is unknown. */
  readonly why?: string;
  /** The finding that reports the cause, where there is one. */
  readonly toldBy?: CheckName;
}

export interface Examination {
  /** In the order of checkNames. */
  readonly outcomes: readonly CheckOutcome[];
  /** `code` is the name of the check. */
  readonly findings: readonly Diagnostic[];
}

/** Runs every check; one that cannot run says why, and does not prevent the others. */
export function examine(facts: HostFacts): Examination {
  const outcomes: CheckOutcome[] = [];
  const findings: Diagnostic[] = [];
  const gaps = new Map<Source, { readonly why: string; readonly checks: string[] }>();
  for (const check of checkNames) {
    const result = checks[check](facts);
    if (isUnknown(result)) {
      const { unknown: why, source } = result;
      outcomes.push({ check, outcome: 'unknown', why, ...(source && { toldBy: spokesmen[source] }) });
      if (source !== undefined) {
        const gap = gaps.get(source) ?? { why, checks: [] };
        gaps.set(source, gap);
        gap.checks.push(check);
      }
      continue;
    }
    outcomes.push({ check, outcome: result.length === 0 ? 'good' : 'findings' });
    for (const { severity, about, message, remedy } of result) {
      findings.push({ severity, code: check, ...(about !== undefined && { path: about }), message, remedy });
    }
  }
  const { pasts } = facts.units;
  // The check still runs, on the states alone.
  if (isUnknown(pasts) && pasts.source === 'journal') {
    gaps.set(pasts.source, { why: pasts.unknown, checks: ['why units failed'] });
  }
  return { outcomes, findings: tellMissed(findings, gaps) };
}

/** The check whose finding reports that a source did not answer. */
const spokesmen = {
  docker: 'docker-engine',
  'docker-client': 'docker-client',
  manager: 'manager',
  journal: 'failed-units',
  clock: 'clock',
  listeners: 'ports',
  disks: 'disk-space',
} as const satisfies Record<Source, CheckName>;

/** One finding for each source, with all the checks that could not run without it. */
function tellMissed(
  findings: readonly Diagnostic[],
  gaps: ReadonlyMap<Source, { readonly why: string; readonly checks: readonly string[] }>,
): readonly Diagnostic[] {
  const all = [...findings];
  for (const [source, { why, checks: names }] of gaps) {
    const code = spokesmen[source];
    const missing = `these checks were not made: ${names.join(', ')}`;
    const index = all.findIndex((finding) => finding.code === code && finding.path === undefined);
    const finding = all[index];
    if (finding !== undefined) all[index] = { ...finding, message: `${finding.message}; ${missing}` };
    else {
      all.push({
        severity: 'warning',
        code,
        message: `${why}; ${missing}`,
        remedy: 'See how busy the host is, and look again: uptime; dockunit doctor',
      });
    }
  }
  return all.sort((one, other) => rank(one) - rank(other));
}

const rank = ({ code }: Diagnostic): number => checkNames.findIndex((name) => name === code);
