/**
 * The dependencies that other keys than depends_on imply: a container that another one links to, or shares a namespace
 * or volumes with, must exist first. Source: compose-go, Normalize.
 */
import { namespaceKeys } from './container-options.ts';
import type { ServiceKey } from './keys.ts';
import type { Dependency, Service } from './project.ts';

export interface ImpliedDependency {
  /** The key that implies it. */
  readonly key: ServiceKey;
  readonly service: string;
  readonly dependency: Dependency;
}

/** Links and namespaces end with their target container, so the service restarts with it. */
const together: Dependency = { condition: 'service_started', required: true, restart: true };
/** Volumes outlive the container they come from. */
const afterwards: Dependency = { condition: 'service_started', required: true, restart: false };

/** In order of precedence: for one service the first counts, and depends_on wins over all. */
export function impliedDependencies(service: Service): readonly ImpliedDependency[] {
  const dependencies: ImpliedDependency[] = service.links.map((link) => ({
    key: 'links',
    service: link.service,
    dependency: together,
  }));
  for (const key of ['network_mode', 'ipc', 'pid'] as const) {
    const mode = service[namespaceKeys[key]];
    if (mode?.kind === 'service') dependencies.push({ key, service: mode.service, dependency: together });
  }
  for (const { from } of service.volumesFrom ?? []) {
    if (from.kind === 'service')
      dependencies.push({ key: 'volumes_from', service: from.service, dependency: afterwards });
  }
  return dependencies;
}

/** The key of a dependency: `depends_on`, or the one that implies it. */
export function keyOfDependency(service: Service, name: string, dependency: Dependency): ServiceKey {
  const impliedDependency = impliedDependencies(service).find((each) => each.service === name);
  return impliedDependency?.dependency === dependency ? impliedDependency.key : 'depends_on';
}
