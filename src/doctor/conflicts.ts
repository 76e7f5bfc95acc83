/** Checks that no container of other software holds what services need. Pure. */
import type { Conflict } from '../session/find-conflicts.ts';
import { findConflicts } from '../session/find-conflicts.ts';
import { tellConflicts } from '../session/describe-conflicts.ts';
import type { Check, CheckName } from './check.ts';
import type { Fact, HostFacts } from './facts.ts';
import { isUnknown } from './facts.ts';

/** With the services of all installed units, up or not. */
export function conflictsOn({
  docker: { holdings },
  units,
  scope,
  uid,
}: HostFacts): Fact<readonly Conflict[]> {
  const all = units.installedUnits.map(({ unit }) => unit);
  const services = all.filter(({ kind }) => kind === 'container');
  if (services.length === 0) return [];
  if (isUnknown(holdings)) return holdings;
  return findConflicts({
    services,
    units: all,
    containers: holdings,
    user: scope === 'user' ? String(uid) : undefined,
  });
}

const checkConflicts: Check = (facts) => {
  const conflicts = conflictsOn(facts);
  if (isUnknown(conflicts)) return conflicts;
  return tellConflicts(conflicts, facts.there).map(({ severity, message, remedy }) => ({
    severity,
    message,
    remedy,
  }));
};

export const conflictChecks = {
  'containers-in-the-way': checkConflicts,
} as const satisfies Partial<Record<CheckName, Check>>;
