/** A manager that reports every change to the audit. */
import type { UnitLink } from '../model/ports.ts';
import type { Manager } from '../manager/manager.ts';
import type { Context } from '../run/context.ts';

/**
 * The same manager; every method that changes something reports it to the audit first. It reports links
 * when they are known.
 */
export function auditedManager(manager: Manager, { changed }: Pick<Context, 'changed'>): Manager {
  const links = (made: readonly UnitLink[]): readonly UnitLink[] => {
    if (made.length > 0) changed({ kind: 'links', links: made });
    return made;
  };
  return {
    kind: manager.kind,
    scope: manager.scope,
    version: () => manager.version(),
    states: (units) => manager.states(units),
    environment: (unit) => manager.environment(unit),
    pendingJobs: () => manager.pendingJobs(),
    history: (units) => manager.history(units),
    close: () => manager.close(),
    reload: () => {
      changed({ kind: 'reload' });
      return manager.reload();
    },
    enable: async (units) => links(await manager.enable(units)),
    disable: async (units) => links(await manager.disable(units)),
    resetFailed: (units) => {
      if (units.length > 0) changed({ kind: 'reset-failed', units });
      return manager.resetFailed(units);
    },
    run: (verb, units, onEvent, signal) => {
      if (units.length > 0) changed({ kind: 'jobs', verb, units });
      return manager.run(verb, units, onEvent, signal);
    },
  };
}
