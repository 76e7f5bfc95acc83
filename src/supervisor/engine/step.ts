/** The engine: one pure function from a state and an event to the next state and what is to be done. */
import type { Effect, Event, Surroundings } from './protocol.ts';
import { relate } from './relations.ts';
import type { EngineState, RulesVersion } from './state.ts';
import type { UnitConfig } from './unit-config.ts';

/** A state in which every unit is inactive; units named by others but not among these count as not found. */
export function createEngine(units: readonly UnitConfig[], rules: RulesVersion): EngineState {
  return {
    rules,
    relations: relate(units),
    units: new Map(),
    jobs: new Map(),
    processes: new Map(),
    nextJob: 1,
    nextProcess: 1,
  };
}

/** Takes one event. Never throws for anything a unit, a process or a user can do. */
export function step(
  state: EngineState,
  event: Event,
  surroundings: Surroundings,
): { readonly state: EngineState; readonly effects: readonly Effect[] } {
  throw new Error(`not yet: ${event.kind} at ${String(surroundings.now)} of ${String(state.nextJob)}`);
}

/** When the engine must be given a `tick` at the latest, in ms of its clock; undefined where nothing is pending. */
export function nextDeadline(state: EngineState): number | undefined {
  const deadlines = [...state.units.values()].flatMap(({ deadline }) => deadline ?? []);
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}
