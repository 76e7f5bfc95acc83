/** Finds the missing networks and volumes of a verb's services, from docker and the manager. */
import { type GoneResource, goneResources, goneWords, resourcesMade } from './gone-resources.ts';
import { HostError, type UnitState } from '../model/ports.ts';
import type { Output } from '../run/context.ts';
import type { HostPorts } from './session.ts';
import type { InstalledUnit } from './installed-units.ts';
import { writeRemark } from '../run/report.ts';

/**
 * Of those that the units created, in the order of the units; dockunit asks docker only where one of them
 * is active. [] where docker does not answer: the started units then report that themselves.
 */
export async function findGone(
  units: readonly InstalledUnit[],
  states: readonly UnitState[],
  { docker }: HostPorts,
): Promise<readonly GoneResource[]> {
  const stateByName = new Map(states.map((state) => [state.name, state]));
  const models = units.map(({ unit }) => unit);
  const names = resourcesMade(models, stateByName);
  if (names.networks.length + names.volumes.length === 0) return [];
  try {
    return goneResources(models, stateByName, await docker.findResources(names));
  } catch (error) {
    if (error instanceof HostError) return [];
    throw error;
  }
}

/** Before the units are restarted. A volume that comes back empty is more than a note. */
export function sayCreatedAgain(resources: readonly GoneResource[], output: Output): void {
  for (const resource of resources) {
    const { unit, heldData } = resource;
    const message = `${goneWords(resource)}: ${unit} creates it again${heldData ? ', empty' : ''}`;
    writeRemark(output, heldData ? 'warning' : 'note', message);
  }
}
