/** `remove`: undoes the whole installation of a project. */
import { findUnitFiles, readUnitFile } from '../host/units/unit-directories.ts';
import { renderFailures } from '../jobs/explain-failure.ts';
import type { RemovableContainer, Scope } from '../model/ports.ts';
import { type RemovedResources, executeRemoval, namesOf } from '../rollout/execute-removal.ts';
import { findDropIns } from '../rollout/installation.ts';
import { type RemovalPlan, planRemoval } from '../rollout/plan-removal.ts';
import type { KeptResource } from '../rollout/removable-resources.ts';
import { withDocker } from '../rollout/rollout-host.ts';
import { changeContext } from '../run/audit.ts';
import { commandHint } from '../run/command-hint.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError } from '../run/context.ts';
import { writeRemark, writeReport } from '../run/report.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { type HostPorts, chooseOnHost } from '../session/session.ts';
import { changeHost } from '../session/with-host-lock.ts';

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

async function removeProject(context: Context, options: RemoveOptions, ports: HostPorts): Promise<ExitCode> {
  const [target] = await chooseOnHost(ports, context, options, []);
  if (target === undefined) throw new UsageError('There is no project', 'Name one: -p NAME');
  const { scope } = ports.manager;
  refuseGenerated('remove', target.project, scope, context);
  const host = await withDocker(ports);
  const plan = await planRemoval(target.project, options.volumes === true, host);
  let resources: RemovedResources = { ...plan.resources, containers: namesOf(plan.containers) };
  if (options.dryRun !== true) {
    const outcome = await executeRemoval(plan, target, host, changeContext(context));
    if (outcome.kind !== 'removed') {
      const failures = outcome.kind === 'kept' ? outcome.failures : [];
      for (const line of renderFailures(failures, context.err.style)) context.err.write(`${line}\n`);
      if (outcome.kind === 'interrupted') {
        const check = `dockunit status${commandHint(scope)} -p ${target.project}`;
        context.err.write(
          `Interrupted; nothing is removed, and the services are still being stopped. Check them with: ${check}\n`,
        );
      }
      return 1;
    }
    resources = outcome.resources;
  }
  const report = reportOf(plan, resources, options, host.directories.searchPath);
  show(context, options, report, plan.edits, scope);
  return resources.kept.length > plan.resources.kept.length ? 1 : 0;
}

function reportOf(
  { project, directory, files, units, containers: present }: RemovalPlan,
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
      masks: findUnitMasks(present, directory),
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

function show(
  { out, err }: Context,
  options: RemoveOptions,
  report: RemoveReport,
  edits: readonly string[],
  scope: Scope,
): void {
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
  for (const name of edits) {
    const did = removed ? 'it is removed' : 'remove takes it away';
    writeRemark(err, 'note', `${directory}/${name} was edited by hand; ${did} with your changes`);
  }
  for (const path of kept.dropIns) writeRemark(err, 'note', `${path} is yours, and stays`);
  if (!removed)
    err.write(
      `Nothing was changed (--dry-run); to do it: dockunit remove${commandHint(scope)} -p ${project}\n`,
    );
}
