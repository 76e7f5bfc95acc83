/** The causal chain of a state, told from what the engine itself does; the stories stand in the fixture. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainState } from '../../../src/commands/causes/why-chain.ts';
import { activeStateOf } from '../../../src/supervisor/engine/state.ts';
import { createEngine } from '../../../src/supervisor/engine/step.ts';
import { parseCases, parseUnit, World } from '../../supervisor/engine/rule-case.ts';
import { stateOf } from '../../supervisor/control/fake-served.ts';

const fixture = new URL('../../fixtures/why/stories.txt', import.meta.url);

describe('the chain of causes', () => {
  for (const { title, rules, lines } of parseCases(readFileSync(fixture, 'utf8'))) {
    it(title, () => {
      const units = lines.filter(({ word }) => word === 'unit').map(({ rest }) => parseUnit(rest));
      const byName = new Map(units.map((unit) => [unit.name, unit]));
      const world = new World(createEngine(units, rules));
      let chain: readonly string[] = [];
      const expected: string[] = [];
      for (const { word, rest } of lines) {
        if (word === 'do') world.act(rest);
        if (word === 'link') expected.push(rest);
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
        chain = explainState(present, world.history, needs).links.map(
          ({ unit, time, what }) => `${String(time)} ${unit.replace('.service', '')} ${what}`,
        );
      }
      expect(expected.length).toBeGreaterThan(0);
      expect(chain).toEqual(expected);
    });
  }
});
