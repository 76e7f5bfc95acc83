/** The docker clients of units that pull: which variables, and so which logins, they use. */
import type { ClientEnvironment } from '../host/docker/registry-credentials.ts';
import type { Scope } from '../model/ports.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { ManagerFacts } from './facts.ts';
import { askManager, isFailing } from './gather-manager.ts';

/** Environments by the unit of the image. */
export type Clients = ReadonlyMap<string, ClientEnvironment>;

/** None where the manager does not answer: then dockunit asks no registry. */
export async function gatherClients(
  kind: ManagerFacts['kind'],
  scope: Scope,
  installedUnits: readonly InstalledUnit[],
): Promise<Clients> {
  const pulling = installedUnits.filter((unit) => unit.kind === 'image');
  if (pulling.length === 0) return new Map();
  const clients = await askManager(kind, scope, async (manager) =>
    Promise.all(pulling.map(async ({ name }) => [name, await manager.environment(name)] as const)),
  );
  return isFailing(clients) ? new Map() : new Map(clients);
}

/** Whether they all see the logins that a client of this session sees. */
export function haveConfig(clients: Clients, { DOCKER_CONFIG }: ClientEnvironment): boolean {
  return [...clients.values()].every((client) => client['DOCKER_CONFIG'] === DOCKER_CONFIG);
}
