/** `remove`: undoes the installation of a project, whole. */
import { networkOf, volumeOf } from '../changes/gone-resources.ts';
import { forgetStates } from '../host/applied-states.ts';
import { replaceState } from '../host/replace-state.ts';
import type { ResourceKind } from '../host/docker-resources.ts';
import { findDropIns, readInstallation } from '../host/installation.ts';
import { supervisorDirectories } from '../host/supervisor-directories.ts';
import { unitDirectory, unitSearchPath } from '../host/unit-directories.ts';
import type { Unit } from '../units/unit-set.ts';
import { whoIs } from './audit.ts';
import { changeHost } from './change-host.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError } from './context.ts';
import { driveAndJudge } from './drive-units.ts';
import { renderFailures } from './explain-failure.ts';
import { refuseGenerated } from './generated-units.ts';
import { type HostPorts, chooseOnHost } from './host-ports.ts';
import { stateDirectories } from './kept-states.ts';
import { keepLastStates } from './running-images.ts';
import { typedOptions } from './typed-options.ts';

export interface RemoveOptions extends GlobalOptions {
  readonly dryRun?: boolean;
  /** The volumes too, with all that is in them. */
  readonly volumes?: boolean;
}

/** `--json` of remove. */
export interface RemoveReport {
  readonly project: string;
  readonly directory: string;
  /** False with `--dry-run`. */
  readonly removed: boolean;
  /** Unit files and files beside them. */
  readonly files: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Volumes that stay, and the user's drop-ins, which always do. */
  readonly kept: { readonly volumes: readonly string[]; readonly dropIns: readonly string[] };
}

export async function run(context: Context, options: RemoveOptions): Promise<ExitCode> {
  return changeHost(context, options, (host) => removeProject(context, options, host));
}

async function removeProject(context: Context, options: RemoveOptions, host: HostPorts): Promise<ExitCode> {
  const [target] = await chooseOnHost(host, context, options, []);
  if (target === undefined) throw new UsageError('There is no project', 'Name one: -p NAME');
  const { project } = target;
  const { scope } = host.manager;
  refuseGenerated('remove', project, scope, context);
  const directory = unitDirectory(scope, context.environment);
  const { units, files } = readInstallation(project, directory);
  const names = units.map(({ unit }) => unit.name);
  const volumes = namesOf(units, volumeOf);
  const report: RemoveReport = {
    project,
    directory,
    removed: options.dryRun !== true,
    files: [...names, ...files.map(({ name }) => name)].sort(),
    networks: namesOf(units, (unit) => networkOf(unit)?.name),
    volumes: options.volumes === true ? volumes : [],
    kept: {
      volumes: options.volumes === true ? [] : volumes,
      dropIns: findDropIns(names, unitSearchPath(scope, context.environment)),
    },
  };
  if (options.dryRun !== true) {
    const stopped = await driveAndJudge('stop', [target], host, context);
    if (stopped === undefined) return 1;
    if (stopped.failures.length > 0) {
      for (const line of renderFailures(stopped.failures, context.err.style)) context.err.write(`${line}\n`);
      return 1;
    }
    await host.manager.disable(installable(units));
    removeFiles(report, host, context);
    await host.manager.reload();
    await host.manager.resetFailed(names);
    await removeMade(units, report, host, context);
  }
  show(context, options, report, typedOptions(scope));
  return 0;
}

type Units = readonly { readonly unit: Unit }[];

function namesOf(units: Units, nameIn: (unit: Unit) => string | undefined): readonly string[] {
  return units.flatMap(({ unit }) => nameIn(unit) ?? []);
}

function installable(units: Units): readonly string[] {
  return units
    .filter(({ unit }) => unit.sections.some(({ name }) => name === 'Install'))
    .map(({ unit }) => unit.name);
}

/** With the same marker as apply: a power cut leaves all files or none. */
function removeFiles(report: RemoveReport, { manager }: HostPorts, context: Context): void {
  const { state } = stateDirectories(manager.scope, context);
  const { project, directory, files: remove } = report;
  context.changed({ kind: 'files', directory, written: [], removed: remove });
  const nothing = {
    project,
    directory,
    verb: 'remove',
    time: context.now(),
    who: whoIs(context),
    changes: [],
    files: [],
    remove,
    start: [],
  } as const;
  replaceState(state, manager.scope, nothing, manager.kind === 'systemd');
  forgetStates(state, project);
}

/** By label, so that what somebody else made under the same name stays. */
async function removeMade(
  units: Units,
  report: RemoveReport,
  { manager }: HostPorts,
  context: Context,
): Promise<void> {
  const { uid, changed } = context;
  const { findResources, removeResources } = await import('../host/docker-resources.ts');
  const discard = async (what: ResourceKind, names: readonly string[]): Promise<void> => {
    if (names.length > 0) changed({ kind: 'removed', what, names });
    await removeResources(what, names);
  };
  const owner = manager.scope === 'user' ? [`dockunit.user=${String(uid)}`] : [];
  for (const { unit } of units) {
    const label = `dockunit.unit=${unit.name}`;
    if (unit.kind === 'container') {
      await discard('container', await findResources('container', [label, ...owner]));
    }
  }
  const { images } = await import('../host/docker-images.ts');
  const { state } = supervisorDirectories(manager.scope, context.environment, context.uid);
  await keepLastStates(report.project, state, images, context);
  for (const kind of ['network', 'volume'] as const) {
    const wanted = kind === 'network' ? report.networks : report.volumes;
    const found = await findResources(kind, [`dockunit.project=${report.project}`]);
    await discard(
      kind,
      found.filter((name) => wanted.includes(name)),
    );
  }
}

function show({ out, err }: Context, options: RemoveOptions, report: RemoveReport, user: string): void {
  const { project, directory, files, networks, volumes, kept, removed } = report;
  if (options.json === true) {
    out.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    const did = removed ? 'removed' : 'would remove';
    for (const name of files) out.write(`${did}  ${directory}/${name}\n`);
    for (const name of networks) out.write(`${did}  network ${name}\n`);
    for (const name of volumes) out.write(`${did}  volume ${name}\n`);
  }
  for (const name of kept.volumes) {
    err.write(`note: the volume ${name} stays, with its data; to remove it: docker volume rm ${name}\n`);
  }
  for (const path of kept.dropIns) err.write(`note: ${path} is yours, and stays\n`);
  if (!removed)
    err.write(`Nothing was changed (--dry-run); to do it: dockunit remove${user} -p ${project}\n`);
}
