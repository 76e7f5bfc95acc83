/**
 * A new state on trial: it stays if all of it runs. Otherwise this process restores the previous state; if
 * the power fails meanwhile, the next boot restores it.
 */
import type { Installation } from './compare-units.ts';
import type { NewState, StateVerb } from '../host/revisions/store.ts';
import { isLastState } from '../host/revisions/store.ts';
import { beginTrial, endTrial } from '../host/revisions/replace.ts';
import { checkWritable } from '../host/units/unit-files.ts';
import { awaitHealth } from '../jobs/await-health.ts';
import type { ApplyOutcome } from './execute-plan.ts';
import type { ChangeContext, Output } from '../run/context.ts';
import { writeRemark } from '../run/report.ts';
import { driveAndJudge } from '../jobs/run-jobs.ts';
import { isUp } from '../jobs/job-scope.ts';
import type { Failure } from '../jobs/explain-failure.ts';
import { type HostPorts, reloadInstalled } from '../session/session.ts';
import type { RolloutHost } from './rollout-host.ts';
import { installedFiles, newState, ensureStateDirectory } from './revisions.ts';

export interface Trial {
  readonly project: string;
  readonly directory: string;
  readonly verb: Extract<StateVerb, 'apply' | 'update' | 'rollback'>;
  /** The state that a rollback restores: it is installed and runs exactly these images. */
  readonly before: Installation;
  readonly after: Installation;
  /** The differences to the state before; for the history. */
  readonly changes: readonly string[];
  /** Units whose links of `enable` are removed. */
  readonly disabled: readonly string[];
}

export interface TrialOutcome {
  /** Whether the new state stays. */
  readonly kept: boolean;
  /** Why it is not. */
  readonly failures: readonly Failure[];
  /** The units of the restored state that do not run. */
  readonly lost: readonly Failure[];
  readonly interrupted: boolean;
}

/**
 * The steps that put the new state in force, and restore the old one. Each writes files, and reloads the
 * manager.
 */
export interface TrialSteps {
  forward(): Promise<ApplyOutcome>;
  /** Returns the failures that remain after every unit that ran before was started. */
  back(host: RolloutHost, change: ChangeContext): Promise<readonly Failure[]>;
}

/**
 * HostError where the host fails; then the old state is restored as far as possible, or the next verb
 * restores it.
 */
export async function runTrial(
  trial: Trial,
  host: RolloutHost,
  change: ChangeContext,
  steps: TrialSteps,
): Promise<TrialOutcome> {
  const { manager } = host;
  const { scope } = manager;
  const { directories } = host;
  ensureStateDirectory(host);
  const back = backState(trial, change);
  const ran = await unitsUp(trial, host);
  checkWritable(
    trial.directory,
    back.files.map(({ name }) => name),
  );
  const state = { ...back, ...afterState(trial) };
  // A plan that only restarts units creates no new state.
  const next = isLastState(directories.state, trial.project, state.files) ? undefined : state;
  beginTrial(directories, scope, back, next, manager.kind === 'systemd');
  let outcome: ApplyOutcome;
  try {
    outcome = await steps.forward();
  } catch (error) {
    await revert(ran, host, change, steps);
    endTrial(directories, scope, back, false);
    throw error;
  }
  const { failures, interrupted = false } = outcome;
  const kept = failures.length === 0 && !interrupted;
  const lost = kept ? [] : await revert(ran, host, change, steps);
  endTrial(directories, scope, back, kept && next !== undefined);
  // The unit that would have rolled back at a boot has been removed.
  await manager.reload();
  return { kept, failures, lost, interrupted };
}

function backState(trial: Trial, change: ChangeContext): NewState {
  const { verb, before, after, disabled } = trial;
  const files = installedFiles(before);
  const names = new Set(files.map(({ name }) => name));
  return {
    ...newState(trial, change),
    verb,
    files,
    remove: installedFiles(after).flatMap(({ name }) => (names.has(name) ? [] : [name])),
    start: disabled,
  };
}

function afterState({
  before,
  after,
  changes,
}: Trial): Pick<NewState, 'files' | 'remove' | 'start' | 'changes'> {
  const files = installedFiles(after);
  const names = new Set(files.map(({ name }) => name));
  const remove = installedFiles(before).flatMap(({ name }) => (names.has(name) ? [] : [name]));
  return { files, remove, start: [], changes };
}

/** The services that run, or try to. */
async function unitsUp({ before }: Trial, { manager }: HostPorts): Promise<readonly string[]> {
  const services = before.units.filter(({ unit }) => unit.kind === 'container').map(({ unit }) => unit.name);
  const states = await manager.states(services);
  return states.filter(isUp).map(({ name }) => name);
}

/** Ignores the signal that may have been the reason for the rollback. */
async function revert(
  ran: readonly string[],
  host: RolloutHost,
  change: ChangeContext,
  steps: TrialSteps,
): Promise<readonly Failure[]> {
  const calm: ChangeContext = { ...change, signal: new AbortController().signal };
  calm.err.write('Rolling back to the previous state\n');
  const failures = await steps.back(host, calm);
  const now = reloadInstalled(host);
  const states = await host.manager.states(ran);
  const down = new Set(states.filter((state) => !isUp(state)).map(({ name }) => name));
  const known = new Set(failures.map(({ unit }) => unit));
  const missing = now.installed.filter(({ name }) => down.has(name) && !known.has(name));
  const started = await driveAndJudge('start', missing, now, calm);
  return [
    ...failures,
    ...(started?.failures ?? []),
    ...(await awaitHealth(missing, now, calm)).filter(
      ({ unit }) => started?.failures.every((failure) => failure.unit !== unit) ?? true,
    ),
  ];
}

/**
 * Writes, for people, the outcome where the new state did not stay.
 * @param lost what does not run after the rollback either
 */
export function writeRollbackOutcome(
  err: Output,
  outcome: string,
  lost: readonly Failure[],
  interrupted: boolean,
): void {
  const down = lost.length === 0 ? '' : `; still down: ${lost.map(({ unit }) => unit).join(', ')}`;
  writeRemark(err, 'error', `${interrupted ? 'interrupted; ' : ''}${outcome}${down}`);
}

/** What apply and rollback write of it. */
export const rolledBack = (project: string): string => `rolled back ${project} to its previous state`;
