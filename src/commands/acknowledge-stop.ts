/**
 * After a stop: what systemd calls failed although it was stopped as asked.
 */
import type { UnitState } from '../host/ports.ts';
import type { Context } from './context.ts';
import { isUp } from './driven-units.ts';
import type { HostPorts } from './host-ports.ts';
import type { InstalledUnit } from './installed-units.ts';

/** 128 + SIGKILL: what the docker client returns when the engine had to kill the container. */
const killed = 137;

/**
 * A container that outlasts its grace is killed, which systemd takes for a failure; and one that had
 * failed before stays failed when it is stopped. Whoever stops it knows of both: the first is told,
 * and either is cleared, so that the service reads `stopped`.
 */
export async function acknowledgeStop(
  stopped: readonly InstalledUnit[],
  before: readonly UnitState[],
  { manager }: HostPorts,
  { err }: Context,
): Promise<void> {
  const names = stopped.filter(({ kind }) => kind === 'container').map(({ name }) => name);
  const failed = (await manager.states(names)).filter(({ activeState }) => activeState === 'failed');
  const wasUp = new Set(before.filter(isUp).map(({ name }) => name));
  for (const { name, exitStatus } of failed) {
    if (exitStatus === killed && wasUp.has(name)) {
      err.write(
        `${err.style.unit(name)}: ${err.style.warning('did not stop within its grace and was killed')}\n`,
      );
    }
  }
  if (failed.length > 0) await manager.resetFailed(failed.map(({ name }) => name));
}
