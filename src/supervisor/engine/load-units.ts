/** Loads the units from disk again without changing anything that runs; daemon-reload of systemctl(1). */
import { isInactive } from '../../model/ports.ts';
import { relate } from './relations.ts';
import type { UnitRuntime } from './state.ts';
import { freshUnit, type Turn } from './turn.ts';
import type { UnitConfig } from './unit-config.ts';
import { activeStateOf } from './state.ts';

/** A unit without files stays, as not found, while it is up, has a job or has failed. */
export function takeUnits(turn: Turn, units: readonly UnitConfig[]): void {
  const present = new Map(units.map((unit) => [unit.name, unit]));
  const runtimes: UnitRuntime[] = units.map((config) => reconfigure(turn.unit(config.name), config));
  for (const unit of turn.units()) {
    if (present.has(unit.config.name) || isForgettable(unit)) continue;
    runtimes.push({ ...unit, config: { ...unit.config, loadState: 'not-found' } });
  }
  turn.configure(relate(runtimes.map(({ config }) => config)), runtimes);
  // A new file may uphold a present unit or bind it; unit_coldplug() checks both.
  for (const { config } of runtimes) {
    turn.boundQueue.add(config.name);
    turn.upheldQueue.add(config.name);
    const job = turn.jobOf(config.name);
    if (job !== undefined) turn.runQueue.add(job);
  }
}

/** A unit that changes its type while it is up keeps the old type until it is down. */
function reconfigure(unit: UnitRuntime, config: UnitConfig): UnitRuntime {
  if (unit.config.type === config.type) return { ...unit, config };
  return isForgettable(unit) ? freshUnit(config) : { ...unit, config: { ...unit.config, hash: config.hash } };
}

const isForgettable = ({ state, job }: UnitRuntime): boolean =>
  isInactive(activeStateOf[state]) && state !== 'failed' && job === undefined;
