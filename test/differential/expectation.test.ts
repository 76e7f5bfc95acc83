import { describe, expect, it } from 'vitest';
import { expect as expectationOf } from './expectation.ts';
import type { Scenario } from './scenario.ts';

/** One that stops as soon as it has started, since what it is bound to is not there. */
function boundToNothing(type: 'simple' | 'exec', stub: string): Scenario {
  return {
    units: [
      { name: 'a.service', dependencies: {}, conditionUnmet: true, service: service('simple', 'hang') },
      { name: 'b.service', dependencies: { BindsTo: ['a.service'] }, service: service(type, stub) },
    ],
    steps: [[{ do: 'start', unit: 'b.service' }]],
  };
}

function service(type: string, stub: string): NonNullable<Scenario['units'][number]['service']> {
  return { settings: { Type: type, TimeoutStopSec: '700ms' }, commands: { start: [stub] } };
}

describe.each([252, 257] as const)('what a scenario must come to on systemd %i', (version) => {
  it.each([
    ['simple', 'trap:TERM hang'],
    ['exec', 'trap:TERM hang'],
    ['simple', 'exit:1'],
    ['simple', 'kill:KILL'],
  ] as const)('is unknown where the stop that follows a start meets a %s process of %s', (type, stub) => {
    expect(expectationOf(boundToNothing(type, stub), version)).toBe('racy');
  });

  it('is known where that stop ends the process however early or late it comes', () => {
    expect(expectationOf(boundToNothing('exec', 'hang'), version)).toMatchObject({ steps: [{}] });
  });
});
