/**
 * depends_on as the edges of a container unit, and the gates they need (systemd.unit(5)).
 */
import type { DependencyCondition, Project, Service } from '../compose/project.ts';
import { type GateKind, containerName, gateUnit, replicasOf, serviceUnits } from './names.ts';
import { followedUnits } from './named-containers.ts';
import { runCommand, runScript } from './scripts.ts';
import type { Command, Target } from './unit-set.ts';

export interface Edges {
  readonly requires: readonly string[];
  readonly wants: readonly string[];
  readonly after: readonly string[];
  readonly partOf: readonly string[];
  /** Commands that run before the container is created. */
  readonly checks: readonly Command[];
}

const gateOf = {
  service_started: undefined,
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
} satisfies Record<DependencyCondition, GateKind | undefined>;

/**
 * How long a dependency may be unhealthy or missing when its dependent starts, in half seconds. Both may have restarted
 * at once, for example when Docker died; and a failed start fails the starts of all units that require it.
 */
const badHealth = '20';

/**
 * A gate for `completed` is required: starting the dependent does not run a job that failed to complete again. A gate
 * for `healthy` is wanted, and the dependent checks its outcome as it starts: so a late dependency makes the dependent
 * try again by its own Restart= instead of failing its job for good.
 */
export function dependencyEdges(project: Project, service: Service, target: Target): Edges {
  const edges = {
    requires: [] as string[],
    wants: [] as string[],
    after: [] as string[],
    partOf: [] as string[],
    checks: [] as Command[],
  };
  for (const [name, dependency] of service.dependsOn) {
    const other = project.services.get(name);
    if (other === undefined) continue;
    const units = serviceUnits(project, other);
    // As in docker compose, no service waits for a service without containers.
    if (units.length === 0) continue;
    const strength = dependency.required ? edges.requires : edges.wants;
    strength.push(...units);
    edges.after.push(...units);
    if (dependency.restart) edges.partOf.push(...units);
    const kind = gateOf[dependency.condition];
    if (kind === undefined) continue;
    const gate = gateUnit(project, name, kind);
    edges.after.push(gate);
    if (kind === 'completed') strength.push(gate);
    else {
      edges.wants.push(gate);
      if (dependency.required)
        edges.checks.push(
          ...replicasOf(other).map((replica) =>
            runCommand(runScript(project, target), 'await-healthy', [
              containerName(project, replica),
              badHealth,
            ]),
          ),
        );
    }
  }
  const names = new Set(edges.after);
  const followers = followedUnits(project, service, target).filter((unit) => !names.has(unit));
  for (const list of [edges.requires, edges.after, edges.partOf]) list.push(...followers);
  return edges;
}

type Gates = ReadonlyMap<string, ReadonlySet<GateKind>>;

/**
 * Every service needs the answer, and it depends on all services: computed once for each project, which does not
 * change.
 */
const gatesByProject = new WeakMap<Project, Gates>();

/** The gates that some service waits at, by the service they belong to; unused gates are not written. */
export function neededGates(project: Project): Gates {
  const gates = gatesByProject.get(project) ?? findGates(project);
  gatesByProject.set(project, gates);
  return gates;
}

function findGates(project: Project): Gates {
  const gates = new Map<string, Set<GateKind>>();
  for (const service of project.services.values()) {
    for (const [name, dependency] of service.dependsOn) {
      const kind = gateOf[dependency.condition];
      if (kind !== undefined && project.services.has(name)) {
        gates.set(name, (gates.get(name) ?? new Set()).add(kind));
      }
    }
  }
  return gates;
}

/**
 * Whether the service is a job, or some service waits for it to complete: it runs to its end once and does not restart
 * then.
 */
export function runsToCompletion(project: Project, service: Service): boolean {
  return service.isJob ?? neededGates(project).get(service.name)?.has('completed') ?? false;
}

/** Path of a dependency in the specification. */
export function dependencyPath(service: string, dependency: string): string {
  return `services.${service}.depends_on.${dependency}`;
}
