/** `remove`: undoes the whole installation of a project. */
import { networkOf, volumeOf } from '../session/gone-resources.ts';
import { type KeptResource, type Removal, planRemoval } from '../rollout/plan-removal.ts';
import { forgetStates } from '../host/revisions/store.ts';
import { replaceState } from '../host/revisions/replace.ts';
import {
  type RemovableContainer,
  findContainers,
  readLabels,
  removeResources,
} from '../host/docker/resources.ts';
import { findDropIns, readInstallation } from '../rollout/installation.ts';
import { HostError, type Scope } from '../model/ports.ts';
import {
  findUnitFiles,
  readUnitFile,
  unitDirectory,
  unitSearchPath,
} from '../host/units/unit-directories.ts';
import { checkWritable } from '../host/units/unit-files.ts';
import type { Unit } from '../units/unit-set.ts';
import { changeHost } from '../session/with-host-lock.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError } from '../run/context.ts';
import { driveAndJudge } from '../jobs/run-jobs.ts';
import { renderFailures } from '../jobs/explain-failure.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { type HostPorts, chooseOnHost } from '../session/session.ts';
import { newState, ensureStateDirectories } from '../rollout/revisions.ts';
import { keepLastStates } from '../rollout/running-images.ts';
import { commandHint } from '../run/command-hint.ts';
import { writeRemark, writeReport } from '../run/report.ts';

export interface RemoveOptions extends GlobalOptions {
  readonly dryRun?: boolean;
  /** Remove the volumes too, with all their data. */
  readonly volumes?: boolean;
}

/** `--json` of remove: the removed files and resources, or those that would be with `--dry-run`. */
export interface RemoveReport {
  readonly project: string;
  readonly directory: string;
  /** False with `--dry-run`. */
  readonly removed: boolean;
  /** Unit files and files beside them. */
  readonly files: readonly string[];
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** The things that stay; for networks and volumes `why` gives the reason. The user's drop-ins always stay. */
  readonly kept: {
    readonly networks: readonly string[];
    readonly volumes: readonly string[];
    readonly dropIns: readonly string[];
    /** Links and empty files that mask a unit whose container is removed. */
    readonly masks: readonly string[];
    readonly why: readonly KeptResource[];
  };
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
  const plan: RemovalPlan = {
    project,
    directory,
    units: units.map(({ unit }) => unit),
    files: [...names, ...files.map(({ name }) => name)].sort(),
    ...(await lookAtMade(project, units, options, host, context)),
  };
  let done: RemovedResources = { ...plan.resources, containers: namesOf(plan.containers) };
  if (options.dryRun !== true) {
    const { state } = ensureStateDirectories(scope, context);
    for (const [path, going] of [
      [directory, plan.files],
      [state, []],
    ] as const) {
      checkWritable(path, going);
    }
    const stopped = await driveAndJudge('stop', [target], host, context);
    if (stopped === undefined) return 1;
    if (stopped.failures.length > 0) {
      for (const line of renderFailures(stopped.failures, context.err.style)) context.err.write(`${line}\n`);
      return 1;
    }
    await host.manager.disable(installable(plan.units));
    // While the units exist, the user can run remove again after an interruption or an error of the engine.
    done = await removeMade(plan, userOf(host, context), context);
    removeFiles(plan, host, context);
    await host.manager.reload();
    await host.manager.resetFailed(names);
    const { images } = await import('../host/docker/images.ts');
    await keepLastStates(project, state, images, context);
  }
  const failed = done.kept.length > plan.resources.kept.length;
  show(context, options, reportOf(plan, done, options, unitSearchPath(scope, context.environment)), scope);
  return failed ? 1 : 0;
}

interface RemovalPlan {
  readonly project: string;
  readonly directory: string;
  readonly units: readonly Unit[];
  readonly files: readonly string[];
  readonly containers: readonly RemovableContainer[];
  readonly resources: Removal;
}

/** The removed docker resources, and those that stay. */
interface RemovedResources extends Removal {
  readonly containers: readonly string[];
}

/** The user whose containers, networks and volumes they are. */
function userOf({ manager }: HostPorts, { uid }: Context): string | undefined {
  return manager.scope === 'user' ? String(uid) : undefined;
}

/** HostError where the engine does not answer: then nothing has been changed. */
async function lookAtMade(
  project: string,
  installed: readonly { readonly unit: Unit }[],
  { volumes: withVolumes = false }: RemoveOptions,
  host: HostPorts,
  context: Context,
): Promise<Pick<RemovalPlan, 'containers' | 'resources'>> {
  const units = installed.map(({ unit }) => unit);
  const user = userOf(host, context);
  const [containers, networks, volumes] = await Promise.all([
    findContainers(project, user),
    readLabels(
      'network',
      units.flatMap((unit) => networkOf(unit)?.name ?? []),
    ),
    readLabels(
      'volume',
      units.flatMap((unit) => volumeOf(unit) ?? []),
    ),
  ]);
  return { containers, resources: planRemoval({ units, networks, volumes, user, withVolumes }) };
}

function namesOf(containers: readonly RemovableContainer[]): readonly string[] {
  return containers.map(({ name }) => name).sort();
}

function installable(units: readonly Unit[]): readonly string[] {
  return units
    .filter(({ sections }) => sections.some(({ name }) => name === 'Install'))
    .map(({ name }) => name);
}

/** With the same marker as apply: after a power cut either all files are there or none. */
function removeFiles(plan: RemovalPlan, { manager }: HostPorts, context: Context): void {
  const { state } = ensureStateDirectories(manager.scope, context);
  const { project, directory, files: remove } = plan;
  context.changed({ kind: 'files', directory, written: [], removed: remove });
  const nothing = {
    ...newState({ project, directory }, context),
    verb: 'remove',
    files: [],
    remove,
  } as const;
  replaceState(state, manager.scope, nothing, manager.kind === 'systemd');
  forgetStates(state, project);
}

/** By label, so that resources of other software with the same name stay; so does the container of a masked unit. */
async function removeMade(
  { project, containers, resources }: RemovalPlan,
  user: string | undefined,
  { changed }: Context,
): Promise<RemovedResources> {
  const left = await findContainers(project, user);
  if (left.length > 0) changed({ kind: 'removed', what: 'container', names: left.map(({ id }) => id) });
  await removeResources(
    'container',
    left.map(({ id }) => id),
  );
  const refused: KeptResource[] = [];
  const discard = async (
    what: KeptResource['what'],
    names: readonly string[],
  ): Promise<readonly string[]> => {
    const removed: string[] = [];
    for (const name of names) {
      try {
        await removeResources(what, [name]);
        removed.push(name);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        refused.push({ what, name, why: error.message, remedy: `docker ${what} rm ${name}` });
      }
    }
    if (removed.length > 0) changed({ kind: 'removed', what, names: removed });
    return removed;
  };
  const networks = await discard('network', resources.networks);
  const volumes = await discard('volume', resources.volumes);
  const names = [...new Set([...namesOf(containers), ...namesOf(left)])].sort();
  return { containers: names, networks, volumes, kept: [...resources.kept, ...refused] };
}

function reportOf(
  { project, directory, files, units, containers: found }: RemovalPlan,
  { containers, networks, volumes, kept }: RemovedResources,
  { dryRun = false }: RemoveOptions,
  searchPath: readonly string[],
): RemoveReport {
  const keptNames = (kind: KeptResource['what']): readonly string[] =>
    kept.flatMap(({ what, name }) => (what === kind ? [name] : []));
  return {
    project,
    directory,
    removed: !dryRun,
    files,
    containers,
    networks,
    volumes,
    kept: {
      networks: keptNames('network'),
      volumes: keptNames('volume'),
      dropIns: findDropIns(
        units.map(({ name }) => name),
        searchPath,
      ),
      masks: findUnitMasks(found, directory),
      why: kept,
    },
  };
}

/** A masked unit is in no list of units: its name comes from its container's label. */
function findUnitMasks(containers: readonly RemovableContainer[], directory: string): readonly string[] {
  const units = [...new Set(containers.map(({ unit }) => unit))].sort();
  return units
    .flatMap((unit) => (unit === '' ? [] : findUnitFiles(unit, [directory])))
    .filter((path) => readUnitFile(path) === '');
}

function show({ out, err }: Context, options: RemoveOptions, report: RemoveReport, scope: Scope): void {
  const { project, directory, files, containers, networks, volumes, kept, removed } = report;
  if (options.json === true) {
    writeReport(out, report);
  } else {
    const did = removed ? 'removed' : 'would remove';
    for (const name of files) out.write(`${did}  ${directory}/${name}\n`);
    for (const name of containers) out.write(`${did}  container ${name}\n`);
    for (const name of networks) out.write(`${did}  network ${name}\n`);
    for (const name of volumes) out.write(`${did}  volume ${name}\n`);
  }
  for (const { what, name, why, remedy } of kept.why) {
    writeRemark(err, 'note', `the ${what} ${name} stays: ${why}; to remove it: ${remedy}`);
  }
  for (const path of kept.masks) {
    writeRemark(err, 'note', `${path} is a mask of yours, and stays; to take it away: rm ${path}`);
  }
  for (const path of kept.dropIns) writeRemark(err, 'note', `${path} is yours, and stays`);
  if (!removed)
    err.write(
      `Nothing was changed (--dry-run); to do it: dockunit remove${commandHint(scope)} -p ${project}\n`,
    );
}
