/** The host as `apply`, `update`, `rollback` and `remove` see it: what units run on, and what Docker holds. */
import type { ImagePort, ResourcePort } from '../model/ports.ts';
import type { HostPorts } from '../session/session.ts';

export interface RolloutHost extends HostPorts {
  readonly images: ImagePort;
  readonly resources: ResourcePort;
}

/** The code of these ports is loaded here: verbs that only run jobs do not need it. */
export async function withDocker(host: HostPorts): Promise<RolloutHost> {
  const [{ images }, resources] = await Promise.all([import('../host/docker/images.ts'), loadResources()]);
  return { ...host, images, resources };
}

/** The port to networks, volumes and containers. */
export async function loadResources(): Promise<ResourcePort> {
  return (await import('../host/docker/resources.ts')).resources;
}
