/** The very texts that systemd is given, through the supervisor's own loader. */
import type { RulesVersion } from '../../src/supervisor/engine/state.ts';
import { loadUnits } from '../../src/supervisor/load/load-units.ts';
import type { LoadedUnit } from '../../src/supervisor/load/loaded-unit.ts';
import { sourcesOf } from '../supervisor/load/unit-texts.ts';
import { type Scenario, unitText } from './scenario.ts';

/** Throws where a unit is not read without a complaint: a test of something else than meant. */
export function loadScenario(scenario: Scenario, version: RulesVersion): readonly LoadedUnit[] {
  const files = Object.fromEntries(scenario.units.map((unit) => [unit.name, unitText(unit, '', version)]));
  const { units, diagnostics } = loadUnits(Object.keys(files), sourcesOf({ files }));
  if (diagnostics.length > 0) {
    throw new Error(diagnostics.map(({ message, remedy }) => `${message}\n${remedy}`).join('\n'));
  }
  return [...units.values()];
}
