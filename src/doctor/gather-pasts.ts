/**
 * The recent past of units, from the manager's history and their logs: so that no finding depends on the
 * moment of the check.
 */
import type { UnitState } from '../model/ports.ts';
import type { Manager } from '../manager/manager.ts';
import { isTrouble, needsOf, readCause, readHistory } from '../status/causes/read-causes.ts';
import { explainLastEnd } from '../status/causes/why-chain.ts';
import type { Context } from '../run/context.ts';
import { journalOf } from '../session/session.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { Past } from './facts.ts';
import { recently } from './services.ts';

/** Of the units that are not up, or that were restarted after their first start. */
export async function gatherPasts(
  manager: Manager,
  states: ReadonlyMap<string, UnitState>,
  installedUnits: readonly InstalledUnit[],
  context: Context,
): Promise<ReadonlyMap<string, Past>> {
  const units = installedUnits.filter(({ name }) => mayBeInTrouble(states.get(name)));
  if (units.length === 0) return new Map();
  const { kind, scope } = manager;
  const sources = {
    manager: { kind, scope, history: (units: readonly string[]) => manager.history(units) },
    journal: journalOf(kind, scope, context),
    installedUnits,
  };
  const history = await readHistory(units, sources);
  const needs = needsOf(installedUnits);
  const since = context.now() - recently;
  const pasts = units.map(async ({ name }): Promise<readonly [string, Past]> => {
    const chain = explainLastEnd(name, history, needs);
    const cause = chain === undefined ? undefined : await readCause(chain, sources);
    const restarts = history.filter(
      ({ unit, time, fact }) =>
        unit === name &&
        time >= since &&
        fact.kind === 'occurred' &&
        fact.occurrence.kind === 'restart-scheduled',
    );
    const trouble = cause !== undefined && isTrouble(cause) ? cause : undefined;
    return [name, { cause: trouble, restarts: restarts.length }];
  });
  return new Map(await Promise.all(pasts));
}

function mayBeInTrouble(state: UnitState | undefined): boolean {
  if (state === undefined || state.loadState === 'not-found') return false;
  return state.restarts > 0 || (state.activeState !== 'active' && state.activeState !== 'inactive');
}
