/** What is found of a service that fails again and again is the same whatever it does at the instant of the look. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { examine } from '../../src/doctor/checks.ts';
import type { ActiveState, UnitState } from '../../src/model/ports.ts';
import { activeStateOf, serviceStates } from '../../src/supervisor/engine/state.ts';
import { hostFacts } from './host-facts.ts';

/** All that systemd passes through between two tries: the unit is not up for long, nor has it been given up. */
const moments = serviceStates.filter((state) => state !== 'failed' && state !== 'exited');

/** What its properties say then: systemd resets Result= and the exit of the main process as it starts. */
const remembered = fc.constantFrom<Partial<UnitState>>(
  { result: 'success', exitStatus: 0 },
  { result: 'exit-code', exitStatus: 1 },
  { result: 'exit-code', exitStatus: 0 },
  { result: 'success' },
);

const causes = fc.constantFrom(
  { kind: 'port-taken', what: 'port 8000 is in use already' } as const,
  { kind: 'exit', what: 'exit 3' } as const,
  { kind: 'name-taken', what: 'another container has the name shop-web' } as const,
);

it('in every sub-state, by the last failures', () => {
  fc.assert(
    fc.property(
      causes,
      fc.integer({ min: 2, max: 500 }),
      fc.array(fc.tuple(fc.constantFrom(...moments), remembered, fc.integer({ min: 0, max: 29_999 })), {
        minLength: 2,
        maxLength: 8,
      }),
      (cause, restarts, looks) => {
        const found = looks.map(([subState, properties, age]) => {
          const activeState: ActiveState = activeStateOf[subState];
          const { findings } = examine(
            hostFacts({
              now: 1_000_000,
              compose: { name: 'shop', services: { web: { image: 'nginx:1', ports: ['8000:80'] } } },
              states: {
                'shop-web.service': {
                  ...properties,
                  unitFileState: 'enabled',
                  activeState,
                  subState,
                  restarts,
                  since: 1_000_000 - age,
                },
              },
              pasts: { 'shop-web.service': { restarts, cause } },
              listeners: [
                { protocol: 'tcp', address: '0.0.0.0', port: 8000, program: 'docker-proxy, process 9' },
              ],
            }),
          );
          return findings.map(({ code, message }) => `${code}: ${message}`);
        });
        expect(found[0]).toContain(`failed-units: It fails again and again: ${cause.what}`);
        expect(found[0]?.length).toBe(cause.kind === 'port-taken' ? 2 : 1);
        for (const look of found) expect(look).toEqual(found[0]);
      },
    ),
    { verbose: 1 },
  );
});
