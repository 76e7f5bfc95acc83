/** The docker engine that units work with, reached without a client process. */
import { engineAddress, reachedFromHere } from './http-api.ts';
import type { DockerAddress } from './http-api.ts';
import { listContainers } from './facts.ts';
import { HostError } from '../../model/ports.ts';
import type { HeldByContainer, Scope } from '../../model/ports.ts';
import { DockerApiError } from '../../model/supervisor-ports.ts';

export interface UnitsRunner {
  readonly scope: Scope;
  readonly kind: 'systemd' | 'supervisor';
}

/** As a client finds it there; undefined for what needs one. On another machine, still by the path that it has there. */
export function unitsEngine(
  { scope, kind }: UnitsRunner,
  environment: Readonly<Record<string, string | undefined>>,
): DockerAddress | undefined {
  // Units of the system's manager are run without what a shell may have set.
  return engineAddress(scope === 'user' || kind === 'supervisor' ? environment : {});
}

/** Milliseconds: an engine that is only busy answers by then. */
const answerTimeout = 15_000;

/** What all containers hold of the host; HostError where the engine does not tell. */
export async function readHeldByContainers(
  runner: UnitsRunner,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly HeldByContainer[]> {
  const there = unitsEngine(runner, environment);
  const address = there && reachedFromHere(there);
  if (address === undefined) {
    throw new HostError('DOCKER_HOST names an engine that only a client can ask', 'Unset it, or look there');
  }
  try {
    return await listContainers(address, answerTimeout);
  } catch (error) {
    if (!(error instanceof DockerApiError)) throw error;
    throw new HostError(error.message, 'See whether it runs: docker version', { cause: error });
  }
}
