/** A manager that reports every change to the audit. */
import type { UnitLink } from '../model/ports.ts';
import type { Manager } from '../manager/manager.ts';
import type { Context } from '../run/context.ts';

/**
 * The same manager; every method that changes something reports it to the audit first. It reports links
 * when they are known.
 */
export function auditedManager(manager: Manager, { recordChange }: Pick<Context, 'recordChange'>): Manager {
  const links = (newLinks: readonly UnitLink[]): readonly UnitLink[] => {
    if (newLinks.length > 0) recordChange({ kind: 'links', links: newLinks });
    return newLinks;
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
      recordChange({ kind: 'reload' });
      return manager.reload();
    },
    enable: async (units) => links(await manager.enable(units)),
    disable: async (units) => links(await manager.disable(units)),
    resetFailed: (units) => {
      if (units.length > 0) recordChange({ kind: 'reset-failed', units });
      return manager.resetFailed(units);
    },
    run: (verb, units, onEvent, signal) => {
      if (units.length > 0) recordChange({ kind: 'jobs', verb, units });
      return manager.run(verb, units, onEvent, signal);
    },
  };
}
