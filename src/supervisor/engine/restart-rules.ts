/** Whether a service that ended starts again, and when; service.c, systemd.service(5). */
import { matchesExit } from './exit-status.ts';
import type { RulesVersion, UnitRuntime } from './state.ts';
import type { RestartPolicy, ServiceConfig } from './unit-config.ts';

/** service_shall_restart(): checks a requested stop first, then the exit statuses, then Restart=. */
export function shallRestart(
  { forbidRestart, mainExit, result }: UnitRuntime,
  service: ServiceConfig,
): boolean {
  if (forbidRestart) return false;
  if (mainExit !== undefined && matchesExit(service.restartPreventExitStatus, mainExit)) return false;
  if (mainExit !== undefined && matchesExit(service.restartForceExitStatus, mainExit)) {
    return !(service.type === 'oneshot' && result === 'success');
  }
  return restartsOn[service.restart](result);
}

/** Whether a service that ended with this result starts again; service.c, service_shall_restart(). */
export const restartsOn = {
  no: () => false,
  always: (result) => result !== 'exec-condition',
  'on-success': (result) => result === 'success',
  'on-failure': (result) => result !== 'success' && result !== 'exec-condition',
  'on-abnormal': (result) => result !== 'success' && result !== 'exit-code' && result !== 'exec-condition',
  // The supervisor has no watchdog, so a watchdog cannot be the cause.
  'on-watchdog': () => false,
  'on-abort': (result) => result === 'signal' || result === 'core-dump',
} as const satisfies Record<RestartPolicy, (result: string) => boolean>;

/**
 * service_restart_usec_next(): ms until the automatic restart that would be the `next`th. Grows by
 * the same factor with each of RestartSteps= up to RestartMaxDelaySec=, where both are given.
 */
export function restartDelay(service: ServiceConfig, next: number, rules: RulesVersion): number {
  const { restartSec: first, restartSteps: steps, restartMaxDelaySec: last } = service;
  const isConstant =
    rules < 254 || next <= 1 || steps === 0 || first === 0 || last === Infinity || first >= last;
  if (isConstant) return first;
  return next > steps ? last : first * (last / first) ** ((next - 1) / steps);
}
