/** `rollback`: restores an earlier state, units and images; like a new one, it stays only if all of it runs. */
import { type Installation, setOf } from '../rollout/compare-units.ts';
import { isId, keptPins, pinsOf } from '../images/pin-images.ts';
import { isEmptyPlan } from '../rollout/plan-apply.ts';
import { pinInstallation } from '../rollout/plan-update.ts';
import { summarise } from '../rollout/summarise-changes.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { type Manifest, appliedStates } from '../host/revisions/store.ts';
import { readInstallation } from '../rollout/installation.ts';
import { HostError, type ImagePort } from '../model/ports.ts';
import { unitDirectory, unitSearchPath } from '../host/units/unit-directories.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { type ApplyReport, showPlan } from './apply.ts';
import { changeHost } from '../session/with-host-lock.ts';
import { printDiagnostics } from '../session/compile-project.ts';
import { isRefused } from '../session/container-conflicts.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError, scopeOf } from '../run/context.ts';
import { renderFailures } from '../jobs/explain-failure.ts';
import { findObstacles } from '../session/conflicts.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { type HostPorts, chooseOnHost } from '../session/session.ts';
import { installedFiles, pinsOfState, readKept } from '../rollout/revisions.ts';
import { pinRunningImages, readRunningState, writeLockOf } from '../rollout/pin-running.ts';
import { type PlannedChanges, planChanges, startingBy } from '../rollout/plan.ts';
import { renderRemarks } from '../rollout/render-changes.ts';
import { keepLastStates, keepOnDisk } from '../rollout/running-images.ts';
import { type TrialOutcome, rolledBack, writeRollbackOutcome } from '../rollout/trial.ts';
import { runPlanTrial } from '../rollout/trial-plan.ts';
import { commandHint } from '../run/command-hint.ts';
import type { UpdateScope } from '../rollout/update-report.ts';
import { writeReport } from '../run/report.ts';

export interface RollbackOptions extends GlobalOptions {
  /** Show the plan; change nothing. */
  readonly dryRun?: boolean;
}

/** `--json` of rollback: that of apply, and the state it restores. */
export interface RollbackReport extends ApplyReport {
  /** The number of the restored state, or of the one that would be restored. */
  readonly state: number;
}

/** The state to restore, and the present one. */
interface Rollback {
  readonly project: string;
  readonly directory: string;
  readonly manifest: Manifest;
  readonly before: Installation;
  readonly after: Installation;
  readonly planned: PlannedChanges;
}

/** 0 where the restored state runs; 1 where it does not, and dockunit has restored the present one. */
export async function run(
  context: Context,
  options: RollbackOptions,
  names: readonly string[],
): Promise<ExitCode> {
  return changeHost(context, options, async (host) => {
    const { images } = await import('../host/docker/images.ts');
    return rollBack(context, options, names[0], images, host);
  });
}

async function rollBack(
  context: Context,
  options: RollbackOptions,
  number: string | undefined,
  images: ImagePort,
  host: HostPorts,
): Promise<ExitCode> {
  const { scope } = host.manager;
  const [target] = await chooseOnHost(host, context, options, []);
  if (target === undefined) throw new UsageError('There is no project', 'Name one: -p NAME');
  const { project } = target;
  refuseGenerated('change', project, scope, context);
  const directory = unitDirectory(scope, context.environment);
  const { state } = stateDirectories(scope, context.environment, context.uid);
  const installed = readInstallation(project, directory);
  const about = { project, directory, installed };
  const now = await readRunningState(about, state, images);
  const { before } = now;
  const manifest = chooseState(state, about, before, number);
  const after = asItRan(state, manifest, before);
  const obstacles = findObstacles(
    setOf(project, after),
    directory,
    unitSearchPath(scope, context.environment),
  );
  if (hasErrors(obstacles)) {
    printDiagnostics(context, { source: { files: [], directory, dotenv: [] }, diagnostics: obstacles });
    return 1;
  }
  const planned = await planChanges(setOf(project, after), directory, host.manager, {
    prune: true,
    exact: true,
    installed: before,
  });
  if (await isRefused(startingBy(planned, host.installed), host.manager, context)) return 1;
  const rollback: Rollback = { project, directory, manifest, before, after, planned };
  tellPlan(context, options, rollback);
  let outcome: TrialOutcome | undefined;
  if (options.dryRun !== true && !isEmptyPlan(planned.plan)) {
    await fetchMissing(rollback, pinsOf(after.units.map(({ unit }) => unit)), images, context);
    await pinRunningImages(about, now, images, host, context);
    const summary = [`state ${String(manifest.number)} again`, ...summarise(planned.changes)];
    outcome = await runPlanTrial(
      { directory, verb: 'rollback', before, after, changes: summary },
      planned,
      host,
      context,
    );
    await keepLastStates(project, state, images, context);
    if (outcome.kept) writeLockOf(project, after, scope, context);
  }
  return report(context, options, rollback, outcome);
}

/**
 * The units of a kept state, with each service pinned to the image it ran. Where the state does not know
 * that image, the service keeps its present pin: without a pin, it would run whatever its tag now stands
 * for.
 * @param present pinned to the images it runs
 */
function asItRan(stateDirectory: string, manifest: Manifest, present: Installation): Installation {
  const { project } = manifest;
  const ran = pinInstallation(
    project,
    readKept(stateDirectory, manifest),
    pinsOfState(stateDirectory, manifest),
  );
  const units = present.units.map(({ unit }) => unit);
  return pinInstallation(project, ran, keptPins(setOf(project, ran), units));
}

/**
 * The state of that number, or the last one that is not the present one.
 * @param before the present one, pinned to the images it runs: if an update found nothing newer and only
 *   pinned, its state is the present one too
 */
function chooseState(
  stateDirectory: string,
  { project, installed }: Omit<UpdateScope, 'services'>,
  before: Installation,
  number: string | undefined,
): Manifest {
  const states = appliedStates(stateDirectory, project);
  const isPresent = (manifest: Manifest): boolean =>
    hasSameFiles(readKept(stateDirectory, manifest), installed) ||
    hasSameFiles(asItRan(stateDirectory, manifest, before), before);
  const chosen =
    number === undefined
      ? states.findLast((manifest) => !isPresent(manifest))
      : states.find((manifest) => String(manifest.number) === number);
  if (chosen !== undefined) return chosen;
  const known = states.map((manifest) => String(manifest.number)).join(', ');
  throw new UsageError(
    number === undefined
      ? `No earlier state of ${project} is kept`
      : `No state ${number} of ${project} is kept`,
    known === ''
      ? 'States are kept from the first dockunit apply on'
      : `Choose one of dockunit history: ${known}`,
  );
}

function hasSameFiles(kept: Installation, present: Installation): boolean {
  const files = installedFiles(kept);
  const contents = new Map(installedFiles(present).map(({ name, content }) => [name, content]));
  return files.length === contents.size && files.every(({ name, content }) => contents.get(name) === content);
}

/**
 * The images of that state that are no longer on the disk. HostError where one cannot be fetched: then
 * nothing has been changed.
 */
async function fetchMissing(
  { project, manifest }: Rollback,
  pins: ReadonlyMap<string, string>,
  images: ImagePort,
  context: Context,
): Promise<void> {
  const here = await images.inspect([...pins.values()]);
  for (const [service, pin] of pins) {
    if (here.has(pin)) continue;
    if (isId(pin)) {
      throw new HostError(
        `The image that ${service} ran in state ${String(manifest.number)} is not on this host any more, and came from no registry`,
        `Make it again, or choose a later state: dockunit history ${project}`,
      );
    }
    context.err.write(`Pulling ${pin}\n`);
    context.changed({ kind: 'pulled', image: pin });
    await images.pull(pin, [], context.signal);
  }
  const found = await images.inspect([...pins.values()]);
  await keepOnDisk(project, found.values(), images, context);
}

function tellPlan(context: Context, options: RollbackOptions, { planned, manifest }: Rollback): void {
  const { err } = context;
  if (isEmptyPlan(planned.plan))
    err.write(`${planned.plan.project} is as in state ${String(manifest.number)}\n`);
  else if (options.json !== true) showPlan(context, planned);
  const remarks = renderRemarks(planned.plan, commandHint(scopeOf(options)));
  for (const line of remarks) err.write(`${line}\n`);
}

function report(
  { out, err }: Context,
  options: RollbackOptions,
  { project, directory, manifest, planned: { changes, drift, plan } }: Rollback,
  outcome: TrialOutcome | undefined,
): ExitCode {
  const ok = outcome?.kept ?? true;
  if (options.json === true) {
    const value: RollbackReport = {
      project,
      directory,
      state: manifest.number,
      units: changes.filter(({ change }) => change !== 'same'),
      drift,
      plan,
      applied: outcome?.kept === true,
      ok,
      failures: outcome?.failures ?? [],
      lost: outcome?.lost ?? [],
    };
    writeReport(out, value);
  }
  const { failures = [], lost = [], interrupted = false } = outcome ?? {};
  for (const line of renderFailures([...failures, ...lost], err.style)) err.write(`${line}\n`);
  if (!ok) {
    writeRollbackOutcome(err, rolledBack(project), lost, interrupted);
  } else if (outcome !== undefined) {
    err.write(`${project} runs as in state ${String(manifest.number)}\n`);
  } else if (options.dryRun === true && !isEmptyPlan(plan)) {
    err.write('Nothing was changed (--dry-run)\n');
  }
  return ok ? 0 : 1;
}
