/** Pins units to the images they run, before they are replaced, and writes the lock of the pinned images. */
import { dirname } from 'node:path';
import { type Installation, setOf } from './compare-units.ts';
import { applyLock, lockOf, writeLock } from '../images/image-lock.ts';
import { pinsOf } from '../images/pin-images.ts';
import { type UpdatableService, pinInstallation, updatableServices } from './plan-update.ts';
import { appliedStates, keepImages } from '../host/revisions/store.ts';
import { lockPath, writeLockFile } from '../host/revisions/image-lock-file.ts';
import { machine } from '../host/machine/machine.ts';
import { type DockerResources, HostError, type Scope } from '../model/ports.ts';
import { replaceState } from '../host/revisions/replace.ts';
import { dockunitField } from '../units/unit-set.ts';
import type { ChangeContext } from '../run/context.ts';
import {
  installedFiles,
  snapshotInstalled,
  newState,
  pinsOfState,
  ensureStateDirectory,
} from './revisions.ts';
import { lookAtDocker } from './plan.ts';
import type { RolloutHost } from './rollout-host.ts';
import { type RunningImage, keepOnDisk, readRunningImages } from './running-images.ts';
import { commandHint } from '../run/command-hint.ts';
import type { UpdateScope } from './update-report.ts';
import { writeRemark } from '../run/report.ts';

export interface RunningRevision {
  /** By service. */
  readonly running: ReadonlyMap<string, RunningImage>;
  /**
   * The installation, with each service pinned to the image it runs, or would run: a service that is
   * updated may share its tag with others, and an image it pulls would be theirs too.
   */
  readonly before: Installation;
  readonly docker: DockerResources;
}

/**
 * HostError where Docker does not answer. A kept state names the last image of a service whose image is gone
 * from the disk.
 */
export async function readRunningState(
  { project, installation }: Pick<UpdateScope, 'project' | 'installation'>,
  { directories, images, resources }: RolloutHost,
): Promise<RunningRevision> {
  const docker = await lookAtDocker(installation, resources);
  if (docker instanceof HostError) throw docker;
  const running = await readRunningImages(installation, docker, images);
  const units = installation.units.map(({ unit }) => unit);
  const services = updatableServices(units, units);
  const last = appliedStates(directories.state, project).at(-1);
  const previousPins = last === undefined ? new Map<string, string>() : pinsOfState(directories.state, last);
  const currentPins = pinsOf(units);
  const lostServices = services.filter(
    ({ service, reference }) =>
      !running.has(service) &&
      !currentPins.has(service) &&
      previousPins.get(service)?.startsWith(`${reference}@`),
  );
  const pins = new Map([
    ...lostServices.map(({ service }): [string, string] => [service, previousPins.get(service) ?? '']),
    ...pinsAmong(services, running),
  ]);
  return { running, docker, before: pinInstallation(project, installation, pins) };
}

/**
 * Units that name their image by a tag would run the next image that is pulled. So dockunit first pins each
 * to the image it runs, and keeps that image on the disk: however this run ends, the units name what ran
 * before it.
 */
export async function pinRunningImages(
  { project, directory, installation }: Omit<UpdateScope, 'services'>,
  { running, before }: RunningRevision,
  host: RolloutHost,
  change: ChangeContext,
): Promise<void> {
  await retainRunningImages({ project, directory, installation }, running, host, change);
  const pinnedUnits = before.units.filter((entry, index) => entry !== installation.units[index]);
  if (pinnedUnits.length === 0) return;
  const unitNames = pinnedUnits.map(({ unit }) => unit.name);
  change.recordChange({ kind: 'files', directory, written: unitNames, removed: [] });
  const names = [...new Set(pinnedUnits.flatMap(({ unit }) => dockunitField(unit, 'Service') ?? []))];
  const changes = [`pinned to what they run: ${names.join(', ')}`];
  const about = newState({ project, directory }, change);
  const next = { ...about, verb: 'update', changes, files: installedFiles(before) } as const;
  const { manager } = host;
  replaceState(ensureStateDirectory(host), manager.scope, next, manager.kind === 'systemd');
  await manager.reload();
}

/**
 * Keeps the state that a rollback restores: the running images stay on the disk, and the history has the
 * units that name them.
 */
export async function retainRunningImages(
  { project, directory, installation }: Omit<UpdateScope, 'services'>,
  running: RunningRevision['running'],
  host: RolloutHost,
  change: ChangeContext,
): Promise<void> {
  const toKeep = [...running.values()].map(({ image }) => image);
  await keepOnDisk(project, toKeep, host.images, change);
  const about = newState({ project, directory }, change);
  snapshotInstalled(ensureStateDirectory(host), installation, about, pinsIn(running));
}

/** Notes in the history the last images of the services of the kept state, for a rollback to it. */
export async function recordRunningImages(
  project: string,
  installation: Installation,
  host: RolloutHost,
): Promise<void> {
  const docker = await lookAtDocker(installation, host.resources);
  if (docker instanceof HostError) return;
  const running = await readRunningImages(installation, docker, host.images);
  keepImages(ensureStateDirectory(host), project, pinsIn(running));
}

function pinsIn(running: RunningRevision['running']): ReadonlyMap<string, string> {
  return new Map([...running].map(([service, { pin }]) => [service, pin]));
}

/** The pins of these services. */
export function pinsAmong(
  services: readonly UpdatableService[],
  running: ReadonlyMap<string, RunningImage>,
): ReadonlyMap<string, string> {
  return new Map(
    services.flatMap(({ service }): [string, string][] => {
      const image = running.get(service);
      return image === undefined ? [] : [[service, image.pin]];
    }),
  );
}

/**
 * The lock of the units, beside the Compose file they were compiled from; undefined where that file is not
 * on this machine, or where the lock would be incomplete: `--locked` would refuse it.
 */
export function writeLockOf(
  project: string,
  installation: Installation,
  scope: Scope,
  { recordChange, err }: ChangeContext,
): string | undefined {
  const units = installation.units.map(({ unit }) => unit);
  const source = units.flatMap((unit) =>
    unit.kind === 'target' ? (dockunitField(unit, 'Source') ?? []) : [],
  )[0];
  const path = lockPath(source);
  if (path === undefined) return undefined;
  const warn = (message: string, remedy: string): undefined => {
    writeRemark(err, 'warning', message, remedy);
  };
  const lock = lockOf(units);
  const gaps = applyLock(setOf(project, installation), lock).gaps.map(({ service }) => service);
  if (gaps.length > 0) {
    const names = gaps.join(', ');
    return warn(
      `${path} is not written: the image of ${names} is not on this host`,
      `Have it pulled and pinned: dockunit update${commandHint(scope)} ${gaps.join(' ')}; load it first where no registry has it`,
    );
  }
  try {
    if (writeLockFile(path, writeLock(lock))) {
      // The audit log is on the host that dockunit works with; the lock is always written on this machine.
      if (machine().name === undefined) {
        recordChange({ kind: 'files', directory: dirname(path), written: [path], removed: [] });
      }
      err.write(`Wrote ${path}\n`);
    }
    return path;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return warn(error.message, error.remedy);
  }
}
