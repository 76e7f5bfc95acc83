/** One container as `docker container inspect` prints it → ContainerState. Pure. */
import type { ContainerState } from './ports.ts';

/** Takes an element of the array inspect prints; what is missing becomes '' and 0. */
export function readContainer(inspected: unknown): ContainerState {
  const state = part(inspected, 'State');
  const config = part(inspected, 'Config');
  const health = healthOf(part(part(state, 'Health'), 'Status'));
  return {
    id: text(part(inspected, 'Id')),
    name: text(part(inspected, 'Name')).replace(/^\//, ''),
    image: text(part(config, 'Image')),
    status: text(part(state, 'Status')),
    exitCode: number(part(state, 'ExitCode')),
    startedAt: time(text(part(state, 'StartedAt'))),
    ...(health && { health }),
    oomKilled: part(state, 'OOMKilled') === true,
    ports: portsOf(part(part(inspected, 'NetworkSettings'), 'Ports')),
    labels: new Map(entries(part(config, 'Labels')).map(([name, value]) => [name, text(value)])),
  };
}

const healthStates = ['starting', 'healthy', 'unhealthy', 'none'] as const;

function healthOf(value: unknown): ContainerState['health'] {
  return healthStates.find((state) => state === value);
}

/** `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8000"}], "53/udp": null}`: null is exposed, not published. */
function portsOf(ports: unknown): ContainerState['ports'] {
  return entries(ports).flatMap(([port, bindings]) => {
    const [containerPort, protocol = 'tcp'] = port.split('/');
    return (Array.isArray(bindings) ? bindings : []).map((binding: unknown) => ({
      hostIp: text(part(binding, 'HostIp')),
      hostPort: Number(text(part(binding, 'HostPort'))) || 0,
      containerPort: Number(containerPort),
      protocol,
    }));
  });
}

/** Docker writes year 1 for never. */
function time(iso: string): number {
  return Math.max(0, Date.parse(iso) || 0);
}

function part(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
