/** References between parts of the file: services, networks and volumes that must exist. */
import type { Findings, Remedy } from './findings.ts';
import { nearestName } from '../text/nearest-name.ts';
import { keyOfDependency } from './implied-dependencies.ts';
import type { Dependency, FileObject, Network, Service, Volume } from './project.ts';
import type { Mark } from './tree.ts';

export interface Parts {
  readonly services: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, Network>;
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Services that take no part, as none of their profiles is active. */
  readonly inactive: ReadonlyMap<string, readonly string[]>;
  readonly configs: ReadonlyMap<string, FileObject>;
  readonly secrets: ReadonlyMap<string, FileObject>;
}

/**
 * Reports every name that refers to nothing; returns the services without the optional dependencies on services that do
 * not exist. The graph finds cycles, where the whole path is known.
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
      const define = remedyFor(mount.source, this.parts.volumes.keys(), 'volumes');
      const remedy = (): string => `${define()}, or write ./${mount.source ?? ''} for a directory`;
      this.#error(
        `${path}.volumes`,
        mount.source,
        'undefined-volume',
        `no volume \`${mount.source}\` is defined`,
        remedy,
      );
    }
    for (const { source } of service.build?.secrets ?? []) {
      if (this.parts.secrets.has(source)) continue;
      const remedy = remedyFor(source, this.parts.secrets.keys(), 'secrets');
      const message = `no secret \`${source}\` is defined`;
      this.#error(`${path}.build.secrets`, source, 'undefined-secret', message, remedy);
    }
    for (const [section, word] of [
      ['configs', 'config'],
      ['secrets', 'secret'],
    ] as const) {
      for (const { source } of service[section]) {
        if (this.parts[section].has(source)) continue;
        const remedy = remedyFor(source, this.parts[section].keys(), section);
        this.#error(
          `${path}.${section}`,
          source,
          `undefined-${word}`,
          `no ${word} \`${source}\` is defined`,
          remedy,
        );
      }
    }
    const dependsOn = this.#dependencies(service, path);
    return dependsOn.size === service.dependsOn.size ? service : { ...service, dependsOn };
  }

  #dependencies(service: Service, path: string): ReadonlyMap<string, Dependency> {
    const dependencies = new Map<string, Dependency>();
    for (const [name, dependency] of service.dependsOn) {
      const from = `${path}.${keyOfDependency(service, name, dependency)}`;
      if (name === service.name) {
        this.#error(from, name, 'self-dependency', `\`${name}\` depends on itself`, 'Remove this dependency');
      } else if (this.parts.services.has(name)) dependencies.set(name, dependency);
      else if (this.parts.inactive.has(name)) this.#inactive(name, dependency, from);
      else if (dependency.required) {
        const remedy = remedyFor(name, this.parts.services.keys(), 'services');
        this.#error(from, name, 'undefined-service', `no service \`${name}\` is defined`, remedy);
      } else {
        const at = `${from}.${name}`;
        const message = `the optional dependency \`${name}\` is not defined and is left out`;
        const remedy = 'Nothing to do if that is meant; else define the service';
        this.findings.add('note', () => this.place(at), at, 'optional-dependency-absent', message, remedy);
      }
    }
    return dependencies;
  }

  /** As in Compose, only an optional dependency may be inactive. */
  #inactive(name: string, { required }: Dependency, from: string): void {
    const at = `${from}.${name}`;
    const profiles = this.parts.inactive.get(name) ?? [];
    const message = `the dependency \`${name}\` takes no part, as none of its profiles is active`;
    const activate = `Give --profile ${profiles.join(' or --profile ')}`;
    if (required) {
      const remedy = `${activate}, or write \`required: false\` at the dependency`;
      this.findings.error(() => this.place(at), at, 'inactive-profile', message, remedy);
    } else
      this.findings.add(
        'note',
        () => this.place(at),
        at,
        'inactive-profile',
        message,
        `${activate} if it is to run`,
      );
  }

  #error(
    path: string,
    name: string,
    code: Parameters<Findings['error']>[2],
    message: string,
    remedy: Remedy,
  ): void {
    const at = `${path}.${name}`;
    this.findings.error(() => this.place(at), at, code, message, remedy);
  }
}

function remedyFor(name: string, candidates: Iterable<string>, section: string): () => string {
  return () => {
    const nearest = nearestName(name, candidates);
    return nearest
      ? `Write \`${nearest}\` if that is what is meant, or define \`${name}\` under \`${section}:\``
      : `Define \`${name}\` under \`${section}:\` at the top of the file`;
  };
}
