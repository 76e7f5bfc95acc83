/** The steps of `update`: fetch the newest images, plan, and restart one service after the other, on trial. */
import type { Installation } from './compare-units.ts';
import { dockerNames } from './drift.ts';
import type { Restart } from './plan-apply.ts';
import { type UpdatableService, type UpdatePlan, planUpdate } from './plan-update.ts';
import { summarise } from './summarise-changes.ts';
import { HostError, type ImagePort, type LocalImage } from '../model/ports.ts';
import { writeFiles } from '../host/units/unit-files.ts';
import { awaitHealth } from '../jobs/await-health.ts';
import { driveAndJudge } from '../jobs/run-jobs.ts';
import type { Failure } from '../jobs/explain-failure.ts';
import type { ChangeContext } from '../run/context.ts';
import { writeRemark } from '../run/report.ts';
import { type HostPorts, reloadInstalled } from '../session/session.ts';
import { type InstalledUnit, servicesOf } from '../session/installed-units.ts';
import type { ApplyOutcome } from './execute-plan.ts';
import { installedFiles } from './revisions.ts';
import { pinRunningImages, readRunningState, writeLockOf } from './pin-running.ts';
import { readStates } from './plan.ts';
import type { RolloutHost } from './rollout-host.ts';
import { keepLastStates, keepOnDisk } from './running-images.ts';
import { type TrialOutcome, runTrial } from './trial.ts';
import type { UpdateScope } from './update-report.ts';

/** The plan of an update, whose new images are on the disk. */
export interface PulledUpdate extends UpdatePlan {
  /** Each service pinned to the image it runs. */
  readonly before: Installation;
}

/**
 * Pins the services to the images that they run, pulls the newest ones, and plans the restarts.
 * HostError where an image cannot be fetched, or Docker does not answer: then nothing has been restarted.
 */
export async function pullUpdate(
  scope: UpdateScope,
  host: RolloutHost,
  change: ChangeContext,
): Promise<PulledUpdate> {
  const { project, services } = scope;
  const { images, manager, resources } = host;
  const now = await readRunningState(scope, host);
  await pinRunningImages(scope, now, host, change);
  const { before } = now;
  const newest = await pullImages(services, images, change);
  const names = before.units.map(({ unit }) => unit.name);
  const plan = planUpdate({
    project,
    before,
    services,
    images: newest,
    docker: await resources.inspect(dockerNames(before)),
    states: await readStates(names, manager, before),
  });
  await keepOnDisk(project, newest.values(), images, change);
  return { ...plan, before };
}

/** The outcome, and the path of the lock where dockunit wrote it or it is up to date. */
export interface UpdateOutcome extends TrialOutcome {
  readonly lock: string | undefined;
}

/** Restarts what the plan names; restores the previous images where one service does not come up. */
export async function executeUpdate(
  scope: UpdateScope,
  { before, after, changes, restart }: PulledUpdate,
  host: RolloutHost,
  change: ChangeContext,
): Promise<UpdateOutcome> {
  const { project, directory } = scope;
  const attempts: string[] = [];
  const outcome =
    changes.length + restart.length === 0
      ? { isKept: true, failures: [], lost: [], isInterrupted: false }
      : await runTrial(
          {
            project,
            directory,
            verb: 'update',
            before,
            after,
            changes: summarise(changes),
            disabledUnits: [],
          },
          host,
          change,
          {
            forward: () =>
              restartInOrder(restart, attempts, writer(scope, after, host, change), host, change),
            back: (now, calm) => putBack(attempts, writer(scope, before, now, calm), now, calm),
          },
        );
  await keepLastStates(project, host.directories.state, host.images, change);
  const lock = outcome.isKept ? writeLockOf(project, after, host.manager.scope, change) : undefined;
  return { ...outcome, lock };
}

/**
 * The images that the references now stand for, by service. HostError where one cannot be fetched: then
 * nothing has been restarted.
 */
async function pullImages(
  services: readonly UpdatableService[],
  images: ImagePort,
  { recordChange, err, signal }: ChangeContext,
): Promise<ReadonlyMap<string, LocalImage>> {
  const pulls = new Set<string>();
  for (const { reference, pull } of services) {
    const key = [reference, ...(pull ?? [])].join(' ');
    if (pull === undefined || pulls.has(key)) continue;
    pulls.add(key);
    err.write(`Pulling ${reference}\n`);
    recordChange({ kind: 'pulled', image: reference });
    try {
      await images.pull(reference, pull, signal);
    } catch (error) {
      const here = (await images.inspect([reference])).get(reference);
      // For example an image that was loaded from a file: only this host has it.
      if (!(error instanceof HostError) || signal.aborted || here?.digests.length !== 0) throw error;
      writeRemark(err, 'note', `${error.message}; it is in no registry, so the local image is used`);
    }
  }
  const localImages = await images.inspect(services.map(({ reference }) => reference));
  return new Map(
    services.flatMap(({ service, reference }): [string, LocalImage][] => {
      const image = localImages.get(reference);
      return image === undefined ? [] : [[service, image]];
    }),
  );
}

/** Writes the installation's units, and has the manager load them. */
function writer(
  { directory, installation }: UpdateScope,
  next: Installation,
  { manager }: HostPorts,
  { recordChange }: ChangeContext,
): () => Promise<void> {
  return async () => {
    const names = next.units
      .filter((entry, index) => entry !== installation.units[index])
      .map(({ unit }) => unit.name);
    recordChange({ kind: 'files', directory, written: names, removed: [] });
    writeFiles(directory, installedFiles(next));
    await manager.reload();
  };
}

/** One service after the other, each running or healthy before the next; ends with the first that is not. */
async function restartInOrder(
  restart: readonly Restart[],
  attempts: string[],
  write: () => Promise<void>,
  host: HostPorts,
  change: ChangeContext,
): Promise<ApplyOutcome> {
  await write();
  const now = reloadInstalled(host);
  for (const { unit, follows } of restart) {
    attempts.push(unit);
    const verdict = await driveAndJudge('restart', unitsCalled([unit], now), now, change);
    if (verdict === undefined) return { applied: true, failures: [], isInterrupted: true };
    const failures =
      verdict.failures.length > 0
        ? verdict.failures
        : await awaitHealth(
            servicesOf(unitsCalled([unit, ...follows], now), now.installedUnits),
            now,
            change,
          );
    if (failures.length > 0) return { applied: true, failures };
    if (change.signal.aborted) return { applied: true, failures: [], isInterrupted: true };
  }
  return { applied: true, failures: [] };
}

/** Restarts the services that the update had restarted: no other service ever ran a newer image. */
async function putBack(
  attempts: readonly string[],
  write: () => Promise<void>,
  host: HostPorts,
  change: ChangeContext,
): Promise<readonly Failure[]> {
  await write();
  const now = reloadInstalled(host);
  const units = unitsCalled(attempts, now);
  const failures = (await driveAndJudge('restart', units, now, change))?.failures ?? [];
  const failedNames = new Set(failures.map(({ unit }) => unit));
  const others = servicesOf(units, now.installedUnits).filter(({ name }) => !failedNames.has(name));
  return [...failures, ...(await awaitHealth(others, now, change))];
}

function unitsCalled(names: readonly string[], { installedUnits }: HostPorts): readonly InstalledUnit[] {
  return installedUnits.filter(({ name }) => names.includes(name));
}
