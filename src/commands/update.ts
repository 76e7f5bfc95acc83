/**
 * `update`: newer images for services, one service at a time, and a rollback to the older ones where one
 * does not run. Uses the installed units alone: a host may have no Compose file.
 */
import type { Installation } from '../rollout/compare-units.ts';
import { engineNames } from '../rollout/drift.ts';
import type { Restart } from '../rollout/plan-apply.ts';
import { type UpdatableService, planUpdate, updatableServices } from '../rollout/plan-update.ts';
import { summarise } from '../rollout/summarise-changes.ts';
import { readInstallation } from '../rollout/installation.ts';
import { HostError, type ImagePort, type LocalImage } from '../model/ports.ts';
import { unitDirectory } from '../host/units/unit-directories.ts';
import { writeFiles } from '../host/units/unit-files.ts';
import { awaitHealth } from '../jobs/await-health.ts';
import type { ApplyOutcome } from '../rollout/execute-plan.ts';
import { changeHost } from '../session/with-host-lock.ts';
import { amongInstalled, isRefused } from '../session/container-conflicts.ts';
import { type Context, type ExitCode, UsageError } from '../run/context.ts';
import { driveAndJudge } from '../jobs/run-jobs.ts';
import type { Failure } from '../jobs/explain-failure.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { previewUpdate } from '../rollout/preview-update.ts';
import { type HostPorts, chooseOnHost } from '../session/session.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { servicesOf } from '../session/installed-units.ts';
import { installedFiles, ensureStateDirectories } from '../rollout/revisions.ts';
import { pinRunningImages, readRunningState, writeLockOf } from '../rollout/pin-running.ts';
import { readStates } from '../rollout/plan.ts';
import { keepLastStates, keepOnDisk } from '../rollout/running-images.ts';
import { reloadInstalled, runTrial } from '../rollout/trial.ts';
import {
  type UpdateOptions,
  type UpdateReport,
  type UpdateScope,
  reportOn,
  serviceLine,
  tell,
} from '../rollout/update-report.ts';
import { writeRemark, writeReport } from '../run/report.ts';

/** 0 where all services run their newest images; 1 where dockunit had to restore the older ones. */
export async function run(
  context: Context,
  options: UpdateOptions,
  names: readonly string[],
): Promise<ExitCode> {
  return changeHost(context, options, async (host) => {
    const { images } = await import('../host/docker/images.ts');
    const chosen = await chooseOnHost(host, context, options, names);
    const scope = chooseServices(chosen, host, context);
    const services = servicesOf(chosen, host.installed);
    if (await isRefused(amongInstalled(services, host.installed), host.manager, context)) return 1;
    return options.dryRun === true
      ? previewUpdate(context, options, scope, images, host)
      : updateServices(context, options, scope, images, host);
  });
}

function chooseServices(
  chosen: readonly InstalledUnit[],
  { installed, manager }: HostPorts,
  context: Context,
): UpdateScope {
  const containers = servicesOf(chosen, installed);
  const [project, ...others] = new Set(containers.map((unit) => unit.project));
  if (project === undefined) throw new UsageError('None of these is a service', 'Name services of a project');
  if (others.length > 0) {
    throw new UsageError(
      `These are services of several projects: ${[project, ...others].join(', ')}`,
      'Update one project after the other: -p NAME',
    );
  }
  refuseGenerated('change', project, manager.scope, context);
  const directory = unitDirectory(manager.scope, context.environment);
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
  return { project, directory, installed: installation, services };
}

async function updateServices(
  context: Context,
  options: UpdateOptions,
  scope: UpdateScope,
  images: ImagePort,
  host: HostPorts,
): Promise<ExitCode> {
  const { project, directory, services } = scope;
  const { state } = ensureStateDirectories(host.manager.scope, context);
  const now = await readRunningState(scope, state, images);
  await pinRunningImages(scope, now, images, host, context);
  const { before } = now;
  const newest = await pullImages(services, images, context);
  const names = before.units.map(({ unit }) => unit.name);
  const { readEngine } = await import('../host/docker/resources.ts');
  const plan = planUpdate({
    project,
    before,
    services,
    images: newest,
    engine: await readEngine(engineNames(before)),
    states: await readStates(names, host.manager, before),
  });
  const { after, changes, restart } = plan;
  await keepOnDisk(project, newest.values(), images, context);
  const reports = services.map((service) => reportOn(service, before, after));
  for (const report of reports) context.err.write(`${serviceLine(report)}\n`);
  const begun: string[] = [];
  const outcome =
    changes.length + restart.length === 0
      ? { kept: true, failures: [], lost: [], interrupted: false }
      : await runTrial(
          { project, directory, verb: 'update', before, after, changes: summarise(changes), disabled: [] },
          host,
          context,
          {
            forward: () => restartInOrder(restart, begun, writer(scope, after, host, context), host, context),
            back: (now, calm) => putBack(begun, writer(scope, before, now, calm), now, calm),
          },
        );
  await keepLastStates(project, state, images, context);
  const lock = outcome.kept ? writeLockOf(project, after, host.manager.scope, context) : undefined;
  const report: UpdateReport = {
    project,
    services: reports,
    restart: restart.map(({ unit, follows }) => ({ unit, follows })),
    images: outcome.kept ? 'new' : 'old',
    ok: outcome.kept,
    failures: outcome.failures,
    lost: outcome.lost,
    lock: lock ?? null,
  };
  if (options.json === true) writeReport(context.out, report);
  tell(report, outcome.interrupted, context);
  return report.ok ? 0 : 1;
}

/**
 * The images that the references now stand for, by service. HostError where one cannot be fetched: then
 * nothing has been restarted.
 */
async function pullImages(
  services: readonly UpdatableService[],
  images: ImagePort,
  { changed, err, signal }: Context,
): Promise<ReadonlyMap<string, LocalImage>> {
  const pulled = new Set<string>();
  for (const { reference, pull } of services) {
    const key = [reference, ...(pull ?? [])].join(' ');
    if (pull === undefined || pulled.has(key)) continue;
    pulled.add(key);
    err.write(`Pulling ${reference}\n`);
    changed({ kind: 'pulled', image: reference });
    try {
      await images.pull(reference, pull, signal);
    } catch (error) {
      const here = (await images.inspect([reference])).get(reference);
      // For example an image that was loaded from a file: only this host has it.
      if (!(error instanceof HostError) || signal.aborted || here?.digests.length !== 0) throw error;
      writeRemark(err, 'note', `${error.message}; it is in no registry, so the local image is used`);
    }
  }
  const found = await images.inspect(services.map(({ reference }) => reference));
  return new Map(
    services.flatMap(({ service, reference }): [string, LocalImage][] => {
      const image = found.get(reference);
      return image === undefined ? [] : [[service, image]];
    }),
  );
}

/** Writes the installation's units, and has the manager load them. */
function writer(
  { directory, installed }: UpdateScope,
  wanted: Installation,
  { manager }: HostPorts,
  { changed }: Context,
): () => Promise<void> {
  return async () => {
    const written = wanted.units
      .filter((entry, index) => entry !== installed.units[index])
      .map(({ unit }) => unit.name);
    changed({ kind: 'files', directory, written, removed: [] });
    writeFiles(directory, installedFiles(wanted));
    await manager.reload();
  };
}

/** One service after the other, each running or healthy before the next; ends with the first that is not. */
async function restartInOrder(
  restart: readonly Restart[],
  begun: string[],
  write: () => Promise<void>,
  host: HostPorts,
  context: Context,
): Promise<ApplyOutcome> {
  await write();
  const now = reloadInstalled(host, context);
  for (const { unit, follows } of restart) {
    begun.push(unit);
    const judged = await driveAndJudge('restart', unitsCalled([unit], now), now, context);
    if (judged === undefined) return { applied: true, failures: [], interrupted: true };
    const failures =
      judged.failures.length > 0
        ? judged.failures
        : await awaitHealth(servicesOf(unitsCalled([unit, ...follows], now), now.installed), now, context);
    if (failures.length > 0) return { applied: true, failures };
    if (context.signal.aborted) return { applied: true, failures: [], interrupted: true };
  }
  return { applied: true, failures: [] };
}

/** Restarts the services that the update had restarted: no other service ever ran a newer image. */
async function putBack(
  begun: readonly string[],
  write: () => Promise<void>,
  host: HostPorts,
  context: Context,
): Promise<readonly Failure[]> {
  await write();
  const now = reloadInstalled(host, context);
  const units = unitsCalled(begun, now);
  const failures = (await driveAndJudge('restart', units, now, context))?.failures ?? [];
  const known = new Set(failures.map(({ unit }) => unit));
  const others = servicesOf(units, now.installed).filter(({ name }) => !known.has(name));
  return [...failures, ...(await awaitHealth(others, now, context))];
}

function unitsCalled(names: readonly string[], { installed }: HostPorts): readonly InstalledUnit[] {
  return installed.filter(({ name }) => names.includes(name));
}
