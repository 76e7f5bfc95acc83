/**
 * A service with several containers: finds what cannot exist several times on one host.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Port, Project, Service } from '../compose/project.ts';

type ReplicaFinding = Pick<Diagnostic, 'severity' | 'code' | 'message' | 'remedy'> & {
  /** Below `services.NAME`. */
  readonly path: string;
};

/** A name, a fixed port or an address that several containers would share, and a service without containers. */
export function checkReplicas(project: Project, service: Service): Diagnostic[] {
  const { scale = 1 } = service;
  const findings = scale === 0 ? [noReplicas(service)] : scale === 1 ? [] : sharedThings(service, scale);
  return findings.map(({ path: below, ...finding }) => {
    const path = `services.${service.name}${below}`;
    const position = project.where(path);
    return { ...finding, path, ...(position && { position }) };
  });
}

function noReplicas(service: Service): ReplicaFinding {
  return {
    path: service.keys.includes('scale') ? '.scale' : '.deploy.replicas',
    severity: 'note',
    code: 'no-replicas',
    message: `${service.name} is to have no containers: no unit is written, and none waits for it`,
    remedy: 'Nothing to do if that is meant; else write 1 or more',
  };
}

function sharedThings(service: Service, scale: number): ReplicaFinding[] {
  const containers = `${String(scale)} containers`;
  const finding = (path: string, message: string, remedy: string): ReplicaFinding => ({
    severity: 'error',
    code: 'replicas-share',
    path,
    message,
    remedy,
  });
  const findings: ReplicaFinding[] = [];
  if (service.containerName !== undefined) {
    const message = `${containers} cannot have one name`;
    findings.push(finding('.container_name', message, 'Remove `container_name`, or the number of replicas'));
  }
  service.ports.forEach((port, index) => {
    const free = publishedPorts(port);
    if (free === undefined || free >= scale) return;
    const message = `${containers} cannot share ${free === 1 ? 'the port' : 'the ports'} ${port.published ?? ''}`;
    const remedy = 'Publish a range of at least as many ports, or leave the port on the host to Docker';
    findings.push(finding(`.ports[${String(index)}]`, message, remedy));
  });
  for (const [key, { ipv4Address, ipv6Address }] of service.networks) {
    if (ipv4Address === undefined && ipv6Address === undefined) continue;
    const message = `${containers} cannot share one address`;
    findings.push(finding(`.networks.${key}`, message, 'Leave the address to Docker'));
  }
  return findings;
}

/** The number of host ports to choose from; undefined: any free one. */
function publishedPorts({ published }: Port): number | undefined {
  if (published === undefined || published === '0') return undefined;
  const [first = 0, last = first] = published.split('-').map(Number);
  return last - first + 1;
}
