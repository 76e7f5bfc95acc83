/**
 * `deploy.placement.constraints` on one host: it is a single node, which manages itself and has no swarm labels.
 * Syntax: docs.docker.com, docker service create, --constraint.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { PlacementConstraint, Project, Service } from '../compose/project.ts';
import { type ServiceFinding, findingsAt } from './check-service.ts';
import type { Target } from './unit-set.ts';

/** Whether the findings depend on the name of the host. */
export function asksForHostname(project: Project): boolean {
  return [...project.services.values()].some(({ placement = [] }) =>
    placement.some(({ attribute }) => attribute === 'node.hostname'),
  );
}

/** Constraints that this host does not meet: the file excludes it from running the service. */
export function checkPlacement(project: Project, service: Service, { hostname }: Target): Diagnostic[] {
  const findings = (service.placement ?? []).flatMap((constraint): ServiceFinding[] => {
    const { attribute, equal, value, index } = constraint;
    const path = `.deploy.placement.constraints[${String(index)}]`;
    const verdict = isMet(constraint, hostname);
    if (verdict === true) return [];
    if (verdict === undefined) return [unknown(path, attribute)];
    const elsewhere = attribute === 'node.hostname' && equal;
    return [
      {
        path,
        code: 'placement-elsewhere',
        message: `${service.name} is to run where ${attribute} is ${equal ? '' : 'not '}${value}, and this host is ${describe(attribute, hostname)}`,
        remedy: elsewhere
          ? `Install it there, with --host ${value}; or remove the constraint`
          : 'Remove the constraint if the service is to run on this host',
      },
    ];
  });
  return findingsAt(project, `services.${service.name}`, findings);
}

const unknown = (path: string, attribute: string): ServiceFinding => ({
  path,
  severity: 'warning',
  code: 'placement-unknown',
  message: `whether this host meets the constraint on ${attribute} is unknown, so it has no effect`,
  remedy: 'Remove it if the service is to run on this host',
});

/** Undefined where it is unknown. swarmkit ignores case when it compares values. */
function isMet(
  { attribute, equal, value }: PlacementConstraint,
  hostname: string | undefined,
): boolean | undefined {
  const facts: Readonly<Record<string, string | undefined>> = {
    'node.hostname': hostname,
    'node.role': 'manager',
    'node.platform.os': 'linux',
  };
  const isLabel = attribute.startsWith('node.labels.') || attribute === 'node.id';
  const fact = isLabel ? '' : facts[attribute];
  return fact === undefined ? undefined : (fact.toLowerCase() === value.toLowerCase()) === equal;
}

function describe(attribute: string, hostname: string | undefined): string {
  if (attribute === 'node.hostname') return hostname ?? '';
  if (attribute === 'node.role') return 'a manager, as a swarm of one node is';
  return attribute === 'node.platform.os' ? 'linux' : 'no node of a swarm, which has none';
}
