/**
 * restart: as Restart= and its neighbours (systemd.service(5)).
 */
import type { RestartPacing, ComposeRestartPolicy, Service } from '../compose/project.ts';
import { isKnownTo } from './directive-versions.ts';
import { word } from './directives.ts';
import type { Directive } from './unit-set.ts';

export interface RestartDirectives {
  readonly unit: readonly Directive[];
  readonly service: readonly Directive[];
}

/** The effective policy: absent means always, but a service whose completion others wait for runs once. */
export function restartPolicy(service: Service, runsToCompletion: boolean): ComposeRestartPolicy {
  if (service.restart === undefined) return { policy: runsToCompletion ? 'no' : 'always' };
  if (runsToCompletion && service.restart.policy !== 'on-failure') return { policy: 'no' };
  return service.restart;
}

/**
 * The house default has no start limit; where the specification counts retries, its limit applies, and the first start
 * counts too.
 */
export function restartDirectives(policy: ComposeRestartPolicy, systemd: number): RestartDirectives {
  switch (policy.policy) {
    case 'no':
      return { unit: [], service: [word('Restart', 'no')] };
    case 'unless-stopped':
    case 'always':
    case 'on-failure': {
      const when = policy.policy === 'on-failure' ? policy.policy : 'always';
      return {
        unit: startLimit(policy),
        service: [word('Restart', when), ...delayBetween(policy.delay, systemd)],
      };
    }
  }
}

function startLimit({ retries, window }: RestartPacing): Directive[] {
  if (retries === undefined) return [];
  const interval = window === undefined || window === 0 ? 'infinity' : `${String(window)}us`;
  return [word('StartLimitIntervalSec', interval), word('StartLimitBurst', retries + 1)];
}

/** A delay from the specification does not grow, unlike the house default's. */
function delayBetween(delay: number | undefined, systemd: number): Directive[] {
  if (delay === undefined) return [];
  const constant = [word('RestartSteps', 0), word('RestartMaxDelaySec', 'infinity')];
  return [word('RestartSec', `${String(delay)}us`), ...constant.filter(({ key }) => isKnownTo(key, systemd))];
}
