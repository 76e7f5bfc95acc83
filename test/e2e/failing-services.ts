/** A project each of whose services fails in a way of its own, and the cause that is to be named for it. */
import type { CauseKind } from '../../src/status/causes/cause.ts';
import { appHealthTest } from './images.ts';
import type { Host } from './throwaway-host.ts';

interface FailingService {
  readonly cause: CauseKind;
  /** The unit that the cause lies with, where it is not the service's own. */
  readonly at?: string;
  readonly service: object;
}

const app = { image: 'app:test', command: ['forever'], restart: 'no' };
const withDirectives = (directives: object): object => ({ ...app, 'x-systemd': { Service: directives } });
const steps = (...command: readonly string[]): object => ({ ...app, command });
const needs = (service: string, condition: string): object => ({
  ...app,
  depends_on: { [service]: { condition } },
});

/** What fails by itself as soon as it is started, beside what `squat` puts in the way. */
export const failingServices = {
  port: { cause: 'port-taken', service: { ...app, ports: ['18080:80'] } },
  hostport: { cause: 'port-taken', service: { ...app, ports: ['18081:80'] } },
  name: { cause: 'name-taken', service: { ...app, container_name: 'taken' } },
  unreachable: {
    cause: 'registry-unreachable',
    at: 'c-unreachable-image.service',
    service: { ...app, image: '127.0.0.1:5999/nothing:1' },
  },
  noimage: { cause: 'image-missing', service: { ...app, image: 'nothere:1', pull_policy: 'never' } },
  nonetwork: { cause: 'network-missing', service: { ...app, networks: ['elsewhere'] } },
  nomount: {
    cause: 'path-missing',
    service: {
      ...app,
      volumes: [{ type: 'bind', source: '/nothere', target: '/data', bind: { create_host_path: false } }],
    },
  },
  mismatch: { cause: 'mount-mismatch', service: { ...app, volumes: ['/etc/hostname:/tmp'] } },
  nodevice: { cause: 'device-missing', service: { ...app, devices: ['/dev/nothere'] } },
  noprogram: { cause: 'program-missing', service: { ...app, entrypoint: ['/nothere'] } },
  noright: { cause: 'program-refused', service: { ...app, entrypoint: ['/etc/passwd'] } },
  nocommand: { cause: 'program-exit', service: { ...app, entrypoint: ['sh', '-c', 'nosuch'] } },
  exits: { cause: 'exit', service: steps('complain=no such table', 'exit=3') },
  hungry: {
    cause: 'out-of-memory',
    // Docker 20.10 hears of the kernel's kill and of the container's end by two ways, and on a busy host the end comes first.
    service: {
      ...app,
      entrypoint: ['sh', '-c', 'sleep 1; tail /dev/zero || { sleep 1; exit 137; }'],
      mem_limit: '16m',
    },
  },
  limited: { cause: 'start-limit', service: { ...app, command: ['exit=5'], restart: 'on-failure:1' } },
  slowpre: {
    cause: 'start-timeout',
    service: withDirectives({ TimeoutStartSec: '2s', ExecStartPre: '/bin/sleep 100' }),
  },
  command: { cause: 'command', service: withDirectives({ ExecStartPre: '/bin/false' }) },
  job: { cause: 'exit', service: steps('exit=4') },
  turns: {
    cause: 'turned-unhealthy',
    service: {
      ...app,
      command: ['healthy', 'sleep=3', 'unhealthy', 'forever'],
      restart: 'always',
      healthcheck: { test: appHealthTest, interval: '1s', retries: 1 },
      'x-dockunit': { on_unhealthy: 'restart' },
    },
  },
  needsjob: { cause: 'exit', at: 'c-job.service', service: needs('job', 'service_completed_successfully') },
  needsnetwork: {
    cause: 'network-missing',
    at: 'c-nonetwork.service',
    service: needs('nonetwork', 'service_started'),
  },
} as const satisfies Record<string, FailingService>;

/** What runs until a test ends it. */
const runningServices = {
  killed: app,
  stopped: { ...app, restart: 'always' },
  deaf: { ...app, command: ['ignore-term', 'forever'], stop_grace_period: '1s' },
  slowstop: withDirectives({ TimeoutStopSec: '1s', ExecStop: '/bin/sleep 100' }),
  again: { ...app, ports: ['18082:80'] },
};

export const failingProject = {
  name: 'c',
  services: {
    ...Object.fromEntries(Object.entries(failingServices).map(([name, { service }]) => [name, service])),
    ...runningServices,
  },
  networks: { elsewhere: { external: true, name: 'nothere' } },
};

/** Takes the ports and the name that services of the project want. */
export async function putInTheWay(host: Host): Promise<void> {
  await host.sh(
    'docker run --detach --name squatter --publish 18080:80 app:test forever; docker create --name taken app:test',
  );
  await takePort(host, 18081);
}

/** By a program of the host. */
export async function takePort(host: Host, port: number): Promise<void> {
  await host.sh(
    `setsid socat TCP-LISTEN:${String(port)},fork,reuseaddr SYSTEM:true >/dev/null 2>&1 </dev/null &
    until ss -Hltn sport = ${String(port)} | grep -q .; do sleep 0.05; done`,
  );
}
