/** What two hosts that run the same units are compared by: the services' states, and what their containers are. */
import type { ServiceStatus } from '../../src/status/status.ts';
import type { StatusReport } from '../../src/commands/status.ts';
import { nullOrEmpty } from './client-versions.ts';
import { program } from './shop-on-host.ts';
import type { Host } from './throwaway-host.ts';

/** Of a service's status what depends neither on the time nor on ids. */
const facts = [
  'project',
  'service',
  'state',
  'activeState',
  'subState',
  'result',
  'reason',
  'enabled',
  'container',
  'image',
  'containerStatus',
  'health',
  'mismatch',
  'waitingFor',
  'ports',
] as const satisfies readonly (keyof ServiceStatus)[];
type Fact = (typeof facts)[number];

export interface HostState {
  readonly services: Readonly<Record<string, Pick<ServiceStatus, Fact>>>;
  /** NRestarts of each. */
  readonly restarts: Readonly<Record<string, number>>;
  /** docker inspect, without what no two containers share. */
  readonly containers: Readonly<Record<string, unknown>>;
}

/** The state once nothing is in progress any more: no jobs, no restarts, no health that is yet to be told. */
export async function settledState(host: Host): Promise<HostState> {
  let before = '';
  const services = await host.until(
    'every service has settled',
    () => readServices(host),
    (seen) => {
      const now = JSON.stringify(seen);
      const still = now === before;
      before = now;
      return still && seen.length > 0 && seen.every(isSettled);
    },
    { deadline: 240_000, every: 700 },
  );
  return {
    services: Object.fromEntries(services.map((service) => [service.unit, factsOf(service)])),
    restarts: Object.fromEntries(services.map(({ unit, restarts }) => [unit, restarts])),
    containers: await readContainers(host),
  };
}

async function readServices(host: Host): Promise<readonly ServiceStatus[]> {
  if (host.init === 'systemd') {
    const jobs = await host.sh('systemctl list-jobs --no-legend');
    if (jobs.includes('.')) throw new Error(`jobs are queued: ${jobs}`);
  }
  // Exit 1 says that not all is well, which is for the comparison to say.
  const { stdout, stderr } = await host.exec(['node', program, 'status', '--json']);
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as StatusReport).services;
}

function isSettled({ activeState, subState, health }: ServiceStatus): boolean {
  return (
    (['active', 'inactive', 'failed'] as readonly string[]).includes(activeState) &&
    subState !== 'auto-restart' &&
    health !== 'starting'
  );
}

function factsOf(service: ServiceStatus): Pick<ServiceStatus, Fact> {
  return Object.fromEntries(facts.map((fact) => [fact, service[fact]])) as Pick<ServiceStatus, Fact>;
}

/** The services whose containers run, by unit. */
export function running({ services }: HostState): HostState['services'][string][] {
  return Object.values(services).filter(({ containerStatus }) => containerStatus === 'running');
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly ExitCode: number };
  readonly Config: Readonly<Record<string, unknown>>;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly Mounts: readonly Readonly<Record<string, unknown>>[];
  readonly NetworkSettings: {
    readonly Networks: Readonly<
      Record<string, { readonly Aliases: readonly string[] | null; readonly IPAMConfig: unknown }>
    >;
  };
}

async function readContainers(host: Host): Promise<Readonly<Record<string, unknown>>> {
  const ids = await host.sh('docker ps --all --quiet');
  if (ids === '') return {};
  const all = JSON.parse(
    await host.sh(`docker inspect ${ids.split('\n').join(' ')}`),
  ) as readonly Inspected[];
  return Object.fromEntries(all.map((container) => [container.Name.slice(1), shared(container)]));
}

/** What is the same for each container that is made so. */
function shared({ Id, State, Config, HostConfig, Mounts, NetworkSettings }: Inspected): unknown {
  const short = Id.slice(0, 12);
  const ownName = (value: unknown): unknown => (value === short ? 'its id' : value);
  return {
    state: { status: State.Status, exitCode: State.ExitCode },
    config: {
      ...Config,
      Hostname: ownName(Config['Hostname']),
      // The client keeps what `--env` says in a map: docker/cli, cli/command/container/create.go.
      Env: [Config['Env'] ?? []].flat().sort(),
    },
    hostConfig: {
      ...HostConfig,
      ...Object.fromEntries([...nullOrEmpty].map((key) => [key, HostConfig[key] ?? []])),
      // systemd has slices, which the units put containers into where it is there.
      CgroupParent: undefined,
      // In no order that Docker keeps.
      Binds: [HostConfig['Binds'] ?? []].flat().sort(),
    },
    mounts: Mounts.map((mount) => JSON.stringify(mount)).sort(),
    networks: Object.fromEntries(
      Object.entries(NetworkSettings.Networks).map(([name, { Aliases, IPAMConfig }]) => [
        name,
        { aliases: (Aliases ?? []).map(ownName).sort(), ipam: IPAMConfig },
      ]),
    ),
  };
}
