/** Containers of units of ours, known by their labels. */
import type { EngineContainer, EnginePort } from '../../host/supervisor-ports.ts';
import type { FoundContainer } from './adoption.ts';
import { isUp } from './container-runs.ts';

/** Seconds. */
const strayGrace = 10;

/**
 * Those that are up.
 * @param labels besides `dockunit.unit`; without any, those of users are left out
 */
export async function findContainers(
  engine: EnginePort,
  labels: readonly string[],
): Promise<readonly FoundContainer[]> {
  const listed = await engine.list(['dockunit.unit', ...labels]);
  const mine = listed.filter((container) => labels.length > 0 || !container.labels.has('dockunit.user'));
  const seen = await Promise.all(mine.map(({ id }) => engine.inspect(id)));
  return seen
    .filter((container): container is EngineContainer => container !== undefined && isUp(container))
    .map(({ labels: own, name, id, startedAt }) => ({
      unit: own.get('dockunit.unit') ?? '',
      name,
      id,
      startedAt,
    }));
}

/** Ends a container whose unit is down: what a stop without the engine could not do. Silent where the engine refuses. */
export async function removeStray(engine: EnginePort, id: string): Promise<void> {
  try {
    await engine.stop(id, strayGrace);
    await engine.remove(id);
  } catch {
    // Every start of its unit removes it as well.
  }
}
