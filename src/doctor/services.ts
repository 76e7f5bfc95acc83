/** Helpers about the units' services that several checks share. Pure. */
import { startsAtBoot } from '../model/ports.ts';
import type { UnitState } from '../model/ports.ts';
import { hasFailed } from '../status/failure-reason.ts';
import { namesOf } from '../units/unit-set.ts';
import { requirementsOf, shortName } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { Fact, HostFacts } from './facts.ts';
import { isUnknown } from './facts.ts';

/** The container units that start at boot, by themselves or with their project's target. */
export function enabledServices({
  manager,
  units,
}: {
  readonly manager: Pick<HostFacts['manager'], 'states'>;
  readonly units: Pick<HostFacts['units'], 'installedUnits'>;
}): Fact<readonly InstalledUnit[]> {
  const { states } = manager;
  if (isUnknown(states)) return states;
  const isEnabled = ({ name }: InstalledUnit): boolean => startsAtBoot(states.get(name)?.unitFileState ?? '');
  const withTargets = new Set(
    units.installedUnits
      .filter((unit) => unit.kind === 'target' && isEnabled(unit))
      .flatMap(({ unit }) => namesOf(unit, 'Wants')),
  );
  return units.installedUnits.filter(
    (unit) => unit.kind === 'container' && (isEnabled(unit) || withTargets.has(unit.name)),
  );
}

/** Milliseconds in which a restart counts as recent. */
export const recently = 5 * 60_000;

/** Milliseconds after which a restarted service counts as up. */
const steady = 30_000;

/** The health of a unit: by its past, and not by the sub-state it passes through at this moment. */
export type Health = 'up' | 'down' | 'failed' | 'failing';

/**
 * `failing`: systemd restarts it again and again by its Restart=. Between two failures it is activating,
 * deactivating, or up for a moment, and systemd has reset its Result= by then.
 */
export function healthOf(
  state: UnitState | undefined,
  { units: { pasts }, now }: Pick<HostFacts, 'now'> & { readonly units: Pick<HostFacts['units'], 'pasts'> },
): Health {
  if (state === undefined) return 'down';
  const isPassing = state.subState.endsWith('-before-auto-restart');
  if (state.activeState === 'failed' && !isPassing) return 'failed';
  const past = isUnknown(pasts) ? undefined : pasts.get(state.name);
  const restarts = past?.restarts ?? state.restarts;
  const wasFault = isUnknown(pasts) || past?.cause !== undefined;
  // Its restart is due and waits for the job of another unit; a unit that the user stopped has no cause.
  if (state.activeState === 'inactive') return restarts > 0 && past?.cause !== undefined ? 'failing' : 'down';
  if (state.activeState === 'active' || state.activeState === 'reloading') {
    return restarts > 1 && wasFault && now - state.since < steady ? 'failing' : 'up';
  }
  return hasFailed(state) || isPassing || (restarts > 0 && wasFault) ? 'failing' : 'up';
}

/**
 * dockunit's services that cannot start without the unit, by the names people use; other units only where
 * no service depends on it.
 */
export function requiredBy(name: string, installedUnits: readonly InstalledUnit[]): readonly string[] {
  const all = installedUnits.filter((unit) => requirementsOf(unit).includes(name));
  const services = all.filter(({ kind }) => kind === 'container');
  return [...new Set((services.length > 0 ? services : all).map(shortName))];
}
