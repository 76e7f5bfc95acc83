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
  let isAnnounced = false;
  for (;;) {
    const containers = await host.docker.inspectContainers([...waiting.keys()]);
    for (const [name, unit] of waiting) {
      const container = containers.get(name);
      const verdict = verdictOn(container, first.get(name));
      if (container !== undefined && !first.has(name)) first.set(name, container.id);
      if (verdict === 'starting') continue;
      waiting.delete(name);
      if (verdict !== 'well') reasons.set(unit.name, verdict);
    }
    if (waiting.size === 0 || signal.aborted) break;
    if (!isAnnounced) err.write(`Waiting for the health checks of ${[...waiting.keys()].join(', ')}\n`);
    isAnnounced = true;
    await delay(pause);
  }
  const states = await statesByName(host, [...reasons.keys()]);
  const failures = await explainFailures([...reasons.keys()], { results: new Map(), states }, host);
  return failures.map((failure) => ({ ...failure, reason: reasons.get(failure.unit) ?? failure.reason }));
}

type Verdict = 'well' | 'starting' | 'unhealthy' | 'ended before it was healthy';

/** @param before the id of its container when dockunit first saw it */
function verdictOn(container: ContainerState | undefined, before: string | undefined): Verdict {
  if (before !== undefined && container?.id !== before) return 'ended before it was healthy';
  if (container?.health === 'unhealthy') return 'unhealthy';
  if (container?.health !== 'starting') return 'well';
  return container.status === 'running' ? 'starting' : 'ended before it was healthy';
}
