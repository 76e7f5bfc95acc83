/** Converts one container from `docker container inspect` into a ContainerState. Pure. */
import { entriesOf, part, word, wordsOf } from './json.ts';
import type { ContainerState } from '../../model/ports.ts';

/** Takes an element of the array that inspect prints; missing fields become '' and 0. */
export function readContainer(details: unknown): ContainerState {
  const state = part(details, 'State');
  const config = part(details, 'Config');
  const health = healthOf(part(part(state, 'Health'), 'Status'));
  return {
    id: word(part(details, 'Id')),
    name: word(part(details, 'Name')).replace(/^\//, ''),
    image: word(part(config, 'Image')),
    status: word(part(state, 'Status')),
    exitCode: number(part(state, 'ExitCode')),
    startedAt: time(word(part(state, 'StartedAt'))),
    ...(health && { health }),
    oomKilled: part(state, 'OOMKilled') === true,
    ports: portsOf(part(part(details, 'NetworkSettings'), 'Ports')),
    labels: wordsOf(part(config, 'Labels')),
  };
}

const healthStates = ['starting', 'healthy', 'unhealthy', 'none'] as const;

function healthOf(value: unknown): ContainerState['health'] {
  return healthStates.find((state) => state === value);
}

/** `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8000"}], "53/udp": null}`: null is exposed, not published. */
function portsOf(ports: unknown): ContainerState['ports'] {
  return entriesOf(ports).flatMap(([port, bindings]) => {
    const [containerPort, protocol = 'tcp'] = port.split('/');
    return (Array.isArray(bindings) ? bindings : []).map((binding: unknown) => ({
      hostIp: word(part(binding, 'HostIp')),
      hostPort: Number(word(part(binding, 'HostPort'))) || 0,
      containerPort: Number(containerPort),
      protocol,
    }));
  });
}

/** Docker writes year 1 for never. */
function time(iso: string): number {
  return Math.max(0, Date.parse(iso) || 0);
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
