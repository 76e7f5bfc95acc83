/** The very texts that systemd is given, through the supervisor's own loader. */
import type { RulesVersion } from '../../src/supervisor/engine/state.ts';
import { loadUnits } from '../../src/supervisor/load/load-units.ts';
import type { LoadedUnit } from '../../src/supervisor/load/loaded-unit.ts';
import { sourcesOf } from '../supervisor/load/unit-texts.ts';
import { type Scenario, unitText } from './scenario.ts';

/** Throws where a unit is not read without a complaint: a test of something else than meant. */
export function loadScenario(scenario: Scenario, version: RulesVersion): readonly LoadedUnit[] {
  const { units, diagnostics } = readScenario(scenario, version);
  if (diagnostics.length > 0) {
    throw new Error(diagnostics.map(({ message, remedy }) => `${message}\n${remedy}`).join('\n'));
  }
  return [...units.values()];
}

/** Whether loadScenario takes it. */
export function isLoadable(scenario: Scenario, version: RulesVersion): boolean {
  return readScenario(scenario, version).diagnostics.length === 0;
}

function readScenario({ units }: Scenario, version: RulesVersion): ReturnType<typeof loadUnits> {
  const files = Object.fromEntries(units.map((unit) => [unit.name, unitText(unit, '', version)]));
  return loadUnits(Object.keys(files), sourcesOf({ files }));
}
