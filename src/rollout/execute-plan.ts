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
  readonly interrupted?: boolean;
}

/**
 * HostError where files cannot be written: then they are unchanged.
 * @param write replaces the files that the plan names
 */
export async function executePlan(
  planned: PlannedChanges,
  host: RolloutHost,
  change: ChangeContext,
  write: () => Promise<void> | void,
): Promise<ApplyOutcome> {
  const { plan } = planned;
  const { manager } = host;
  const stopped = await driveAndJudge('stop', unitsNamed(plan.stop, host), host, change);
  if (stopped === undefined) return { applied: true, failures: [], interrupted: true };
  if (stopped.failures.length > 0) return { applied: true, failures: stopped.failures };
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
  const restarted = unitsNamed(
    plan.restart.map(({ unit }) => unit),
    now,
  );
  const started = unitsNamed(plan.start, now);
  const failures: Failure[] = [];
  for (const [verb, units] of [
    ['restart', restarted],
    ['start', started],
  ] as const) {
    const judged = await driveAndJudge(verb, units, now, change);
    if (judged === undefined) return { applied: true, failures, interrupted: true };
    failures.push(...judged.failures);
  }
  const followers = unitsNamed(
    plan.restart.flatMap(({ follows }) => follows),
    now,
  );
  const checked = servicesOf([...restarted, ...followers, ...started], now.installed);
  const known = new Set(failures.map(({ unit }) => unit));
  failures.push(
    ...(await awaitHealth(
      checked.filter(({ name }) => !known.has(name)),
      now,
      change,
    )),
  );
  await discardNetworks(planned, host, change);
  return { applied: true, failures };
}

function unitsNamed(names: readonly string[], { installed }: HostPorts): readonly InstalledUnit[] {
  return installed.filter(({ name }) => names.includes(name));
}

/** Writes the files of a new project, and keeps its state: the `write` of its first apply. */
export async function writeFirstState(
  planned: PlannedChanges,
  host: RolloutHost,
  change: ChangeContext,
): Promise<void> {
  const { plan, installed, wanted, changes } = planned;
  const { manager, directories } = host;
  const directory = directories.units;
  const state = ensureStateDirectory(host);
  change.changed({ kind: 'files', directory, written: plan.write, removed: plan.remove });
  const about = newState({ project: plan.project, directory }, change);
  ensureDirectory(directory);
  snapshotInstalled(state, installed, about, await runningPins(planned, host));
  const next: NewState = {
    ...about,
    verb: 'apply',
    changes: summarise(changes.filter(({ unit }) => !plan.orphans.includes(unit))),
    files: [...filesOf(wanted), ...installedFiles(remainingOrphans(planned))],
    remove: plan.remove,
    start: targetsToStart(plan, wanted),
  };
  replaceState(state, manager.scope, next, manager.kind === 'systemd');
}

/** The images of the services whose units the wanted units replace; none where Docker does not answer. */
async function runningPins(
  { installed, docker }: PlannedChanges,
  { images }: RolloutHost,
): Promise<ReadonlyMap<string, string>> {
  if (docker === undefined || installed.units.length === 0) return new Map();
  const running = await readRunningImages(installed, docker, images);
  return new Map([...running].map(([service, { pin }]) => [service, pin]));
}

/** The orphans that stay, and the files they read. */
export function remainingOrphans({ installed, plan }: PlannedChanges): Installation {
  const stays = (unit: string): boolean => plan.orphans.includes(unit);
  return {
    units: installed.units.filter(({ unit }) => stays(unit.name)),
    files: installed.files.filter(({ unit }) => stays(unit)),
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
  { plan, installed }: PlannedChanges,
  { manager, resources, user }: RolloutHost,
  { changed }: ChangeContext,
): Promise<void> {
  const gone = installed.units.filter(({ unit }) => plan.networks.includes(unit.name));
  if (gone.length === 0) return;
  for (const { unit } of gone) {
    // systemd keeps a unit active although its file is gone.
    await manager.run('stop', [unit.name]);
    const labels = await resources.labels('network', [networkOf(unit)?.name ?? []].flat());
    const names = [...labels].flatMap(([name, each]) =>
      ownershipOf(each, ownerOf(unit, user)) === 'own' ? [name] : [],
    );
    if (names.length > 0) changed({ kind: 'removed', what: 'network', names });
    await resources.remove('network', names);
  }
}
