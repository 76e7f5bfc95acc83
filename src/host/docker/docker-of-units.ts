/** The Docker that units use, reached without a client process. */
import { dockerAddress, reachedFromHere } from './http-api.ts';
import type { DockerAddress } from './http-api.ts';
import { listContainers } from './facts.ts';
import { HostError } from '../../model/ports.ts';
import type { HeldByContainer, Scope } from '../../model/ports.ts';
import { DockerApiError } from '../../model/supervisor-ports.ts';
import type { Environment } from '../../model/environment.ts';

export interface UnitsRunner {
  readonly scope: Scope;
  readonly kind: 'systemd' | 'supervisor';
}

/**
 * Finds it as a client there would; undefined where it needs a client. For another machine, the path is the one on that
 * machine.
 */
export function dockerOfUnits(
  { scope, kind }: UnitsRunner,
  environment: Environment,
): DockerAddress | undefined {
  // The system's manager runs units without the variables of a shell.
  return dockerAddress(scope === 'user' || kind === 'supervisor' ? environment : {});
}

/** Milliseconds: a Docker that is only busy answers in this time. */
const answerTimeout = 15_000;

/** The host resources of all containers; HostError where Docker does not answer. */
export async function readHeldByContainers(
  runner: UnitsRunner,
  environment: Environment,
): Promise<readonly HeldByContainer[]> {
  const there = dockerOfUnits(runner, environment);
  const address = there && reachedFromHere(there);
  if (address === undefined) {
    throw new HostError('DOCKER_HOST names a Docker that only a client can ask', 'Unset it, or look there');
  }
  try {
    return await listContainers(address, answerTimeout);
  } catch (error) {
    if (!(error instanceof DockerApiError)) throw error;
    throw new HostError(error.message, 'See whether it runs: docker version', { cause: error });
  }
}
