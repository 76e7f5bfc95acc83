/**
 * restart: → Restart= and its neighbours (systemd.service(5)).
 */
import type { RestartPolicy, Service } from '../spec/project.ts';
import { word } from './directives.ts';
import type { Directive, Target } from './unit-set.ts';

export interface RestartDirectives {
  readonly unit: readonly Directive[];
  readonly service: readonly Directive[];
}

/** The policy in force: absent means always, but a service that others wait to see complete runs once. */
export function restartPolicy(service: Service, runsToCompletion: boolean): RestartPolicy {
  if (service.restart === undefined) return { policy: runsToCompletion ? 'no' : 'always' };
  if (runsToCompletion && service.restart.policy !== 'on-failure') return { policy: 'no' };
  return service.restart;
}

/**
 * The start limit is off except where the specification counts retries: with the default of 5 in
 * 10 s a daemon's outage or a slow dependency would take a service down for good. Where systemd can
 * (254), the delay grows to 30 s; before, it is constant.
 */
export function restartDirectives(policy: RestartPolicy, target: Target): RestartDirectives {
  switch (policy.policy) {
    case 'no':
      return { unit: [], service: [word('Restart', 'no')] };
    case 'always':
    case 'unless-stopped':
      return {
        unit: [word('StartLimitIntervalSec', 0)],
        service: [word('Restart', 'always'), ...delays(target)],
      };
    case 'on-failure':
      return {
        // The first start counts against the limit too.
        unit:
          policy.retries === undefined
            ? [word('StartLimitIntervalSec', 0)]
            : [word('StartLimitIntervalSec', 'infinity'), word('StartLimitBurst', policy.retries + 1)],
        service: [word('Restart', 'on-failure'), ...delays(target)],
      };
  }
}

function delays(target: Target): Directive[] {
  const first = word('RestartSec', '1s');
  return target.systemd >= 254
    ? [first, word('RestartSteps', 5), word('RestartMaxDelaySec', '30s')]
    : [first];
}
