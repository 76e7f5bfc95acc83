/**
 * Gathers the facts for the checks from the host: all at the same time, each with a deadline, without
 * changing anything. A fact that dockunit cannot read is recorded as unknown.
 */
import { publishedPorts } from '../session/published-ports.ts';
import { dockerClientVersion } from '../host/systemd/detect.ts';
import { clockIsSynchronised, isContainer } from '../host/facts/clock-state.ts';
import { diskSpace } from '../host/facts/disk-space.ts';
import { type DockerAddress, reachedFromHere } from '../host/docker/http-api.ts';
import {
  listContainers,
  listLabelled,
  listResources,
  readDockerInfo,
  readImage,
} from '../host/docker/facts.ts';
import type { DockerInfo } from '../host/docker/facts.ts';
import { configDirectory } from '../host/docker/registry-credentials.ts';
import { listenersOn } from '../host/facts/listeners.ts';
import { machine } from '../host/machine/machine.ts';
import { isInactive } from '../model/ports.ts';
import type { Scope } from '../model/ports.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { dockerOfUnits } from '../host/docker/docker-of-units.ts';
import { unitDirectory } from '../host/units/unit-directories.ts';
import { scopeOf } from '../run/context.ts';
import type { Context, GlobalOptions } from '../run/context.ts';
import { typedThere } from '../run/command-hint.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { notAsked } from './docker-checks.ts';
import type { Disk, DockerFacts, HostFacts, ManagerFacts, InstalledFacts, Unknown } from './facts.ts';
import { isUnknown } from './facts.ts';
import { type Clients, gatherClients, haveConfig } from './gather-clients.ts';
import { readDropIns, readUnitFiles } from './gather-files.ts';
import { gatherGenerator } from './gather-generator.ts';
import { askManager, gatherManager, isFailing } from './gather-manager.ts';
import { gatherPasts } from './gather-pasts.ts';
import { gatherSupervisor } from './gather-supervisor.ts';
import { deadline, settleFact, noAnswer } from './settle-fact.ts';
import { imageSource } from './resource-checks.ts';
import { enabledServices } from './services.ts';

export async function gatherFacts(context: Context, options: GlobalOptions): Promise<HostFacts> {
  const scope = scopeOf(options);
  const { environment, uid } = context;
  const files = readUnitFiles(scope, environment);
  const supervisor = gatherSupervisor(scope, context);
  const [manager, clock, client] = await Promise.all([
    gatherManager(scope, options, files.installedUnits),
    settleFact('clock', 'the clock', readClock()),
    settleFact('docker-client', 'the docker client', dockerClientVersion(deadline)),
  ]);
  const { installedUnits } = files;
  const dropIns = readDropIns(manager.states);
  const clients = gatherClients(manager.kind, scope, installedUnits);
  const [pasts, { root, ...docker }] = await Promise.all([
    learnPasts(scope, context, manager, installedUnits),
    gatherDocker(scope, context, { manager, units: { installedUnits }, clients }, client),
  ]);
  return {
    scope,
    uid,
    now: context.now(),
    user: machine().user,
    there: typedThere(),
    elsewhere: pick(environment, [
      ...(['DOCKER_HOST', 'DOCKER_CONTEXT'] as const),
      ...(haveConfig(await clients, environment) ? [] : (['DOCKER_CONFIG'] as const)),
    ]),
    docker,
    manager,
    units: { ...files, dropIns, pasts },
    listeners: await settleFact(
      'listeners',
      'who listens on ports',
      Promise.resolve().then(() => listenersOf(installedUnits)),
    ),
    disks: await gatherDisks(scope, context, manager.kind, root),
    clock,
    supervisor,
    generator: gatherGenerator(scope),
  };
}

/** The manager's history has a deadline of its own: the journal may be slow where the manager is not. */
async function learnPasts(
  scope: Scope,
  context: Context,
  { kind, states }: ManagerFacts,
  installedUnits: readonly InstalledUnit[],
): Promise<InstalledFacts['pasts']> {
  if (isUnknown(states)) return states;
  const pasts = await askManager(kind, scope, (manager) =>
    gatherPasts(manager, states, installedUnits, context),
  );
  return isFailing(pasts) ? { unknown: noAnswer('the journal'), source: 'journal' } : pasts;
}

interface KnownParts {
  readonly manager: ManagerFacts;
  readonly units: Pick<InstalledFacts, 'installedUnits'>;
  readonly clients: Promise<Clients>;
}

async function gatherDocker(
  scope: Scope,
  { environment, uid }: Context,
  parts: KnownParts,
  client: DockerFacts['client'],
): Promise<DockerFacts & { readonly root?: string }> {
  const { manager } = parts;
  const address = dockerOfUnits({ scope, kind: manager.kind }, environment);
  const without = (state: 'asleep' | 'remote'): DockerFacts => {
    const unknown = notAsked(state);
    return {
      client,
      availability: { state },
      containers: unknown,
      holdings: unknown,
      resources: unknown,
      images: unknown,
    };
  };
  if (address === undefined) return without('remote');
  if (isSocketActivated(address, manager)) return without('asleep');
  const endpoint = reachedFromHere(address);
  if (endpoint === undefined) return without('remote');
  const availability = await readDockerInfo(endpoint, deadline);
  if (availability.state !== 'answers') {
    const unknown = notAsked(availability.state);
    return {
      client,
      availability,
      containers: unknown,
      holdings: unknown,
      resources: unknown,
      images: unknown,
    };
  }
  const [containers, holdings, resources, images] = await Promise.all([
    settleFact('docker', 'containers', ourContainers(endpoint, scope, uid)),
    settleFact('docker', 'containers', listContainers(endpoint, deadline)),
    settleFact('docker', 'networks and volumes', listResources(endpoint, deadline)),
    settleFact('docker', 'images', imagesOf(endpoint, { ...parts })),
  ]);
  const { root, ...answer } = availability satisfies DockerInfo;
  return {
    client,
    availability: answer,
    containers,
    holdings,
    resources,
    images,
    ...(root !== '' && { root }),
  };
}

/** docker.socket(5) listens for a docker.service that does not run: a connection starts it. */
function isSocketActivated(address: DockerAddress, { dockerUnits }: ManagerFacts): boolean {
  if (isUnknown(dockerUnits) || !('socketPath' in address)) return false;
  const [service, socket] = ['docker.service', 'docker.socket'].map((name) => dockerUnits.get(name));
  return (
    realSocket(address.socketPath) === '/run/docker.sock' &&
    socket?.activeState === 'active' &&
    service !== undefined &&
    isInactive(service.activeState)
  );
}

/** /var/run is a link to /run on every host with systemd. */
function realSocket(path: string): string {
  return path.replace(/^\/var\/run\//, '/run/');
}

/**
 * Of the scope: labels of user units carry the user's id, so that two managers do not touch each other's
 * containers.
 */
async function ourContainers(
  address: DockerAddress,
  scope: Scope,
  uid: number,
): Promise<Exclude<DockerFacts['containers'], Unknown>> {
  const all = await listLabelled(address, 'dockunit.unit', deadline);
  const owner = scope === 'user' ? String(uid) : undefined;
  return all
    .filter(({ labels }) => labels.get('dockunit.user') === owner)
    .map(({ name, labels, restartPolicy }) => ({
      name,
      unit: labels.get('dockunit.unit') ?? '',
      restartPolicy,
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Asks registries for missing images that would be pulled, with the credentials of the unit that pulls each. */
async function imagesOf(address: DockerAddress, parts: KnownParts): Promise<DockerFacts['images']> {
  const services = enabledServices(parts);
  if (isUnknown(services)) return services;
  const names = [...new Set(services.flatMap(({ pin, image }) => pin ?? image ?? []))];
  const clients = await parts.clients;
  const sources = parts.units.installedUnits.filter(({ kind }) => kind === 'image');
  const answers = names.map(async (image) => {
    const units = sources.filter((unit) => (unit.pin ?? unit.image) === image);
    const client = imageSource(units) === 'registry' ? clients.get(units[0]?.name ?? '') : undefined;
    const answer = await readImage(address, image, client, deadline - 500);
    const config = client && configDirectory(client);
    return [
      image,
      answer.state === 'refused' && config !== undefined ? { ...answer, config } : answer,
    ] as const;
  });
  return new Map(await Promise.all(answers));
}

function listenersOf(installedUnits: readonly InstalledUnit[]): ReturnType<typeof listenersOn> {
  const ports = installedUnits.flatMap(({ unit }) => publishedPorts(unit));
  return listenersOn((protocol, port) =>
    ports.some((one) => one.protocol === protocol && one.first <= port && port <= one.last),
  );
}

async function gatherDisks(
  scope: Scope,
  { environment, uid }: Context,
  kind: ManagerFacts['kind'],
  root: string | undefined,
): Promise<readonly Disk[]> {
  const supervisor = stateDirectories(scope, environment, uid);
  const disks: readonly Pick<Disk, 'use' | 'holds' | 'path'>[] = [
    ...(root === undefined
      ? []
      : [{ use: 'docker', holds: 'docker’s images and containers', path: root } as const]),
    { use: 'files', holds: 'the unit files', path: unitDirectory(scope, environment) },
    ...(kind === 'supervisor'
      ? [
          { use: 'files', holds: 'the supervisor’s journal', path: supervisor.state } as const,
          { use: 'files', holds: 'the services’ logs', path: supervisor.logs } as const,
        ]
      : []),
  ];
  const learnt = disks.map(async (disk): Promise<readonly Disk[]> => {
    const space = await settleFact('disks', disk.path, diskSpace(disk.path));
    return isUnknown(space) ? [] : [{ ...disk, ...space }];
  });
  return (await Promise.all(learnt)).flat();
}

async function readClock(): Promise<HostFacts['clock']> {
  if (isContainer()) return { isSynchronised: false, ofAnotherHost: true };
  const isSynchronised = await clockIsSynchronised(deadline / 3);
  return isSynchronised === undefined
    ? { unknown: 'no program here tells whether the clock is synchronised (timedatectl, chronyc, adjtimex)' }
    : { isSynchronised, ofAnotherHost: false };
}

function pick<K extends string>(
  environment: Context['environment'],
  names: readonly K[],
): Partial<Record<K, string>> {
  const entries = names.flatMap((name): [K, string][] => {
    const value = environment[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return Object.fromEntries(entries) as Partial<Record<K, string>>;
}
