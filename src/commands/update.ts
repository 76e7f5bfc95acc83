/**
 * `update`: newer images for services, one service at a time, and a rollback to the older ones where one
 * does not run. Uses the installed units alone: a host may have no Compose file.
 */
import { HostError } from '../model/ports.ts';
import { changeContext } from '../run/audit.ts';
import { type Context, type ExitCode, UsageError } from '../run/context.ts';
import { writeReport } from '../run/report.ts';
import { executeUpdate, pullUpdate } from '../rollout/execute-update.ts';
import { readInstallation } from '../rollout/installation.ts';
import { updatableServices } from '../rollout/plan-update.ts';
import { previewUpdate } from '../rollout/preview-update.ts';
import { type RolloutHost, withDocker } from '../rollout/rollout-host.ts';
import {
  type UpdateOptions,
  type UpdateReport,
  type UpdateScope,
  reportOn,
  serviceLine,
  showUpdate,
} from '../rollout/update-report.ts';
import { amongInstalled, isRefused } from '../session/container-conflicts.ts';
import { type InstalledUnit, servicesOf } from '../session/installed-units.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { type HostPorts, chooseOnHost } from '../session/session.ts';
import { changeHost } from '../session/with-host-lock.ts';

/** 0 where all services run their newest images; 1 where dockunit had to restore the older ones. */
export async function run(
  context: Context,
  options: UpdateOptions,
  names: readonly string[],
): Promise<ExitCode> {
  return changeHost(context, options, async (ports) => {
    const units = await chooseOnHost(ports, context, options, names);
    const scope = chooseServices(units, ports, context);
    const services = servicesOf(units, ports.installedUnits);
    if (await isRefused(amongInstalled(services, ports.installedUnits), ports.manager, context)) return 1;
    const host = await withDocker(ports);
    return options.dryRun === true
      ? previewUpdate(context, options, scope, host)
      : updateServices(context, options, scope, host);
  });
}

function chooseServices(
  units: readonly InstalledUnit[],
  { installedUnits, manager, directories }: HostPorts,
  context: Context,
): UpdateScope {
  const containers = servicesOf(units, installedUnits);
  const [project, ...others] = new Set(containers.map((unit) => unit.project));
  if (project === undefined) throw new UsageError('None of these is a service', 'Name services of a project');
  if (others.length > 0) {
    throw new UsageError(
      `These are services of several projects: ${[project, ...others].join(', ')}`,
      'Update one project after the other: -p NAME',
    );
  }
  refuseGenerated('change', project, manager.scope, context);
  const directory = directories.units;
  const installation = readInstallation(project, directory);
  const here = new Set(installation.units.map(({ unit }) => unit.name));
  const elsewhere = containers.find(({ name }) => !here.has(name));
  if (elsewhere !== undefined) {
    throw new HostError(
      `${elsewhere.path} is not in ${directory}, the only place where dockunit changes units`,
      `Install ${project} there with dockunit apply, or name the image with its digest in the Compose file`,
    );
  }
  const services = updatableServices(
    containers.map(({ unit }) => unit),
    installation.units.map(({ unit }) => unit),
  );
  return { project, directory, installation, services };
}

async function updateServices(
  context: Context,
  options: UpdateOptions,
  scope: UpdateScope,
  host: RolloutHost,
): Promise<ExitCode> {
  const change = changeContext(context);
  const plan = await pullUpdate(scope, host, change);
  const services = scope.services.map((service) => reportOn(service, plan.before, plan.after));
  for (const each of services) context.err.write(`${serviceLine(each)}\n`);
  const { isKept, failures, lost, isInterrupted, lock } = await executeUpdate(scope, plan, host, change);
  const report: UpdateReport = {
    project: scope.project,
    services,
    restart: plan.restart.map(({ unit, follows }) => ({ unit, follows })),
    images: isKept ? 'new' : 'old',
    ok: isKept,
    failures,
    lost,
    lock: lock ?? null,
  };
  if (options.json === true) writeReport(context.out, report);
  showUpdate(report, isInterrupted, context);
  return report.ok ? 0 : 1;
}
