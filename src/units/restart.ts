/**
 * restart: → Restart= and its neighbours (systemd.service(5)).
 */
import type { RestartPolicy, Service } from '../spec/project.ts';
import { word } from './directives.ts';
import type { Directive } from './unit-set.ts';

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
 * The house default has no start limit; where the specification counts retries, the limit is theirs,
 * and the first start counts against it too.
 */
export function restartDirectives(policy: RestartPolicy): RestartDirectives {
  switch (policy.policy) {
    case 'no':
      return { unit: [], service: [word('Restart', 'no')] };
    case 'always':
    case 'unless-stopped':
      return { unit: [], service: [word('Restart', 'always')] };
    case 'on-failure':
      return {
        unit:
          policy.retries === undefined
            ? []
            : [word('StartLimitIntervalSec', 'infinity'), word('StartLimitBurst', policy.retries + 1)],
        service: [word('Restart', 'on-failure')],
      };
  }
}
