/**
 * Which unit really failed when a job did: a job that ends with `dependency` only says that another job
 * failed before it. Pure.
 */
import { namesOf } from '../units/unit-set.ts';
import type { JobResult, UnitState } from '../model/ports.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { requirementsOf } from '../session/installed-units.ts';
import { hasFailed } from '../status/failure-reason.ts';

/** The facts that are known once the jobs have ended. */
export interface JobsOutcome {
  /** Results of all jobs of the transactions, by unit. */
  readonly results: ReadonlyMap<string, JobResult>;
  /** States afterwards, by unit; of foreign units too, such as docker.service. */
  readonly states: ReadonlyMap<string, UnitState>;
  /** How often each unit had been restarted by its Restart= before the jobs; 0 for those absent. */
  readonly restartsBefore?: ReadonlyMap<string, number>;
}

/** Results of jobs that did their work, or had no reason to run. */
const harmless: ReadonlySet<JobResult> = new Set(['done', 'skipped', 'collected', 'once', 'unknown']);

/** Whether the unit's job failed, or ended well and the unit failed right after. */
export function isFailed(unit: string, { results, states, restartsBefore }: JobsOutcome): boolean {
  const result = results.get(unit);
  if (result !== undefined && !harmless.has(result)) return true;
  const state = states.get(unit);
  if (state === undefined) return false;
  // Between two failures it looks like any unit that is being started.
  const again = state.activeState === 'activating' && state.restarts > (restartsBefore?.get(unit) ?? 0);
  return hasFailed(state) || again;
}

/**
 * The units that are the root cause of a failure, in the order in which they are found; the unit itself
 * where none of its dependencies failed. The search follows the units it requires, and of those it only
 * wants its images and gates: a container without its image, or whose dependency is not healthy, fails by
 * itself.
 */
export function rootCauses(
  unit: string,
  unitsByName: ReadonlyMap<string, InstalledUnit>,
  outcome: JobsOutcome,
): readonly string[] {
  const seenNames = new Set<string>();
  const follow = (name: string): readonly string[] => {
    // systemd refuses a cycle, but the files on disk may differ from those it has loaded.
    if (seenNames.has(name)) return [];
    seenNames.add(name);
    const under = suspectsOf(name, unitsByName).filter((suspect) => isFailed(suspect, outcome));
    const causes = under.flatMap(follow);
    return under.length > 0 ? causes : [name];
  };
  return follow(unit);
}

/** All units that may be named as a root cause of a failure of these units, themselves included. */
export function suspectsUnder(
  units: Iterable<string>,
  unitsByName: ReadonlyMap<string, InstalledUnit>,
): readonly string[] {
  const suspects = new Set(units);
  for (const name of suspects) for (const suspect of suspectsOf(name, unitsByName)) suspects.add(suspect);
  return [...suspects];
}

function suspectsOf(name: string, unitsByName: ReadonlyMap<string, InstalledUnit>): readonly string[] {
  const unit = unitsByName.get(name);
  if (unit === undefined) return [];
  const conditions = namesOf(unit.unit, 'Wants').filter((other) => {
    const kind = unitsByName.get(other)?.kind;
    return kind === 'image' || kind === 'gate' || unit.kind === 'target';
  });
  return [...new Set([...requirementsOf(unit), ...conditions])];
}
