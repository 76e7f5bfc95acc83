/** A project on a host whose services do what is asked of them, and dockunit run in its directory. */
import type { ServiceStatus } from '../../src/status/status.ts';
import type { StatusReport } from '../../src/commands/status.ts';
import { appHealthTest } from './images.ts';
import { type ExecResult, type Host, type HostOptions, bootHost } from './throwaway-host.ts';
import { projectDirectory } from './units-on-host.ts';

export const program = `${projectDirectory}/bin/dockunit.js`;

/** What the services do is told by their steps; see image-recipes.sh. */
export const shop = {
  name: 'shop',
  services: {
    web: {
      image: 'app:test',
      command: ['serve=8000', 'say=hello from web', 'forever'],
      ports: ['127.0.0.1:8000:8000'],
      depends_on: {
        db: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' },
      },
    },
    db: {
      image: 'app:test',
      command: ['say=hello from db', 'sleep=0.5', 'healthy', 'forever'],
      healthcheck: { test: appHealthTest, interval: '1s' },
    },
    migrate: { image: 'app:test', command: ['say=migrating', 'exit=0'] },
    logger: { image: 'app:test', command: ['say=by Docker', 'forever'], logging: { driver: 'journald' } },
    bad: { image: 'app:test', restart: 'no', command: ['complain=no such table', 'exit=3'] },
    needsbad: {
      image: 'app:test',
      depends_on: { bad: { condition: 'service_completed_successfully' } },
    },
    loops: { image: 'app:test', command: ['complain=cannot bind', 'exit=4'] },
    deaf: { image: 'app:test', command: ['ignore-term', 'forever'], stop_grace_period: '1s' },
    limited: { image: 'app:test', restart: 'on-failure:1', command: ['exit=5'] },
  },
};

/** Runs the program in the project's directory. */
export async function dockunit(host: Host, ...args: readonly string[]): Promise<ExecResult> {
  return host.exec(['sh', '-c', 'cd /srv/shop && exec node "$@"', 'sh', program, ...args]);
}

/** The same, where anything but exit 0 is the test's failure. */
export async function succeed(host: Host, ...args: readonly string[]): Promise<ExecResult> {
  const result = await dockunit(host, ...args);
  if (result.exitCode !== 0)
    throw new Error(`dockunit ${args.join(' ')}: ${JSON.stringify(result, null, 2)}`);
  return result;
}

/** A host with the Compose file in /srv/shop, and dockunit to see; without images. */
export async function bootWithShop(options: HostOptions): Promise<Host> {
  const host = await bootHost({ ...options, bind: projectDirectory });
  await writeShop(host, shop);
  return host;
}

/** Replaces the Compose file; JSON is YAML. */
export async function writeShop(host: Host, spec: object): Promise<void> {
  await host.writeFile('/srv/shop/compose.yaml', JSON.stringify(spec));
}

/** A supervisor in the background, on a host without systemd; resolves when it answers. */
export async function supervise(host: Host, env: Readonly<Record<string, string>> = {}): Promise<void> {
  await host.sh(`setsid node ${program} supervise >>/var/log/supervisor 2>&1 </dev/null &`, { env });
  await host.until(
    'the supervisor answers',
    () => dockunit(host, 'diff'),
    ({ stderr }) => !stderr.includes('No supervisor'),
  );
}

/** `status --json` by service. */
export async function readStatus(
  host: Host,
  ...names: readonly string[]
): Promise<ReadonlyMap<string | null, ServiceStatus>> {
  const report = JSON.parse((await dockunit(host, 'status', '--json', ...names)).stdout) as StatusReport;
  return new Map(report.services.map((service) => [service.service, service]));
}
