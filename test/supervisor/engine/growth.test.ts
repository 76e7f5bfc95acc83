/** Twice as many services may take the engine of units twice as much work. */
import { describe, expect, it } from 'vitest';
import { stepCounter } from '../../counted-steps.ts';
import type { Event } from '../../../src/supervisor/engine/protocol.ts';
import type { EngineState } from '../../../src/supervisor/engine/state.ts';
import { createEngine, step } from '../../../src/supervisor/engine/step.ts';
import { parseUnit } from './rule-case.ts';

const stepsOf = stepCounter(/\/src\/supervisor\/engine\//);

/** What a service needs besides; docker.service wants each service that is enabled, and each requires it. */
const projects: Readonly<Record<string, (index: number) => string>> = {
  'services side by side': () => '',
  'a chain of services': (index) => (index === 0 ? '' : `,s${String(index - 1)}`),
};

function engineOf(count: number, needs: (index: number) => string): EngineState {
  const names = Array.from({ length: count }, (_, index) => `s${String(index)}`);
  const services = names.flatMap((name, index) => [
    `${name} Requires=docker.external${needs(index)} Wants=${name}-image After=docker.external,${name}-image${needs(index)} PartOf=all.target`,
    `${name}-image Type=oneshot Requires=docker.external After=docker.external`,
  ]);
  const target = `all.target Wants=${names.join(',')} After=${names.join(',')}`;
  const docker = `docker.external Wants=${names.join(',')}`;
  return createEngine([...services, target, docker].map(parseUnit), 257);
}

/** The state after the event and all that follows: images are pulled, services run until they are stopped. */
function settle(begin: EngineState, first: Event): EngineState {
  let state = begin;
  let now = 0;
  const events = [first];
  for (const event of events) {
    const { state: next, effects } = step(state, event, { now: (now += 1), conditions: () => 'met' });
    state = next;
    for (const effect of effects) {
      if (effect.kind === 'spawn') events.push({ kind: 'executed', process: effect.process });
      const isPull = effect.kind === 'spawn' && effect.unit.endsWith('-image.service');
      if (isPull || effect.kind === 'signal') {
        const exit = { kind: 'exited', code: 0 } as const;
        events.push({ kind: 'exited', process: effect.process, exit, survivors: false });
      }
    }
  }
  return state;
}

const request = (verb: 'start' | 'stop' | 'restart', unit: string): Event => ({
  kind: 'request',
  request: verb,
  verb,
  unit,
});
const phases: readonly (readonly [event: Event, isUp: boolean])[] = [
  [request('start', 'all.target'), false],
  [{ kind: 'external', unit: 'docker.external', active: true }, true],
  [request('restart', 'all.target'), true],
  [request('start', 's0.service'), true],
  [request('stop', 'all.target'), false],
  [request('start', 'all.target'), true],
];

describe('the work of the unit engine', () => {
  it.each(Object.keys(projects))('grows with %s as their number does', async (what) => {
    const perService: number[] = [];
    for (const count of [50, 50, 100, 200]) {
      let state = engineOf(count, projects[what] ?? String);
      const steps = await stepsOf(() => {
        for (const [event, isUp] of phases) {
          state = settle(state, event);
          const up = [...state.units.values()].filter(({ state: word }) => word === 'running');
          expect(up).toHaveLength(isUp ? count : 0);
        }
      });
      perService.push(steps / count);
    }
    // V8 counts the blocks of a function from when it first ran on: the first time does not count.
    const [, once = 0, twice, fourTimes] = perService;
    expect(once).toBeGreaterThan(0);
    expect(twice).toBeLessThan(once * 1.5);
    expect(fourTimes).toBeLessThan(once * 1.5);
  });
});
