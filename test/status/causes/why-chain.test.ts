/** The causal chain of a state, told from what the unit engine itself does; the stories stand in the fixture. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainState } from '../../../src/status/causes/why-chain.ts';
import { activeStateOf } from '../../../src/supervisor/engine/state.ts';
import { createEngine } from '../../../src/supervisor/engine/step.ts';
import type { HistoryEntry } from '../../../src/supervisor/control/supervisor-api.ts';
import { parseCases, parseUnit, World } from '../../supervisor/engine/rule-case.ts';
import { stateOf } from '../../supervisor/control/fake-supervisor.ts';

const fixture = new URL('../../fixtures/why/stories.txt', import.meta.url);

/** As the supervisor hands it out: of what happened to several units in one millisecond the order is lost. */
function byUnit(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const units = [...new Set(history.map(({ unit }) => unit))];
  return units
    .flatMap((unit) => history.filter((entry) => entry.unit === unit))
    .sort((one, other) => one.time - other.time);
}

describe.each([
  ['in the order it happened', (history: readonly HistoryEntry[]) => history],
  ['unit by unit', byUnit],
] as const)('the chain of causes, of a history reported %s', (_order, asTold) => {
  for (const { title, rules, lines } of parseCases(readFileSync(fixture, 'utf8'))) {
    it(title, () => {
      const units = lines.filter(({ word }) => word === 'unit').map(({ rest }) => parseUnit(rest));
      const byName = new Map(units.map((unit) => [unit.name, unit]));
      const world = new World(createEngine(units, rules));
      let chain: readonly string[] = [];
      const expected: string[] = [];
      let end = '';
      let expectedEnd: string | undefined;
      for (const { word, rest } of lines) {
        if (word === 'do') world.act(rest);
        if (word === 'link') expected.push(rest);
        if (word === 'end') expectedEnd = rest;
        if (word !== 'why') continue;
        const { config, state, since } = world.unit(rest);
        const needs = {
          requires: (unit: string) => byName.get(unit)?.dependencies.Requires ?? [],
          after: (unit: string) => byName.get(unit)?.dependencies.After ?? [],
          follows: (unit: string) => byName.get(unit)?.dependencies.Requires ?? [],
          explainedBy: () => [],
        };
        const present = {
          ...stateOf(config.name),
          activeState: activeStateOf[state],
          subState: state,
          since: since ?? 0,
        };
        const told = explainState(present, asTold(world.history), needs);
        end = `${told.ending?.way.kind ?? 'none'} ${told.ending?.unit ?? ''}`;
        chain = told.links.map(
          ({ unit, time, what }) => `${String(time)} ${unit.replace('.service', '')} ${what}`,
        );
      }
      expect(expected.length).toBeGreaterThan(0);
      expect(chain).toEqual(expected);
      if (expectedEnd !== undefined) expect(end).toBe(expectedEnd);
    });
  }
});
