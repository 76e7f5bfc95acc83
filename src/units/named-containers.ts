/**
 * Containers that a service refers to by name: `network_mode: container:x` and the like. The container x may belong to
 * the project, to a unit of another project, or to no unit.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import { namespaceKeys } from '../compose/container-options.ts';
import type { Project, Service } from '../compose/project.ts';
import { type ServiceFinding, findingsAt } from './check-service.ts';
import { containerName, containerUnit, replicasOf } from './names.ts';
import type { Target, UnitContainer } from './unit-set.ts';

/** The containers of the project's own units. */
export function containersOf(project: Project): readonly UnitContainer[] {
  return [...project.services.values()].flatMap(replicasOf).map((service) => ({
    container: containerName(project, service),
    unit: containerUnit(project, service),
    project: project.name,
  }));
}

/** Whether the result depends on what other projects run. */
export function asksForContainers(project: Project): boolean {
  const own = new Set(containersOf(project).map(({ container }) => container));
  return [...project.services.values()].flatMap(namedContainers).some(({ container }) => !own.has(container));
}

/**
 * Units whose containers the service names: the service stops with each, since what it shares with the container ends.
 */
export function followedUnits(project: Project, service: Service, target: Target): readonly string[] {
  const units = namedContainers(service).flatMap(({ container }) => unitOf(project, container, target) ?? []);
  return [...new Set(units)].filter((unit) => unit !== containerUnit(project, service));
}

/** Containers that no known unit runs, and for which none is named. */
export function checkNamedContainers(project: Project, service: Service, target: Target): Diagnostic[] {
  if (namesUnits(project, service)) return [];
  const findings = namedContainers(service)
    .filter(({ container }) => unitOf(project, container, target) === undefined)
    .map(({ path, container }): ServiceFinding => ({
      path,
      severity: 'warning',
      code: 'container-not-followed',
      message: `nothing starts ${service.name} after the container ${container}, or restarts it with that: no unit of dockunit here runs ${container}`,
      remedy: `Install its project first; or name the unit that runs it: \`x-systemd: { Unit: { Requires: [UNIT], After: [UNIT], PartOf: [UNIT] } }\``,
    }));
  return findingsAt(project, `services.${service.name}`, findings);
}

/** The user says under x-systemd what the service depends on. */
function namesUnits(project: Project, service: Service): boolean {
  return [...project.systemd.Unit, ...service.systemd.Unit].some(({ key }) =>
    ['Requires', 'BindsTo', 'PartOf'].includes(key),
  );
}

function unitOf(project: Project, container: string, { others = [] }: Target): string | undefined {
  const containers = [...containersOf(project), ...others.filter((other) => other.project !== project.name)];
  return containers.find((other) => other.container === container)?.unit;
}

/** Each with its place below the service. */
function namedContainers(service: Service): readonly { readonly path: string; readonly container: string }[] {
  const namespaces = Object.entries(namespaceKeys).flatMap(([key, property]) => {
    const mode = service[property];
    return mode?.kind === 'container' ? [{ path: `.${key}`, container: mode.container }] : [];
  });
  const volumes = (service.volumesFrom ?? []).flatMap(({ from }, index) =>
    from.kind === 'container' ? [{ path: `.volumes_from[${String(index)}]`, container: from.container }] : [],
  );
  const links = (service.externalLinks ?? []).map(({ container }, index) => ({
    path: `.external_links[${String(index)}]`,
    container,
  }));
  return [...namespaces, ...volumes, ...links];
}
