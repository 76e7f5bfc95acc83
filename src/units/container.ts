/**
 * A service as its container unit. The unit creates the container, then starts it by a client that systemd watches. So
 * the container exists before it joins any network, others can wait for its start by its state, and the supervisor,
 * which needs no client, can start the very same container.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Project, Service } from '../compose/project.ts';
import { dependencyEdges, runsToCompletion } from './dependencies.ts';
import {
  docker,
  dockerDependency,
  dockunitSection,
  environmentFile,
  exec,
  installedBy,
  mountsFor,
  names,
  networkOnline,
  text,
  word,
} from './directives.ts';
import { commandArguments } from './docker-arguments.ts';
import { wholeSeconds } from './durations.ts';
import { type EnvironmentPlan, planEnvironment } from './environment.ts';
import { fitOptions, holdsNewerOption, lineOf } from './check-docker-options.ts';
import { layExtension } from './extension.ts';
import { type KeyRule, serviceKeyRules } from './fields.ts';
import { planFiles } from './files.ts';
import { fingerprint } from './fingerprint.ts';
import { type HookPlan, planHooks } from './hooks.ts';
import { isOnNetwork, ownVolumes, servicePaths } from './host-paths.ts';
import {
  containerName,
  containerUnit,
  imageName,
  imageUnit,
  networkUnit,
  sliceUnit,
  volumeUnit,
  watchUnit,
  targetUnit,
} from './names.ts';
import { networkArguments } from './network-arguments.ts';
import { userLabel } from './resource-owner.ts';
import { restartDirectives, restartPolicy } from './restart.ts';
import { runCommand, runScript } from './scripts.ts';
import { sliceOf, slicePath } from './slice.ts';
import type { Argument, AttachedFile, Command, Directive, Section, Target, Unit } from './unit-set.ts';

export interface ContainerUnit {
  readonly unit: Unit;
  readonly files: readonly AttachedFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Docker's own default grace, docker-stop(1), in seconds. */
const defaultGrace = 10;
/** What Docker needs on top of the grace to kill and remove a container on a slow disk, in seconds. */
const removalAllowance = 20;

export function compileContainer(project: Project, service: Service, target: Target): ContainerUnit {
  const name = containerUnit(project, service);
  const stem = name.replace(/\.service$/, '');
  const path = `services.${service.name}.environment`;
  const environment = planEnvironment(
    project,
    { values: service.environment, path, stem, unit: name },
    target,
  );
  const hooks = planHooks(project, service, name, target);
  const files = planFiles(project, service, {
    unit: name,
    container: containerName(project, service),
    target,
  });
  const options = fitOptions(project, `services.${service.name}`, flagsOf(service, project, target), target);
  const policy = restartPolicy(service, runsToCompletion(project, service));
  const restart = restartDirectives(policy, target.systemd);
  const plain: Section[] = [
    { name: 'Unit', directives: [...unitDirectives(project, service, target), ...restart.unit] },
    {
      name: 'Service',
      directives: [
        ...commandDirectives(project, service, target, {
          options: options.words,
          environment,
          hooks,
          preparations: files.commands,
        }),
        ...restart.service,
      ],
    },
    { name: 'Install', directives: names('WantedBy', installedBy(target)) },
  ];
  const { Unit, Service, Install } = project.systemd;
  const sections = layExtension(layExtension(plain, { Unit, Service, Install }), { ...service.systemd });
  const image = imageName(project, service);
  const identity = dockunitSection({
    Project: project.name,
    Service: service.name,
    Kind: 'container',
    Container: containerName(project, service),
    ...(image !== undefined && { Image: image }),
  });
  return {
    unit: { name, kind: 'container', sections: [...sections, identity] },
    files: [...environment.files, ...hooks.files, ...files.files],
    diagnostics: [...options.diagnostics, ...environment.diagnostics, ...hooks.diagnostics],
  };
}

function unitDirectives(project: Project, service: Service, target: Target): Directive[] {
  const onDocker = dockerDependency(target);
  const edges = dependencyEdges(project, service, target);
  const image =
    service.pullPolicy === 'never' && service.build === undefined ? [] : [imageUnit(project, service.name)];
  const watch = service.dockunit.onUnhealthy === undefined ? [] : [watchUnit(project, service)];
  const volumes = ownVolumes(project, service);
  const resources = [...ownNetworks(project, service), ...volumes.map(({ key }) => volumeUnit(project, key))];
  const online = volumes.some(isOnNetwork) ? networkOnline(target) : [];
  return [
    text(
      'Description',
      `${project.name}: ${service.name}${service.replica === undefined ? '' : ` ${String(service.replica)}`}${service.image === undefined ? '' : ` (${service.image})`}`,
    ),
    ...names('Requires', [...onDocker.requires, ...resources, ...edges.requires]),
    ...names('Wants', [...onDocker.wants, ...online, ...image, ...watch, ...edges.wants]),
    ...names('After', [...onDocker.after, ...online, ...image, ...resources, ...edges.after]),
    ...names('PartOf', [targetUnit(project), ...edges.partOf]),
    ...mountsFor(servicePaths(project, service)),
  ];
}

function commandDirectives(
  project: Project,
  service: Service,
  target: Target,
  plans: {
    /** The options of keys whose rule is `flags`, for the target's Docker. */
    readonly options: readonly Argument[];
    readonly environment: EnvironmentPlan;
    readonly hooks: HookPlan;
    /** Commands that run between creation and start. */
    readonly preparations: readonly Command[];
  },
): Directive[] {
  const { environment, hooks, preparations } = plans;
  const unit = containerUnit(project, service);
  const container = containerName(project, service);
  const grace = service.stopGracePeriod === undefined ? defaultGrace : wholeSeconds(service.stopGracePeriod);
  const remove = [unit, String(grace), ...ownerFilter(target)];
  const script = runScript(project, target);
  const own = environment.environmentFile;
  const environmentFiles = [...(own === undefined ? [] : [own]), ...hooks.environmentFiles];
  const unset = [...new Set([...environment.unset, ...hooks.unset])].sort();
  return [
    word('Type', 'exec'),
    ...(target.scope === 'system' ? [word('Slice', sliceUnit(project))] : []),
    ...(runsToCompletion(project, service) ? [word('RemainAfterExit', 'yes')] : []),
    ...environmentFiles.map(environmentFile),
    ...(unset.length > 0 ? [word('UnsetEnvironment', unset.join(' '))] : []),
    ...dependencyEdges(project, service, target).checks.map((check) => exec('ExecStartPre', check)),
    exec('ExecStartPre', runCommand(script, 'clean', remove)),
    exec('ExecStartPre', createCommand(project, service, target, plans)),
    ...connectCommands(project, service).map((command) => exec('ExecStartPre', command)),
    ...preparations.map((command) => exec('ExecStartPre', command)),
    exec('ExecStart', startCommand(service, container, script)),
    exec('ExecStartPost', runCommand(script, 'await-running', [container])),
    ...hooks.postStart.map((command) => exec('ExecStartPost', command)),
    ...hooks.preStop.map((command) => exec('ExecStop', command)),
    exec('ExecStop', docker(['stop', '-t', String(grace), container], { ignoreFailure: true })),
    exec('ExecStopPost', runCommand(script, 'clean', remove, { ignoreFailure: true })),
    // The client passes on the exit code: a program that SIGTERM ends exits with 128 + SIGTERM.
    word('SuccessExitStatus', 143),
    word('TimeoutStopSec', grace + removalAllowance),
  ];
}

function createCommand(
  project: Project,
  service: Service,
  target: Target,
  plans: { readonly options: readonly Argument[]; readonly environment: EnvironmentPlan },
): Command {
  const { words } = commandArguments(service);
  const options: Argument[] = [
    ...plans.options,
    ...identityLabels(project, service, target),
    ...plans.environment.flags,
    ...networkArguments(project, service).create,
    // The image unit pulls: a pull here would use up the start timeout.
    ...['--pull', 'never'],
  ];
  const run: Argument[] = [imageName(project, service) ?? '', ...words];
  const label = configurationLabel([...options, ...run], connectCommands(project, service));
  const creation: Argument[] = ['docker', 'create', ...options, '--label', label, ...run];
  // The options above already contain the service's own labels.
  const slice = service.cgroupParent === undefined ? sliceOf(project, service, target) : undefined;
  const script = runScript(project, target);
  return slice === undefined
    ? runCommand(script, 'create', creation)
    : runCommand(script, 'create-in-slice', [slice, slicePath(slice), ...creation]);
}

/** The labels by which dockunit recognises its containers; it removes them by the unit's label. */
function identityLabels(project: Project, service: Service, target: Target): readonly Argument[] {
  const labels: readonly Argument[] = [
    `dockunit.project=${project.name}`,
    `dockunit.service=${service.name}`,
    `dockunit.unit=${containerUnit(project, service)}`,
    ...(target.scope === 'user' ? [userLabel] : []),
  ];
  return labels.flatMap((label) => ['--label', label]);
}

/**
 * Identifies a container that another version of its unit created. It covers no values from its files, since units are
 * world-readable and a short secret could be guessed from its hash.
 */
function configurationLabel(creation: readonly Argument[], connections: readonly Command[]): string {
  const words = [...creation, ...connections.flatMap(({ argv }) => argv)].map((word) => JSON.stringify(word));
  return `dockunit.config=${fingerprint(words)}`;
}

function ownerFilter(target: Target): readonly Argument[] {
  return target.scope === 'user' ? ['--filter', ['label=', ...userLabel]] : [];
}

const flagRules = Object.values<KeyRule>(serviceKeyRules).filter((rule) => rule.kind === 'flags');

/** Options of the keys whose rule is `flags`, in the order of the table of rules. */
function flagsOf(service: Service, project: Project, target: Target): readonly Argument[] {
  return flagRules.flatMap((rule) => rule.flags(service, project, target));
}

/** Whether the result depends on the Docker version that the service is compiled for. */
export function asksForDockerVersion(project: Project, service: Service, target: Target): boolean {
  const options = [...flagsOf(service, project, target), ...networkArguments(project, service).create];
  return [docker(['create', ...options]), ...connectCommands(project, service)].some((command) => {
    const line = lineOf(command);
    return line !== undefined && holdsNewerOption(line);
  });
}

function connectCommands(project: Project, service: Service): Command[] {
  const container = containerName(project, service);
  return networkArguments(project, service).connect.map((argv) =>
    docker(['network', 'connect', ...argv, container]),
  );
}

/**
 * The attached client copies the container's output to the journal. With the journald driver Docker does that itself,
 * so the client must not copy it again.
 */
function startCommand(service: Service, container: string, script: Argument): Command {
  return service.logging?.driver === 'journald'
    ? runCommand(script, 'run', [container])
    : docker(['start', '--attach', container]);
}

function ownNetworks(project: Project, service: Service): string[] {
  return [...service.networks.keys()]
    .filter((key) => project.networks.get(key)?.external === false)
    .map((key) => networkUnit(project, key));
}
