/** Executes a plan: files, links and jobs, in the order that keeps every step undoable by the next apply. */
import type { Plan } from './plan-apply.ts';
import { networkOf } from '../session/gone-resources.ts';
import type { Installation } from './compare-units.ts';
import { summarise } from './summarise-changes.ts';
import type { NewState } from '../host/revisions/store.ts';
import { replaceState } from '../host/revisions/replace.ts';
import { ensureDirectory } from '../host/units/unit-directories.ts';
import { ownerOf, ownershipOf } from '../units/resource-owner.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { awaitHealth } from '../jobs/await-health.ts';
import type { ChangeContext } from '../run/context.ts';
import { driveAndJudge } from '../jobs/run-jobs.ts';
import type { Failure } from '../jobs/explain-failure.ts';
import { type HostPorts, reloadInstalled } from '../session/session.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { servicesOf } from '../session/installed-units.ts';
import { filesOf, installedFiles, snapshotInstalled, newState, ensureStateDirectory } from './revisions.ts';
import type { PlannedChanges } from './plan.ts';
import type { RolloutHost } from './rollout-host.ts';
import { readRunningImages } from './running-images.ts';

export interface ApplyOutcome {
  /** Whether files or links changed, or jobs ran. */
  readonly applied: boolean;
  readonly failures: readonly Failure[];
  /** Ctrl-C ended the waiting. */
  readonly isInterrupted?: boolean;
}

/**
 * HostError where files cannot be written: then they are unchanged.
 * @param write replaces the files that the plan names
 */
export async function executePlan(
  changePlan: PlannedChanges,
  host: RolloutHost,
  change: ChangeContext,
  write: () => Promise<void> | void,
): Promise<ApplyOutcome> {
  const { plan } = changePlan;
  const { manager } = host;
  const stop = await driveAndJudge('stop', unitsNamed(plan.stop, host), host, change);
  if (stop === undefined) return { applied: true, failures: [], isInterrupted: true };
  if (stop.failures.length > 0) return { applied: true, failures: stop.failures };
  if (plan.disable.length > 0) await manager.disable(plan.disable);
  if (plan.write.length + plan.remove.length > 0) {
    await write();
    await manager.reload();
  }
  if (plan.reenable.length > 0) {
    await manager.disable(plan.reenable);
    await manager.enable(plan.reenable);
  }
  if (plan.enable.length > 0) await manager.enable(plan.enable);
  const now = reloadInstalled(host);
  const restartUnits = unitsNamed(
    plan.restart.map(({ unit }) => unit),
    now,
  );
  const startUnits = unitsNamed(plan.start, now);
  const failures: Failure[] = [];
  for (const [verb, units] of [
    ['restart', restartUnits],
    ['start', startUnits],
  ] as const) {
    const verdict = await driveAndJudge(verb, units, now, change);
    if (verdict === undefined) return { applied: true, failures, isInterrupted: true };
    failures.push(...verdict.failures);
  }
  const followers = unitsNamed(
    plan.restart.flatMap(({ follows }) => follows),
    now,
  );
  const services = servicesOf([...restartUnits, ...followers, ...startUnits], now.installedUnits);
  const failedNames = new Set(failures.map(({ unit }) => unit));
  failures.push(
    ...(await awaitHealth(
      services.filter(({ name }) => !failedNames.has(name)),
      now,
      change,
    )),
  );
  await discardNetworks(changePlan, host, change);
  return { applied: true, failures };
}

function unitsNamed(names: readonly string[], { installedUnits }: HostPorts): readonly InstalledUnit[] {
  return installedUnits.filter(({ name }) => names.includes(name));
}

/** Writes the files of a new project, and keeps its state: the `write` of its first apply. */
export async function writeFirstState(
  changePlan: PlannedChanges,
  host: RolloutHost,
  change: ChangeContext,
): Promise<void> {
  const { plan, installation, set, changes } = changePlan;
  const { manager, directories } = host;
  const directory = directories.units;
  const state = ensureStateDirectory(host);
  change.recordChange({ kind: 'files', directory, written: plan.write, removed: plan.remove });
  const about = newState({ project: plan.project, directory }, change);
  ensureDirectory(directory);
  snapshotInstalled(state, installation, about, await runningPins(changePlan, host));
  const next: NewState = {
    ...about,
    verb: 'apply',
    changes: summarise(changes.filter(({ unit }) => !plan.orphans.includes(unit))),
    files: [...filesOf(set), ...installedFiles(remainingOrphans(changePlan))],
    remove: plan.remove,
    start: targetsToStart(plan, set),
  };
  replaceState(state, manager.scope, next, manager.kind === 'systemd');
}

/** The images of the services whose units the wanted units replace; none where Docker does not answer. */
async function runningPins(
  { installation, docker }: PlannedChanges,
  { images }: RolloutHost,
): Promise<ReadonlyMap<string, string>> {
  if (docker === undefined || installation.units.length === 0) return new Map();
  const running = await readRunningImages(installation, docker, images);
  return new Map([...running].map(([service, { pin }]) => [service, pin]));
}

/** The orphans that stay, and the files they read. */
export function remainingOrphans({ installation, plan }: PlannedChanges): Installation {
  const stays = (unit: string): boolean => plan.orphans.includes(unit);
  return {
    units: installation.units.filter(({ unit }) => stays(unit.name)),
    files: installation.files.filter(({ unit }) => stays(unit)),
  };
}

/**
 * The targets that a boot after a power cut has to start by name: dockunit makes the links of a new
 * project after its files.
 */
function targetsToStart(plan: Plan, set: UnitSet): readonly string[] {
  return plan.first ? set.units.filter(({ kind }) => kind === 'target').map(({ name }) => name) : [];
}

/** Removes the networks of removed units, where they are dockunit's and no longer in use. */
async function discardNetworks(
  { plan, installation }: PlannedChanges,
  { manager, resources, user }: RolloutHost,
  { recordChange }: ChangeContext,
): Promise<void> {
  const goneNetworks = installation.units.filter(({ unit }) => plan.networks.includes(unit.name));
  if (goneNetworks.length === 0) return;
  for (const { unit } of goneNetworks) {
    // systemd keeps a unit active although its file is gone.
    await manager.run('stop', [unit.name]);
    const labels = await resources.labels('network', [networkOf(unit)?.name ?? []].flat());
    const names = [...labels].flatMap(([name, each]) =>
      ownershipOf(each, ownerOf(unit, user)) === 'own' ? [name] : [],
    );
    if (names.length > 0) recordChange({ kind: 'removed', what: 'network', names });
    await resources.remove('network', names);
  }
}
