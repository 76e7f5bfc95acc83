/**
 * start, stop and restart: prepare, run the jobs and show their progress. Where jobs failed, say which unit
 * is to blame, why, and what to do.
 */
import type { GoneResource } from '../session/gone-resources.ts';
import { isInactive } from '../model/ports.ts';
import type { JobEvent, JobResult, JobVerb, UnitState } from '../model/ports.ts';
import { createProgressWriter } from './progress-writer.ts';
import { beginProgress } from './progress.ts';
import type { ProgressUnit } from './progress.ts';
import { acknowledgeStop } from './acknowledge-stop.ts';
import { amongInstalled, isRefused } from '../session/container-conflicts.ts';
import type { Context, ExitCode, GlobalOptions, JobContext } from '../run/context.ts';
import { explainFailures, renderFailures } from './explain-failure.ts';
import type { Failure } from './explain-failure.ts';
import { findGone, sayCreatedAgain } from '../session/find-gone.ts';
import type { HostPorts } from '../session/session.ts';
import { chooseOnHost, withHost } from '../session/session.ts';
import {
  unitsToReport,
  drivenUnits,
  failedUnits,
  isUp,
  neededServices,
  startedServices,
  withMembers,
} from './job-scope.ts';
import { withDependencies, withDependents } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { statesByName } from '../status/read-state.ts';
import { commandHint } from '../run/command-hint.ts';
import { writeReport } from '../run/report.ts';

export interface DriveOptions extends GlobalOptions {
  /** False with `--no-block`: queue the jobs and return. */
  readonly block?: boolean;
}

/** `--json` of start, stop and restart: one object, at the end. */
export interface DriveReport {
  readonly verb: JobVerb;
  /** Whether every job did its work; true for jobs that were only to be queued. */
  readonly ok: boolean;
  /** False where dockunit did not wait for the jobs to end. */
  readonly waited: boolean;
  /** Every unit that had a job, in the order the jobs ended; the ones asked for alone with `--no-block`. */
  readonly jobs: readonly {
    readonly unit: string;
    readonly project: string | null;
    readonly service: string | null;
    /** Null where the job was only queued. */
    readonly result: JobResult | null;
  }[];
  /** The units that really failed; [] where none did. */
  readonly failures: readonly Failure[];
  /** Networks and volumes that were gone, and whose units dockunit restarted to create them again. */
  readonly gone: readonly GoneResource[];
}

/** A whole driving verb: the names that the user typed → their jobs. */
export function driveNamed(
  verb: JobVerb,
  context: Context,
  options: DriveOptions,
  names: readonly string[],
): Promise<ExitCode> {
  return withHost(context, options, async (host) =>
    driveUnits(verb, await chooseOnHost(host, context, options, names), host, context, options),
  );
}

/** Runs one job for each of the units, a project's target included. 1 where one failed or Ctrl-C came first. */
export async function driveUnits(
  verb: JobVerb,
  units: readonly InstalledUnit[],
  host: HostPorts,
  context: Context,
  options: DriveOptions,
): Promise<ExitCode> {
  const before = await statesBefore(units, host);
  if (verb !== 'stop') {
    const services = startedServices[verb](units, host.installedUnits, before);
    if (await isRefused(amongInstalled(services, host.installedUnits), host.manager, context)) return 1;
  }
  const goneResources = verb === 'stop' ? [] : await prepareStart(verb, units, before, host, context);
  const jobUnits = drivenUnits[verb](units, host.installedUnits, before);
  if (verb === 'stop' && statesAmong(jobUnits, before).every(isDown)) sayNothingRan(units, context);
  if (options.block === false) return queueJobs(verb, units, goneResources, host, context, options);
  const verdict = await runAndJudge(verb, units, before, host, context);
  if (verdict === undefined) {
    reportQueued(verb, units, goneResources, false, host, context, options);
    context.err.write(
      `Interrupted; the jobs continue in the background. Check them with: dockunit status${commandHint(host.manager.scope)}\n`,
    );
    return 1;
  }
  const { results, failures } = verdict;
  if (options.json === true) {
    const report: DriveReport = {
      verb,
      ok: failures.length === 0,
      waited: true,
      jobs: [...results].map(([unit, result]) => jobFact(unit, result, host)),
      failures,
      gone: goneResources,
    };
    writeReport(context.out, report);
  }
  for (const line of renderFailures(failures, context.err.style)) {
    context.err.write(`${line}\n`);
  }
  return failures.length === 0 ? 0 : 1;
}

/** How the jobs of a verb ended. */
export interface JobVerdict {
  /** By unit. */
  readonly results: ReadonlyMap<string, JobResult>;
  /** The units that really failed; [] where none did. */
  readonly failures: readonly Failure[];
}

/**
 * driveUnits without a report: for verbs of which it is one step. Undefined where Ctrl-C ended the
 * waiting.
 */
export async function driveAndJudge(
  verb: JobVerb,
  units: readonly InstalledUnit[],
  host: HostPorts,
  context: JobContext,
): Promise<JobVerdict | undefined> {
  if (units.length === 0) return { results: new Map(), failures: [] };
  const before = await statesBefore(units, host);
  if (verb !== 'stop') await prepareStart(verb, units, before, host, context);
  return runAndJudge(verb, units, before, host, context);
}

async function runAndJudge(
  verb: JobVerb,
  units: readonly InstalledUnit[],
  before: readonly UnitState[],
  host: HostPorts,
  context: JobContext,
): Promise<JobVerdict | undefined> {
  const jobUnits = drivenUnits[verb](units, host.installedUnits, before);
  const jobResults = await runJobs(verb, jobUnits, before, host, context);
  if (jobResults === undefined) return undefined;
  const results = new Map(jobResults);
  if (verb === 'stop') {
    // systemd counts a unit that failed on the way as stopped.
    for (const unit of await acknowledgeStop(jobUnits, before, host, context)) results.set(unit, 'failed');
  } else await settle(units, host, context);
  const outcome = {
    results,
    states: await statesByName(host, unitsToReport(units, results, host.installedUnits)),
    restartsBefore: new Map(before.filter(isUp).map(({ name, restarts }) => [name, restarts])),
  };
  const names = failedUnits(verb, units, host.installedUnits, outcome);
  const failures = await explainFailures(names, outcome, host);
  return { results, failures };
}

/**
 * The states of the units, of their whole projects where a target is chosen, of all they depend on and of
 * all that depend on them.
 */
function statesBefore(chosenUnits: readonly InstalledUnit[], host: HostPorts): Promise<readonly UnitState[]> {
  const { installedUnits, manager } = host;
  const members = withMembers(chosenUnits, installedUnits);
  const units = [...withDependencies(members, installedUnits), ...withDependents(members, installedUnits)];
  return manager.states([...new Set(units.map(({ name }) => name))]);
}

/**
 * systemd reads unit files again that changed since it read them last. dockunit clears the failed states
 * and start limits of the units that are not up, since starts by hand count towards the limit
 * (systemd.unit(5), StartLimitIntervalSec=), and creates networks and volumes again that are gone. Units
 * that run keep their count of restarts.
 */
async function prepareStart(
  verb: 'start' | 'restart',
  chosenUnits: readonly InstalledUnit[],
  before: readonly UnitState[],
  host: HostPorts,
  context: JobContext,
): Promise<readonly GoneResource[]> {
  const { manager, installedUnits } = host;
  // systemd may not know yet a unit that was written after the last reload, or its dependencies.
  if (before.some(({ needsReload, loadState }) => needsReload === true || loadState === 'not-found')) {
    await manager.reload();
  }
  const members = withMembers(chosenUnits, installedUnits);
  const neededUnits = withDependencies(members, installedUnits);
  await manager.resetFailed(
    statesAmong(neededUnits, before)
      .filter((state) => !isUp(state))
      .map(({ name }) => name),
  );
  const goneResources = await findGone(neededUnits, before, host);
  sayCreatedAgain(goneResources, context.err);
  // Their unit counts as active, so that no start reaches it. No running container can be in a network that
  // is gone, or use such a volume: docker removes neither while it is in use.
  const byVerb = new Set(verb === 'restart' ? members.map(({ name }) => name) : []);
  const units = goneResources.map(({ unit }) => unit).filter((unit) => !byVerb.has(unit));
  const restartUnits = neededUnits.filter(({ name }) => units.includes(name));
  if (restartUnits.length > 0) await runJobs('restart', restartUnits, before, host, context);
  return goneResources;
}

function statesAmong(units: readonly InstalledUnit[], states: readonly UnitState[]): readonly UnitState[] {
  const names = new Set(units.map(({ name }) => name));
  return states.filter(({ name }) => names.has(name));
}

function isDown({ activeState }: UnitState): boolean {
  return isInactive(activeState);
}

function sayNothingRan(units: readonly InstalledUnit[], { err }: Context): void {
  for (const { name, kind } of units) {
    err.write(
      `${err.style.unit(name)}: ${kind === 'target' ? 'nothing of it was running' : 'was not running'}\n`,
    );
  }
}

/**
 * Waits for the jobs; the results of all jobs reported, by unit, or undefined where Ctrl-C ended the
 * waiting.
 */
async function runJobs(
  verb: JobVerb,
  units: readonly InstalledUnit[],
  before: readonly UnitState[],
  { manager, installedUnits }: HostPorts,
  { err, now, signal }: JobContext,
): Promise<ReadonlyMap<string, JobResult> | undefined> {
  const jobResults = new Map<string, JobResult>();
  // Stopping a project has a job for each of its units; for those that are down already there is nothing to report.
  const idle = new Set(verb === 'stop' ? before.filter(isDown).map(({ name }) => name) : []);
  const stream = {
    // As bytes: the text moves the cursor, and the stream shows text without control characters.
    write: (text: string) => err.write(Buffer.from(text)),
    isTTY: err.isTTY,
    // A terminal that does not know its size says 0.
    ...(err.columns !== undefined && err.columns > 0 && { columns: err.columns }),
  };
  const model = beginProgress(verb, progressFacts(installedUnits), now());
  const progress = createProgressWriter({ stream, model, style: err.style, now });
  const onEvent = (event: JobEvent): void => {
    if (!idle.has(event.unit)) progress.event(event);
    if (event.kind === 'job-removed') jobResults.set(event.unit, event.result);
  };
  try {
    const results = await manager.run(
      verb,
      units.map(({ name }) => name),
      onEvent,
      signal,
    );
    for (const [unit, result] of results) if (!jobResults.has(unit)) jobResults.set(unit, result);
    return jobResults;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    progress.finish();
  }
}

/** The manager queues the jobs before it heeds the signal, so dockunit does not wait for their end. */
async function queueJobs(
  verb: JobVerb,
  units: readonly InstalledUnit[],
  goneResources: readonly GoneResource[],
  host: HostPorts,
  context: Context,
  options: DriveOptions,
): Promise<ExitCode> {
  const stop = new AbortController();
  const names = units.map(({ name }) => name);
  const jobs = host.manager.run(verb, names, undefined, stop.signal);
  const reason = new Error('queued');
  stop.abort(reason);
  await jobs.catch((error: unknown) => {
    if (error !== reason) throw error;
  });
  reportQueued(verb, units, goneResources, true, host, context, options);
  for (const name of names) context.err.write(`${context.err.style.unit(name)}: ${verb} queued\n`);
  return 0;
}

/** `--json` where dockunit did not wait for the jobs to end. */
function reportQueued(
  verb: JobVerb,
  units: readonly InstalledUnit[],
  goneResources: readonly GoneResource[],
  ok: boolean,
  host: HostPorts,
  { out }: Context,
  options: DriveOptions,
): void {
  if (options.json !== true) return;
  const jobs = units.map(({ name }) => jobFact(name, null, host));
  const report: DriveReport = { verb, ok, waited: false, jobs, failures: [], gone: goneResources };
  writeReport(out, report);
}

/** Milliseconds a service must stay up for its start to count: most that cannot run end sooner. */
const settleTime = 500;
/** Milliseconds that a service which does not stay up has, to go down, to be restarted or to have failed. */
const endTime = 3000;
/**
 * The longest time between two looks: each look takes time from the starting units, and a late look shows
 * a failure late.
 */
const lookEvery = 200;

/**
 * A start job succeeds even if the container exits right away. So this waits until every service that has
 * just come up either has stayed up for a moment, or has not.
 */
async function settle(
  units: readonly InstalledUnit[],
  { manager, installedUnits }: HostPorts,
  { now, signal }: JobContext,
): Promise<void> {
  const names = neededServices(units, installedUnits).map(({ name }) => name);
  const deadline = now() + endTime;
  for (;;) {
    const states = await manager.states(names);
    const wait = Math.max(0, ...states.map((state) => settlingFor(state, now())));
    if (wait === 0 || signal.aborted || now() > deadline) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(wait, lookEvery)));
  }
}

/** After how many ms a unit is worth another look; 0: it has settled. */
function settlingFor({ activeState, subState, since }: UnitState, now: number): number {
  if (activeState === 'deactivating') return 50;
  const age = now - since;
  // A negative age: the clock has been set meanwhile.
  return activeState === 'active' && subState === 'running' && age >= 0 ? Math.max(0, settleTime - age) : 0;
}

function jobFact(
  unit: string,
  result: JobResult | null,
  { installedUnits }: HostPorts,
): DriveReport['jobs'][number] {
  const installedUnit = installedUnits.find(({ name }) => name === unit);
  return { unit, project: installedUnit?.project ?? null, service: installedUnit?.service ?? null, result };
}

function progressFacts(installedUnits: readonly InstalledUnit[]): ReadonlyMap<string, ProgressUnit> {
  return new Map(
    installedUnits.map(({ name, kind, service }) => [
      name,
      { kind, ...(service !== undefined && { service }) },
    ]),
  );
}
