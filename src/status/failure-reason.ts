/** How units ended, in words that people use. */
import type { UnitState } from '../model/ports.ts';

/**
 * The meaning of Result= of systemd.exec(5), $SERVICE_RESULT; the exit status explains `exit-code` and
 * `signal`. Results that a later systemd may add are shown unchanged.
 */
const results: Readonly<Record<string, string>> = {
  timeout: 'took longer than its timeout',
  'core-dump': 'crashed',
  watchdog: 'watchdog timeout',
  'start-limit-hit': 'restarted too often',
  'oom-kill': 'out of memory',
  resources: 'it could not be set up',
  protocol: 'broke the protocol of its unit type',
  'exec-condition': 'its condition did not hold',
};

/**
 * Why a unit is not up: `exit 1`, `killed by signal 9`, `took longer than its timeout`; undefined where it
 * did not fail.
 */
export function reasonOf({ result, exitStatus }: UnitState): string | undefined {
  if (result === '' || result === 'success') return undefined;
  if (result === 'exit-code') {
    // ExecMainStatus stays 0 or absent where a command before the main one failed.
    return exitStatus === undefined || exitStatus === 0
      ? 'a command of its start failed'
      : `exit ${String(exitStatus)}`;
  }
  if (result === 'signal') {
    return exitStatus === undefined
      ? 'a command of its start was killed'
      : `killed by signal ${String(exitStatus)}`;
  }
  return results[result] ?? result;
}

/** Whether systemd is about to restart the unit by its Restart= after a failure; systemd.service(5). */
export function isRestarting(state: UnitState): boolean {
  // Before and during the wait: `failed-before-auto-restart`, `auto-restart-queued`; service.c.
  return state.subState.includes('auto-restart');
}

/** Whether the unit is down, or on its way down, because of a failure. */
export function hasFailed(state: UnitState): boolean {
  if (state.activeState === 'failed') return true;
  return (isRestarting(state) || state.activeState === 'deactivating') && reasonOf(state) !== undefined;
}
