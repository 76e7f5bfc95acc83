/**
 * start, stop and restart: prepare, run the jobs while their progress shows, and where they failed
 * say which unit is to blame, why, and what to do.
 */
import type { ContainerState, JobEvent, JobResult, JobVerb, UnitState } from '../host/ports.ts';
import { createProgressWriter } from '../ui/progress-writer.ts';
import { beginProgress } from '../ui/progress.ts';
import type { UnitFacts } from '../ui/progress.ts';
import type { Context, ExitCode, GlobalOptions } from './context.ts';
import { explainFailures, renderFailures } from './explain-failure.ts';
import type { Failure } from './explain-failure.ts';
import type { HostPorts } from './host-ports.ts';
import { chooseOnHost, withHost } from './host-ports.ts';
import { requirementsOf, servicesOf, withDependencies } from './installed-units.ts';
import type { InstalledUnit } from './installed-units.ts';
import { isFailed, suspectsUnder } from './root-cause.ts';
import type { Outcome } from './root-cause.ts';
import { statesByName } from './read-facts.ts';

export interface DriveOptions extends GlobalOptions {
  /** False with `--no-block`: queue the jobs and return. */
  readonly block?: boolean;
}

/** `--json` of start, stop and restart: one object, at the end. */
export interface DriveReport {
  readonly verb: JobVerb;
  /** Whether every job did what it was asked to; true for jobs that were only queued. */
  readonly ok: boolean;
  /** False where nobody waited for the jobs to end. */
  readonly waited: boolean;
  /** Every unit that had a job, in the order the jobs ended; the ones asked for alone with `--no-block`. */
  readonly jobs: readonly {
    readonly unit: string;
    readonly project: string | null;
    readonly service: string | null;
    /** Null where the job was only queued. */
    readonly result: JobResult | null;
  }[];
  /** What really failed; [] where nothing did. */
  readonly failures: readonly Failure[];
}

/** The whole of a driving verb: what the user named → its jobs. */
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
  chosen: readonly InstalledUnit[],
  host: HostPorts,
  context: Context,
  options: DriveOptions,
): Promise<ExitCode> {
  if (verb !== 'stop') await prepareStart(chosen, host);
  if (options.block === false) return queueJobs(verb, chosen, host, context, options);
  const results = await runJobs(verb, chosen, host, context);
  if (results === undefined) {
    context.err.write(`Stopped waiting; the jobs go on. See how they fare: ${command(host)} status\n`);
    return 1;
  }
  if (verb !== 'stop') await settle(chosen, host);
  const outcome = { results, states: await statesByName(host, concerned(chosen, results, host)) };
  const failed = failedUnits(verb, chosen, host, outcome);
  const failures = await explainFailures(failed, outcome, host);
  if (options.json === true) {
    const report: DriveReport = {
      verb,
      ok: failed.length === 0,
      waited: true,
      jobs: [...results].map(([unit, result]) => jobFact(unit, result, host)),
      failures,
    };
    context.out.write(`${JSON.stringify(report, null, 2)}\n`);
  }
  for (const line of renderFailures(failures, context.err.style)) {
    context.err.write(`${line}\n`);
  }
  return failed.length === 0 ? 0 : 1;
}

/**
 * Unit files that changed since systemd read them are read anew; and failed states and start limits
 * of what is not up are cleared, since starts by hand count towards the limit (systemd.unit(5),
 * StartLimitIntervalSec=). What runs keeps its count of restarts.
 */
async function prepareStart(
  chosen: readonly InstalledUnit[],
  { manager, installed }: HostPorts,
): Promise<void> {
  const named = new Set([...chosen, ...servicesOf(chosen, installed)]);
  const affected = withDependencies([...named], installed);
  const states = await manager.states(affected.map(({ name }) => name));
  // A unit that was written after the last reload may be unknown still, or hang on nothing yet.
  if (states.some(({ needsReload, loadState }) => needsReload === true || loadState === 'not-found')) {
    await manager.reload();
  }
  await manager.resetFailed(
    states.filter(({ activeState }) => activeState !== 'active').map(({ name }) => name),
  );
}

/** Waits for the jobs; all results heard of, by unit, or undefined where Ctrl-C ended the waiting. */
async function runJobs(
  verb: JobVerb,
  chosen: readonly InstalledUnit[],
  { manager, installed }: HostPorts,
  { err, now, signal }: Context,
): Promise<ReadonlyMap<string, JobResult> | undefined> {
  const heard = new Map<string, JobResult>();
  const stream = {
    write: (text: string) => err.write(text),
    isTTY: err.isTTY,
    ...(err.columns !== undefined && { columns: err.columns }),
  };
  const model = beginProgress(verb, progressFacts(installed), now());
  const progress = createProgressWriter({ stream, model, style: err.style, now });
  const onEvent = (event: JobEvent): void => {
    progress.event(event);
    if (event.kind === 'job-removed') heard.set(event.unit, event.result);
  };
  try {
    const results = await manager.run(
      verb,
      chosen.map(({ name }) => name),
      onEvent,
      signal,
    );
    for (const [unit, result] of results) if (!heard.has(unit)) heard.set(unit, result);
    return heard;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    progress.finish();
  }
}

/** The manager queues what it is asked for before it heeds the signal: nobody waits for the jobs' end. */
async function queueJobs(
  verb: JobVerb,
  chosen: readonly InstalledUnit[],
  host: HostPorts,
  context: Context,
  options: DriveOptions,
): Promise<ExitCode> {
  const stop = new AbortController();
  const names = chosen.map(({ name }) => name);
  const queued = host.manager.run(verb, names, undefined, stop.signal);
  const reason = new Error('queued');
  stop.abort(reason);
  await queued.catch((error: unknown) => {
    if (error !== reason) throw error;
  });
  if (options.json === true) {
    const jobs = names.map((unit) => jobFact(unit, null, host));
    const report: DriveReport = { verb, ok: true, waited: false, jobs, failures: [] };
    context.out.write(`${JSON.stringify(report, null, 2)}\n`);
  }
  for (const name of names) context.err.write(`${context.err.style.unit(name)}: ${verb} queued\n`);
  return 0;
}

/** Long enough for systemd to hear that a client has ended whose container Docker says has. */
const settleTimeout = 2000;

/**
 * A container that ends at once may be gone while its unit still counts as active, for the moment
 * until its client has ended too: where Docker says so, waits until the unit is told.
 */
async function settle(chosen: readonly InstalledUnit[], host: HostPorts): Promise<void> {
  const services = servicesOf(withDependencies(chosen, host.installed), host.installed);
  const names = services.flatMap(({ container }) => container ?? []);
  const containers = await host.docker.inspectContainers(names).catch(() => undefined);
  const ended = services.filter((unit) => hasEnded(containers?.get(unit.container ?? '')));
  const deadline = Date.now() + settleTimeout;
  while (ended.length > 0 && Date.now() < deadline) {
    const states = await host.manager.states(ended.map(({ name }) => name));
    if (!states.some(({ activeState, subState }) => activeState === 'active' && subState === 'running'))
      return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function hasEnded(container: ContainerState | undefined): boolean {
  return container !== undefined && ['exited', 'dead'].includes(container.status);
}

/** What may be blamed: the units with jobs, the services asked for, and all under them. */
function concerned(
  chosen: readonly InstalledUnit[],
  results: ReadonlyMap<string, JobResult>,
  { installed }: HostPorts,
): readonly string[] {
  const byName = new Map(installed.map((unit) => [unit.name, unit]));
  const services = servicesOf(chosen, installed).map(({ name }) => name);
  return suspectsUnder([...chosen.map(({ name }) => name), ...services, ...results.keys()], byName);
}

/**
 * The units asked for that are not as they were asked to be. A target is as good as its services,
 * since it only wants them; and a stop fails only by its job.
 */
function failedUnits(
  verb: JobVerb,
  chosen: readonly InstalledUnit[],
  { installed }: HostPorts,
  outcome: Outcome,
): readonly string[] {
  const asked = new Set([...chosen, ...servicesOf(chosen, installed)].map(({ name }) => name));
  const none: ReadonlyMap<string, UnitState> = new Map();
  const judged = verb === 'stop' ? { ...outcome, states: none } : outcome;
  // Restarting one restarts those that require it, and they are not to be lost by it.
  const taken = verb === 'restart' ? dependentsWithJobs(asked, installed, outcome) : [];
  return [...asked, ...taken].filter((unit) => isFailed(unit, judged));
}

function dependentsWithJobs(
  asked: ReadonlySet<string>,
  installed: readonly InstalledUnit[],
  { results }: Outcome,
): readonly string[] {
  return installed
    .filter((unit) => !asked.has(unit.name) && results.has(unit.name) && unit.kind === 'container')
    .filter((unit) => requirementsOf(unit).some((name) => results.has(name)))
    .map(({ name }) => name);
}

function jobFact(
  unit: string,
  result: JobResult | null,
  { installed }: HostPorts,
): DriveReport['jobs'][number] {
  const known = installed.find(({ name }) => name === unit);
  return { unit, project: known?.project ?? null, service: known?.service ?? null, result };
}

function progressFacts(installed: readonly InstalledUnit[]): ReadonlyMap<string, UnitFacts> {
  return new Map(
    installed.map(({ name, kind, service }) => [name, { kind, ...(service !== undefined && { service }) }]),
  );
}

/** How the user calls us for this manager. */
function command({ manager }: HostPorts): string {
  return manager.scope === 'user' ? 'dockunit --user' : 'dockunit';
}
