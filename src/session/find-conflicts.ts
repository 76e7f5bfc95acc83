/**
 * Containers that hold resources of a service, and that are not the service's own: two containers on one
 * volume overwrite each other's data, and of two on one name or port the second does not start. Pure.
 */
import { isContainerUp } from '../model/ports.ts';
import type { HeldByContainer } from '../model/ports.ts';
import type { Unit } from '../units/unit-set.ts';
import { dockunitField, namesOf } from '../units/unit-set.ts';
import { volumeOf } from './gone-resources.ts';
import { portText, portsTaken, publishedPorts } from './published-ports.ts';

export interface ConflictFacts {
  /** Container units that are about to be started or installed. */
  readonly services: readonly Unit[];
  /** All future units of the scope, those of other projects included. */
  readonly units: readonly Unit[];
  readonly containers: readonly HeldByContainer[];
  /** Of the label dockunit.user: the user whose manager runs the units; undefined for the system's. */
  readonly user: string | undefined;
}

/** The owner of a container. */
export type ContainerOwner =
  | { readonly kind: 'compose'; readonly project: string; readonly directory: string | undefined }
  /**
   * `user` is the user whose manager runs it, undefined for the system's; the unit is installed, is not,
   * or belongs to another manager.
   */
  | {
      readonly kind: 'dockunit';
      readonly project: string;
      readonly user: string | undefined;
      readonly unit: 'installed' | 'gone' | 'of-another-manager';
    }
  | { readonly kind: 'other' };

/** The resource of a service that a container holds. */
export type Hold =
  /** It belongs to docker compose, in a project of the same name. */
  | { readonly kind: 'project' }
  | { readonly kind: 'name' }
  | { readonly kind: 'port'; readonly port: string }
  | { readonly kind: 'volume'; readonly volume: string };

export interface Conflict {
  readonly container: string;
  /** Whether it runs, or is about to: a stopped one may still have the name. */
  readonly up: boolean;
  readonly owner: ContainerOwner;
  readonly holds: readonly Hold[];
  /** The Compose file of the services' project. */
  readonly source: string | undefined;
}

/** In the order of the containers' names; [] where nothing is in the way. */
export function findConflicts(facts: ConflictFacts): readonly Conflict[] {
  const { services, containers } = facts;
  const needs = services.map((unit) => needsOf(unit, facts));
  const conflicts = containers.flatMap((container): Conflict[] => {
    const against = needs.flatMap((need) => {
      const holds = isOwn(container, need, facts) ? [] : holdsOf(container, need, facts);
      return holds.length === 0 ? [] : [{ need, holds }];
    });
    const [first] = against;
    if (first === undefined) return [];
    return [
      {
        container: container.name,
        up: isContainerUp(container.status),
        owner: ownerOf(container, facts),
        holds: distinct(against.flatMap(({ holds }) => holds)),
        source: first.need.source,
      },
    ];
  });
  return conflicts.sort((one, other) => (one.container < other.container ? -1 : 1));
}

interface StartingContainer {
  readonly unit: string;
  readonly project: string;
  readonly container: string;
  readonly ports: ReturnType<typeof publishedPorts>;
  /** Names of volumes that are the project's own; other software may write to external ones as well. */
  readonly volumes: readonly string[];
  /** Services of the project, by their names: those about to start, and all. */
  readonly starting: ReadonlySet<string>;
  readonly unitNames: ReadonlySet<string>;
  readonly source: string | undefined;
}

function needsOf(unit: Unit, { services, units }: ConflictFacts): StartingContainer {
  const project = dockunitField(unit, 'Project') ?? '';
  const requirements = new Set(namesOf(unit, 'Requires'));
  const ofProject = (all: readonly Unit[]): ReadonlySet<string> =>
    new Set(
      all
        .filter((other) => other.kind === 'container' && dockunitField(other, 'Project') === project)
        .flatMap((other) => dockunitField(other, 'Service') ?? []),
    );
  return {
    unit: unit.name,
    project,
    container: dockunitField(unit, 'Container') ?? '',
    ports: publishedPorts(unit),
    volumes: units.filter(({ name }) => requirements.has(name)).flatMap((other) => volumeOf(other) ?? []),
    starting: ofProject(services),
    unitNames: ofProject(units),
    source: dockunitField(unit, 'Source'),
  };
}

/**
 * Created by any unit of the same project and scope: its units replace each other. Or labelled as the
 * unit's own: the unit removes it before it starts.
 */
function isOwn(
  { labels }: HeldByContainer,
  { unit, project }: StartingContainer,
  { user }: ConflictFacts,
): boolean {
  if (labels.get('dockunit.user') !== user) return false;
  return labels.get('dockunit.project') === project || labels.get('dockunit.unit') === unit;
}

function holdsOf(
  container: HeldByContainer,
  needs: StartingContainer,
  facts: ConflictFacts,
): readonly Hold[] {
  const up = isContainerUp(container.status);
  return [
    ...(isOfComposeProject(container, needs) ? [{ kind: 'project' } as const] : []),
    ...(container.name === needs.container ? [{ kind: 'name' } as const] : []),
    ...(up ? portsHeld(container, needs) : []),
    ...(up ? volumesHeld(container, needs, facts) : []),
  ];
}

/**
 * Docker compose considers it a container of this project, running or not: it starts again with Docker,
 * or by the next `docker compose up`. A leftover of `docker compose run` does not.
 */
function isOfComposeProject(
  { labels, status }: HeldByContainer,
  { project, starting, unitNames }: StartingContainer,
): boolean {
  if (labels.get('com.docker.compose.project') !== project) return false;
  if (labels.get('com.docker.compose.oneoff') === 'True' && !isContainerUp(status)) return false;
  const service = labels.get('com.docker.compose.service') ?? '';
  return starting.has(service) || !unitNames.has(service);
}

function portsHeld({ ports }: HeldByContainer, needs: StartingContainer): readonly Hold[] {
  return needs.ports.flatMap((need) =>
    portsTaken(need, ports).map((port) => ({ kind: 'port', port: portText(need, port) }) as const),
  );
}

function volumesHeld(
  container: HeldByContainer,
  { volumes }: StartingContainer,
  facts: ConflictFacts,
): readonly Hold[] {
  const project = container.labels.get('dockunit.project');
  // Another installed project shares a volume on purpose if it names it as external.
  const isShared = (volume: string): boolean =>
    hasInstalledUnit(container, facts) &&
    facts.units.every((unit) => dockunitField(unit, 'Project') !== project || volumeOf(unit) !== volume);
  return volumes
    .filter((volume) => container.volumes.includes(volume) && !isShared(volume))
    .map((volume) => ({ kind: 'volume', volume }));
}

function hasInstalledUnit({ labels }: HeldByContainer, { units, user }: ConflictFacts): boolean {
  const unit = labels.get('dockunit.unit');
  return labels.get('dockunit.user') === user && units.some(({ name }) => name === unit);
}

function ownerOf(container: HeldByContainer, facts: ConflictFacts): ContainerOwner {
  const { labels } = container;
  if (labels.has('dockunit.unit')) {
    return {
      kind: 'dockunit',
      project: labels.get('dockunit.project') ?? '',
      user: labels.get('dockunit.user'),
      unit:
        labels.get('dockunit.user') !== facts.user
          ? 'of-another-manager'
          : hasInstalledUnit(container, facts)
            ? 'installed'
            : 'gone',
    };
  }
  const project = labels.get('com.docker.compose.project');
  if (project === undefined) return { kind: 'other' };
  return { kind: 'compose', project, directory: labels.get('com.docker.compose.project.working_dir') };
}

function distinct(holds: readonly Hold[]): readonly Hold[] {
  return [...new Map(holds.map((hold) => [JSON.stringify(hold), hold])).values()];
}
