/** Units without commands: targets, and external units. */
import { isActive, isInactive } from '../../model/ports.ts';
import { changeState } from './unit-changes.ts';
import type { Driver, Turn } from './turn.ts';

/** systemd.target(5): a target waits only for the units it is ordered after. */
export const targetDriver: Driver = {
  start: (turn, unit) => {
    if (isActive(turn.activeState(unit))) return 'already';
    const condition = turn.surroundings.conditions(unit);
    if (condition !== 'met') return condition;
    if (!hasItsBindings(turn, unit)) return 'dependency';
    changeState(turn, unit, 'active');
    return 'begun';
  },
  stop: (turn, unit) => {
    if (isInactive(turn.activeState(unit))) return 'already';
    changeState(turn, unit, 'dead');
    return 'begun';
  },
};

/** A start waits for the unit to appear by itself; the engine never stops it. */
export const externalDriver: Driver = {
  start: (turn, unit) => {
    const { config, state } = turn.unit(unit);
    if (isActive(turn.activeState(unit))) return 'already';
    if (state === 'waiting') return 'begun';
    const timeout = config.type === 'external' ? config.startTimeout : Infinity;
    changeState(turn, unit, 'waiting', { deadline: timeout === Infinity ? undefined : turn.now + timeout });
    return 'begun';
  },
  stop: () => 'already',
};

/** An external unit came or went. */
export function externalChanged(turn: Turn, unit: string, active: boolean): void {
  const { state, config } = turn.unit(unit);
  if (config.type !== 'external' || (state === 'active') === active) return;
  if (active) changeState(turn, unit, 'active');
  else if (state === 'active') changeState(turn, unit, 'dead');
}

/** The unit did not appear in time. */
export function externalTimedOut(turn: Turn, unit: string): void {
  turn.effects.push({ kind: 'occurred', unit, occurrence: { kind: 'timed-out', state: 'waiting' } });
  changeState(turn, unit, 'failed', { result: 'timeout' });
}

/** unit_verify_deps(): a unit ordered after a unit it is bound to starts only while that one is up. */
export function hasItsBindings(turn: Turn, unit: string): boolean {
  const after = turn.relatedUnits(unit, 'after');
  return turn
    .relatedUnits(unit, 'cannotBeActiveWithout')
    .every((other) => !after.includes(other) || isActive(turn.activeState(other)));
}
