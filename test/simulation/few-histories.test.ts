/** As many histories as a run of all tests has time for; many.test.ts plays the rest. */
import { expect, it } from 'vitest';
import { step } from '../../src/supervisor/engine/step.ts';
import { World } from '../../src/simulate/world.ts';
import { daemon } from '../../src/simulate/behaviour.ts';
import { unitOf } from './history.ts';
import { playAll } from './histories.ts';
import { Invariants, freezeState } from './invariants.ts';
import { play } from './play.ts';
import { randomHistory } from './random-history.ts';

it.each([0, 500, 1_000, 1_500])(
  '500 random histories from %i on hold the invariants',
  (from) => {
    playAll(from, from + 500);
  },
  300_000,
);

it('plays a seed the same way each time', () => {
  expect(randomHistory(7)).toEqual(randomHistory(7));
  expect(play(randomHistory(7))).toEqual(play(randomHistory(7)));
});

it('histories are worth their name: they start, stop and lose news', () => {
  const histories = Array.from({ length: 200 }, (_, seed) => randomHistory(seed));
  const steps = histories.map((history) => play(history).steps);
  expect(steps.reduce((sum, each) => sum + each, 0) / steps.length).toBeGreaterThan(20);
  expect(
    histories.filter(({ news }) => Object.values(news).some((times) => times.length === 0)).length,
  ).toBeGreaterThan(50);
});

const bound = [
  { name: 'a', type: 'service', commands: { start: [{ does: [daemon] }] } },
  {
    name: 'b',
    type: 'service',
    dependencies: { BindsTo: ['a'], After: ['a'] },
    commands: { start: [{ does: [daemon] }] },
  },
] as const;

it.each([
  [
    'is active without what it binds to',
    (world: World) => [{ ...world.state.units.get('a'), state: 'dead', main: undefined }],
  ],
  ['has a job that is not its own', (world: World) => [{ ...world.state.units.get('a'), job: 99 }]],
  [
    'is dead and has a deadline',
    (world: World) => [{ ...world.state.units.get('a'), state: 'dead', deadline: 5 }],
  ],
])('notices that a unit %s', (_what, broken) => {
  const world = new World({ units: bound.map(unitOf), rules: 257, behave: () => daemon });
  world.tell({ kind: 'request', request: 'b', verb: 'start', unit: 'b' });
  world.run(1_000);
  const units = new Map(world.state.units);
  for (const unit of broken(world)) units.set('a', unit as never);
  const after = { ...world.state, units };
  const invariants = new Invariants(() => world);
  expect(() => {
    invariants.check({ now: 1_000, event: { kind: 'tick' }, before: world.state, after, effects: [] });
  }).toThrow();
});

it('a state that is frozen lets step() work and no one write', () => {
  const world = new World({ units: bound.map(unitOf), rules: 257, behave: () => daemon });
  freezeState(world.state);
  expect(() => (world.state.units as Map<string, unknown>).delete('a')).toThrow('step() changes');
  const request = { kind: 'request', request: 'b', verb: 'start', unit: 'b' } as const;
  expect(step(world.state, request, { now: 0, conditions: () => 'met' }).effects.length).toBeGreaterThan(3);
});
