/**
 * After a stop: units that systemd calls failed although they were stopped as the user asked.
 */
import { HostError, isContainerUp, killedExitCode } from '../model/ports.ts';
import type { DockerPort, UnitState } from '../model/ports.ts';
import type { JobContext } from '../run/context.ts';
import { isUp } from './job-scope.ts';
import type { HostPorts } from '../session/session.ts';
import type { InstalledUnit } from '../session/installed-units.ts';

/**
 * Docker kills a container that outlasts its grace period, and systemd takes that for a failure. A service
 * that had failed before stays failed when it is stopped. The user who stops it knows of both. So dockunit
 * reports the first, and clears either, and the service reads `stopped`. Where docker did not stop a
 * container, because it is away or stuck, dockunit reports that too, and the service stays failed.
 * @returns the units whose containers still run, or may run
 */
export async function acknowledgeStop(
  units: readonly InstalledUnit[],
  before: readonly UnitState[],
  { manager, docker }: HostPorts,
  { err }: JobContext,
): Promise<readonly string[]> {
  const names = units.filter(({ kind }) => kind === 'container').map(({ name }) => name);
  const failedStates = (await manager.states(names)).filter(({ activeState }) => activeState === 'failed');
  const wasUp = new Set(before.filter(isUp).map(({ name }) => name));
  const wentDown = failedStates.filter(({ name }) => wasUp.has(name));
  for (const { name, exitStatus } of wentDown) {
    if (exitStatus === killedExitCode) {
      err.write(
        `${err.style.unit(name)}: ${err.style.warning('did not stop within its grace and was killed')}\n`,
      );
    }
  }
  const doubtful = new Set(
    wentDown.filter(({ exitStatus }) => exitStatus !== killedExitCode).map(({ name }) => name),
  );
  const survivors = await notStopped(
    units.filter(({ name }) => doubtful.has(name)),
    docker,
  );
  for (const { name, container = '' } of survivors) {
    const words = err.style.warning(`docker did not stop ${container}, which may still run`);
    err.write(`${err.style.unit(name)}: ${words}\n  → When docker is back: docker rm --force ${container}\n`);
  }
  const leftNames = survivors.map(({ name }) => name);
  const clearedNames = failedStates.map(({ name }) => name).filter((name) => !leftNames.includes(name));
  if (clearedNames.length > 0) await manager.resetFailed(clearedNames);
  return leftNames;
}

/** The units whose containers are up; all units where docker does not answer. */
async function notStopped(
  units: readonly InstalledUnit[],
  docker: DockerPort,
): Promise<readonly InstalledUnit[]> {
  if (units.length === 0) return [];
  try {
    const states = await docker.inspectContainers(units.flatMap(({ container }) => container ?? []));
    return units.filter(({ container = '' }) => isContainerUp(states.get(container)?.status ?? ''));
  } catch (error) {
    if (error instanceof HostError) return units;
    throw error;
  }
}
