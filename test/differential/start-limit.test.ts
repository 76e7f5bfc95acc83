import { describe, expect, it } from 'vitest';
import type { Action, Scenario, UnitModel } from './scenario.ts';
import { limitHitByTries } from './start-limit.ts';

type Service = NonNullable<UnitModel['service']>;

function scenario(startBurst: number, service: Service, ...steps: Action['do'][][]): Scenario {
  return {
    units: [{ name: 'a.service', dependencies: {}, startBurst, service }],
    steps: steps.map((actions) => actions.map((verb) => ({ do: verb, unit: 'a.service' }) as Action)),
  };
}

/** It is started, killed after it ignored SIGTERM, and has something to do after that. */
const slow: Service = {
  settings: { Type: 'exec', TimeoutStopSec: '700ms' },
  commands: { start: ['trap:TERM hang'], 'stop-post': ['sleep:400 exit:0'] },
};
const crashing: Service = {
  settings: { Type: 'exec', Restart: 'always', RestartSec: '100ms' },
  commands: { start: ['exit:1'] },
};

describe.each([252, 257] as const)('the start limit as systemd %i counts', (version) => {
  // The start; the job as it meets stop-sigterm; it at stop-sigkill; it at stop-post; the second start.
  it.each([
    [2, 0],
    [3, 0],
    [4, 0],
    [5, undefined],
  ] as const)('of %i is hit by tries of a job that waits for the unit to be down: step %s', (burst, step) => {
    const history = scenario(burst, slow, ['start', 'stop', 'start']);
    expect(limitHitByTries(history, 'a.service', version)).toBe(step);
  });

  it('is hit in the step of the try', () => {
    const history = scenario(4, slow, ['start'], ['stop', 'start']);
    expect(limitHitByTries(history, 'a.service', version)).toBe(1);
  });

  it('forgets with reset-failed', () => {
    const history = scenario(3, slow, ['start'], ['stop', 'start', 'reset-failed']);
    expect(limitHitByTries(history, 'a.service', version)).toBeUndefined();
  });

  it('says nothing of a limit that the engine comes to as well', () => {
    expect(limitHitByTries(scenario(2, crashing, ['start']), 'a.service', version)).toBeUndefined();
  });
});
