/**
 * The units that a container unit depends on: its image, its networks and its volumes.
 */
import type { Network, Project, Service, Volume } from '../compose/project.ts';
import {
  dockerDependency,
  dockunitSection,
  exec,
  mountsFor,
  names,
  networkOnline,
  text,
  word,
} from './directives.ts';
import { contextServices } from './build-contexts.ts';
import { type BuildPlan, planBuild } from './build.ts';
import { besideUnit } from './environment.ts';
import { fingerprint } from './fingerprint.ts';
import { isOnNetwork, volumePaths } from './host-paths.ts';
import { imageName, imageUnit, networkUnit, targetUnit, volumeUnit } from './names.ts';
import { sourceFile } from './origin.ts';
import { privatePairs, privateWord } from './private-words.ts';
import { isPublicNetworkOption, isPublicVolumeOption } from './public-options.ts';
import { ownHashTemplate, ownerLabels } from './resource-owner.ts';
import { type RunVerb, runCommand, runScript } from './scripts.ts';
import type { Argument, Command, Directive, Target, Unit, UnitKind } from './unit-set.ts';

/**
 * Pulls a service's image by its policy. Separate from the container unit, so that a pull uses up neither its start
 * timeout nor its start limit; and only wanted by it, so that a service whose image is on disk starts during an outage
 * of the registry. The unit becomes inactive when done, so every start checks again.
 */
export function compileImage(project: Project, service: Service, target: Target): Unit | undefined {
  const image = imageName(project, service);
  if (image === undefined) return undefined;
  const build = planBuild(project, service, (file) => besideUnit(target, file));
  const script = runScript(project, target);
  const start = [...pullCommands(script, service, image), ...buildCommands(script, image, build)];
  if (start.length === 0) return undefined;
  const earlier = [...networkOnline(target), ...contextUnits(project, service)];
  return oneshot(project, target, {
    name: imageUnit(project, service.name),
    kind: 'image',
    description: `image ${image} for ${service.name}`,
    wants: earlier,
    after: earlier,
    mounts: build?.reads ?? [],
    start,
    remains: false,
    identity: { Service: service.name, Image: image },
  });
}

/** The units that provide the images it is built from; only wanted, since an image on disk is enough. */
function contextUnits(project: Project, { build }: Service): readonly string[] {
  return contextServices(build).flatMap((name) => {
    const service = project.services.get(name);
    const isGot = service !== undefined && (service.build !== undefined || pullVerb(service) !== undefined);
    return isGot ? [imageUnit(project, name)] : [];
  });
}

/** How the image is pulled; undefined where it must exist already, or has no name of its own to pull it by. */
function pullVerb({ image, build, pullPolicy = 'missing' }: Service): RunVerb | undefined {
  if (image === undefined) return undefined;
  if (pullPolicy === 'missing') return build === undefined ? 'pull-missing' : 'pull-missing-or-build';
  if (pullPolicy === 'always') return build === undefined ? 'pull' : 'pull-or-build';
  return undefined;
}

function pullCommands(script: Argument, service: Service, name: string): Command[] {
  const verb = pullVerb(service);
  const options = service.platform === undefined ? [] : ['--platform', service.platform];
  return verb === undefined ? [] : [runCommand(script, verb, [name, ...options])];
}

function buildCommands(script: Argument, image: string, build: BuildPlan | undefined): Command[] {
  return build === undefined
    ? []
    : [runCommand(script, 'build-missing', [image, build.needs.join(' '), ...build.argv])];
}

/** Creates a network; an external one has no unit. */
export function compileNetwork(project: Project, network: Network, target: Target): Unit {
  const options = networkOptions(network);
  const isPublic = options.every((option) => typeof option === 'string');
  const hash = fingerprint(isPublic ? options : options.map((option) => JSON.stringify(option)));
  // A short secret could be guessed from a hash in the unit.
  const label = isPublic ? hash : privateWord('config', hash);
  const unit = networkUnit(project, network.key);
  const path = `networks.${network.key}`;
  const labels = ownerLabels(unit, { project: project.name, source: sourceFile(project, path) }, target);
  const template = ownHashTemplate(project.name, target);
  return oneshot(project, target, {
    name: unit,
    kind: 'network',
    description: `network ${network.name}`,
    start: [
      runCommand(runScript(project, target), 'network', [
        network.name,
        label,
        template,
        ...labels,
        ...options,
      ]),
    ],
  });
}

/** Creates a volume; an external one has no unit. */
export function compileVolume(project: Project, volume: Volume, target: Target): Unit {
  const unit = volumeUnit(project, volume.key);
  const path = `volumes.${volume.key}`;
  const online = isOnNetwork(volume) ? networkOnline(target) : [];
  return oneshot(project, target, {
    name: unit,
    kind: 'volume',
    description: `volume ${volume.name}`,
    wants: online,
    after: online,
    mounts: volumePaths(volume),
    start: [
      runCommand(runScript(project, target), 'volume', [
        volume.name,
        ...ownerLabels(unit, { project: project.name, source: sourceFile(project, path) }, target),
        ...(volume.driver === undefined ? [] : ['--driver', volume.driver]),
        ...privatePairs('--opt', volume.driverOpts, isPublicVolumeOption(volume)),
        ...pairs('--label', volume.labels),
      ]),
    ],
  });
}

export interface OneshotPlan {
  readonly name: string;
  readonly kind: UnitKind;
  readonly description: string;
  readonly requires?: readonly string[];
  readonly wants?: readonly string[];
  readonly after?: readonly string[];
  /** Host paths whose mounts the unit waits for. */
  readonly mounts?: readonly string[];
  /** Commands in order; the first failure ends the unit. */
  readonly start: readonly Command[];
  /** Whether the unit stays active once done; the default is yes. */
  readonly remains?: boolean;
  readonly identity?: { readonly Service?: string; readonly Image?: string; readonly Container?: string };
}

/** A unit that runs one docker task once: Type=oneshot, systemd.service(5). */
export function oneshot(project: Project, target: Target, plan: OneshotPlan): Unit {
  const onDocker = dockerDependency(target);
  const service: Directive[] = [
    word('Type', 'oneshot'),
    ...(plan.remains === false ? [] : [word('RemainAfterExit', 'yes')]),
    ...plan.start.map((command) => exec('ExecStart', command)),
  ];
  return {
    name: plan.name,
    kind: plan.kind,
    sections: [
      {
        name: 'Unit',
        directives: [
          text('Description', `${project.name}: ${plan.description}`),
          ...names('Requires', [...onDocker.requires, ...(plan.requires ?? [])]),
          ...names('Wants', [...onDocker.wants, ...(plan.wants ?? [])]),
          ...names('After', [...onDocker.after, ...(plan.after ?? [])]),
          ...names('PartOf', [targetUnit(project)]),
          ...mountsFor(plan.mounts ?? []),
        ],
      },
      { name: 'Service', directives: service },
      dockunitSection({
        Project: project.name,
        Kind: plan.kind,
        ...plan.identity,
      }),
    ],
  };
}

function networkOptions(network: Network): Argument[] {
  const { ipam } = network;
  return [
    ...(network.driver === undefined ? [] : ['--driver', network.driver]),
    ...privatePairs('--opt', network.driverOpts, isPublicNetworkOption),
    ...(network.internal ? ['--internal'] : []),
    ...(network.attachable ? ['--attachable'] : []),
    ...(network.enableIpv4 === false ? ['--ipv4=false'] : []),
    ...(network.enableIpv6 ? ['--ipv6'] : []),
    ...(ipam.driver === undefined ? [] : ['--ipam-driver', ipam.driver]),
    ...privatePairs('--ipam-opt', ipam.options, () => false),
    ...ipam.pools.flatMap((pool) => [
      ...(pool.subnet === undefined ? [] : ['--subnet', pool.subnet]),
      ...(pool.ipRange === undefined ? [] : ['--ip-range', pool.ipRange]),
      ...(pool.gateway === undefined ? [] : ['--gateway', pool.gateway]),
      ...pairs('--aux-address', pool.auxAddresses),
    ]),
    ...pairs('--label', network.labels),
  ];
}

function pairs(option: string, entries: ReadonlyMap<string, string>): string[] {
  return [...entries].flatMap(([key, value]) => [option, `${key}=${value}`]);
}
