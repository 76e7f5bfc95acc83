/** What one part of the file says of another: services, networks and volumes that must exist. */
import type { Findings } from './findings.ts';
import { nearestName } from './nearest-name.ts';
import { impliedDependency } from './normalise-lifecycle.ts';
import type { Dependency, Network, Service, Volume } from './project.ts';
import type { Mark } from './tree.ts';

export interface Parts {
  readonly services: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, Network>;
  readonly volumes: ReadonlyMap<string, Volume>;
}

/**
 * Reports every name that leads nowhere; returns the services without the optional dependencies on
 * services that do not exist. Cycles are found in the graph, where the whole path is known.
 */
export function validateReferences(
  parts: Parts,
  place: (path: string) => Mark,
  findings: Findings,
): ReadonlyMap<string, Service> {
  const check = new ReferenceCheck(parts, place, findings);
  return new Map(Array.from(parts.services, ([name, service]) => [name, check.service(service)]));
}

class ReferenceCheck {
  constructor(
    readonly parts: Parts,
    readonly place: (path: string) => Mark,
    readonly findings: Findings,
  ) {}

  service(service: Service): Service {
    const path = `services.${service.name}`;
    for (const key of service.networks.keys()) {
      if (this.parts.networks.has(key)) continue;
      const remedy = remedyFor(key, this.parts.networks.keys(), 'networks');
      this.#error(`${path}.networks`, key, 'undefined-network', `no network \`${key}\` is defined`, remedy);
    }
    for (const mount of service.volumes) {
      if (mount.type !== 'volume' || mount.source === undefined || this.parts.volumes.has(mount.source))
        continue;
      const remedy = `${remedyFor(mount.source, this.parts.volumes.keys(), 'volumes')}, or write ./${mount.source} for a directory`;
      this.#error(
        `${path}.volumes`,
        mount.source,
        'undefined-volume',
        `no volume \`${mount.source}\` is defined`,
        remedy,
      );
    }
    const dependsOn = this.#dependencies(service, path);
    return dependsOn.size === service.dependsOn.size ? service : { ...service, dependsOn };
  }

  #dependencies(service: Service, path: string): ReadonlyMap<string, Dependency> {
    const kept = new Map<string, Dependency>();
    for (const [name, dependency] of service.dependsOn) {
      const from = dependency === impliedDependency ? `${path}.links` : `${path}.depends_on`;
      if (name === service.name) {
        this.#error(from, name, 'self-dependency', `\`${name}\` depends on itself`, 'Remove this dependency');
      } else if (this.parts.services.has(name)) kept.set(name, dependency);
      else if (dependency.required) {
        const remedy = remedyFor(name, this.parts.services.keys(), 'services');
        this.#error(from, name, 'undefined-service', `no service \`${name}\` is defined`, remedy);
      } else {
        const at = `${from}.${name}`;
        const message = `the optional dependency \`${name}\` is not defined and is left out`;
        const remedy = 'Nothing to do if that is meant; else define the service';
        this.findings.add('note', this.place(at), at, 'optional-dependency-absent', message, remedy);
      }
    }
    return kept;
  }

  #error(
    path: string,
    name: string,
    code: Parameters<Findings['error']>[2],
    message: string,
    remedy: string,
  ): void {
    const at = `${path}.${name}`;
    this.findings.error(this.place(at), at, code, message, remedy);
  }
}

function remedyFor(name: string, candidates: Iterable<string>, section: string): string {
  const meant = nearestName(name, candidates);
  return meant
    ? `Write \`${meant}\` if that is what is meant, or define \`${name}\` under \`${section}:\``
    : `Define \`${name}\` under \`${section}:\` at the top of the file`;
}
