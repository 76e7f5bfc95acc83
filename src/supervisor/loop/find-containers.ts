/** Finds the containers of dockunit's units by their labels. */
import { setTimeout as delay } from 'node:timers/promises';
import { isContainerUp } from '../../model/ports.ts';
import { type DockerContainer, DockerApiError, type DockerApi } from '../../model/supervisor-ports.ts';
import type { FoundContainer } from './adoption.ts';
import { stopAllowance } from './native-commands.ts';

/** Seconds. */
const strayGrace = 10;
/** How often, and after which pauses in ms, a starting supervisor asks. */
const attempts = 20;
const attemptPause = 250;

/** A container that runs, or was created and never started, as reported in a list. */
export interface ListedContainer {
  readonly id: string;
  readonly unit: string;
  readonly isUp: boolean;
}

/**
 * All of them, in one request however many they are.
 * @param labels besides `dockunit.unit`; without any, containers of users' supervisors are left out
 */
export async function listContainers(
  docker: DockerApi,
  labels: readonly string[],
  signal?: AbortSignal,
): Promise<readonly ListedContainer[]> {
  const containers = await docker.list(['dockunit.unit', ...labels], signal);
  return containers
    .filter(({ state }) => isContainerUp(state) || state === 'created')
    .filter(({ labels: own }) => labels.length > 0 || !own.has('dockunit.user'))
    .map(({ id, state, labels: own }) => ({
      id,
      unit: own.get('dockunit.unit') ?? '',
      isUp: isContainerUp(state),
    }));
}

/** Those that run, with the start time that distinguishes one run of a container from the next. */
async function findContainers(
  docker: DockerApi,
  labels: readonly string[],
): Promise<readonly FoundContainer[]> {
  const containers = (await listContainers(docker, labels)).filter(({ isUp }) => isUp);
  const details = await Promise.all(containers.map(({ id }) => docker.inspect(id)));
  return details
    .filter(
      (container): container is DockerContainer => container !== undefined && isContainerUp(container.status),
    )
    .map(({ labels: own, name, id, startedAt }) => ({
      unit: own.get('dockunit.unit') ?? '',
      name,
      id,
      startedAt,
    }));
}

/**
 * The running containers, for a starting supervisor: asks again if Docker fails in between.
 * @param labels as of listContainers
 * @param answers whether Docker answers at this moment
 * @returns undefined where Docker does not answer
 */
export async function awaitContainers(
  docker: DockerApi,
  labels: readonly string[],
  answers: () => boolean,
): Promise<readonly FoundContainer[] | undefined> {
  for (let attempt = 0; attempt < attempts && answers(); attempt += 1) {
    try {
      return await findContainers(docker, labels);
    } catch (error) {
      if (!(error instanceof DockerApiError)) throw error;
      await delay(attemptPause);
    }
  }
  return undefined;
}

/** Ends a container whose unit is down. Silent where Docker refuses. */
export async function removeStray(docker: DockerApi, id: string): Promise<void> {
  try {
    await docker.stop(id, strayGrace, AbortSignal.timeout(strayGrace * 1000 + stopAllowance));
    await docker.remove(id, AbortSignal.timeout(stopAllowance));
  } catch {
    // Every start of its unit removes it as well.
  }
}
