/** Waits until the containers that came up are healthy, where they have a health check. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerState } from '../model/ports.ts';
import type { JobContext } from '../run/context.ts';
import { type Failure, explainFailures } from './explain-failure.ts';
import type { HostPorts } from '../session/session.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { statesByName } from '../status/read-state.ts';

/** The time between two looks at the containers, in ms. */
const pause = 200;

/**
 * The failures of the units that turn unhealthy, or whose container is replaced before it is healthy.
 * Docker itself decides within start period, interval and retries of each check, so there is no deadline
 * here; Ctrl-C ends the waiting.
 */
export async function awaitHealth(
  services: readonly InstalledUnit[],
  host: HostPorts,
  { err, signal }: JobContext,
): Promise<readonly Failure[]> {
  const waiting = new Map(
    services.flatMap((unit) => (unit.container === undefined ? [] : [[unit.container, unit]])),
  );
  const first = new Map<string, string>();
  const reasons = new Map<string, string>();
  let announced = false;
  for (;;) {
    const containers = await host.docker.inspectContainers([...waiting.keys()]);
    for (const [name, unit] of waiting) {
      const seen = containers.get(name);
      const verdict = verdictOn(seen, first.get(name));
      if (seen !== undefined && !first.has(name)) first.set(name, seen.id);
      if (verdict === 'starting') continue;
      waiting.delete(name);
      if (verdict !== 'well') reasons.set(unit.name, verdict);
    }
    if (waiting.size === 0 || signal.aborted) break;
    if (!announced) err.write(`Waiting for the health checks of ${[...waiting.keys()].join(', ')}\n`);
    announced = true;
    await delay(pause);
  }
  const states = await statesByName(host, [...reasons.keys()]);
  const failures = await explainFailures([...reasons.keys()], { results: new Map(), states }, host);
  return failures.map((failure) => ({ ...failure, reason: reasons.get(failure.unit) ?? failure.reason }));
}

type Verdict = 'well' | 'starting' | 'unhealthy' | 'ended before it was healthy';

/** @param before the id of its container when dockunit first saw it */
function verdictOn(seen: ContainerState | undefined, before: string | undefined): Verdict {
  if (before !== undefined && seen?.id !== before) return 'ended before it was healthy';
  if (seen?.health === 'unhealthy') return 'unhealthy';
  if (seen?.health !== 'starting') return 'well';
  return seen.status === 'running' ? 'starting' : 'ended before it was healthy';
}
