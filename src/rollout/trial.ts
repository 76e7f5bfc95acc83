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
  readonly disabledUnits: readonly string[];
}

export interface TrialOutcome {
  /** Whether the new state stays. */
  readonly isKept: boolean;
  /** Why it is not. */
  readonly failures: readonly Failure[];
  /** The units of the restored state that do not run. */
  readonly lost: readonly Failure[];
  readonly isInterrupted: boolean;
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
  const upBefore = await unitsUp(trial, host);
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
    await revert(upBefore, host, change, steps);
    endTrial(directories, scope, back, false);
    throw error;
  }
  const { failures, isInterrupted = false } = outcome;
  const isKept = failures.length === 0 && !isInterrupted;
  const lostUnits = isKept ? [] : await revert(upBefore, host, change, steps);
  endTrial(directories, scope, back, isKept && next !== undefined);
  // The unit that would have rolled back at a boot has been removed.
  await manager.reload();
  return { isKept, failures, lost: lostUnits, isInterrupted };
}

function backState(trial: Trial, change: ChangeContext): NewState {
  const { verb, before, after, disabledUnits } = trial;
  const files = installedFiles(before);
  const names = new Set(files.map(({ name }) => name));
  return {
    ...newState(trial, change),
    verb,
    files,
    remove: installedFiles(after).flatMap(({ name }) => (names.has(name) ? [] : [name])),
    start: disabledUnits,
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
  upBefore: readonly string[],
  host: RolloutHost,
  change: ChangeContext,
  steps: TrialSteps,
): Promise<readonly Failure[]> {
  const calm: ChangeContext = { ...change, signal: new AbortController().signal };
  calm.err.write('Rolling back to the previous state\n');
  const failures = await steps.back(host, calm);
  const now = reloadInstalled(host);
  const states = await host.manager.states(upBefore);
  const down = new Set(states.filter((state) => !isUp(state)).map(({ name }) => name));
  const failedNames = new Set(failures.map(({ unit }) => unit));
  const missing = now.installedUnits.filter(({ name }) => down.has(name) && !failedNames.has(name));
  const start = await driveAndJudge('start', missing, now, calm);
  return [
    ...failures,
    ...(start?.failures ?? []),
    ...(await awaitHealth(missing, now, calm)).filter(
      ({ unit }) => start?.failures.every((failure) => failure.unit !== unit) ?? true,
    ),
  ];
}

/**
 * Writes, for people, the outcome where the new state did not stay.
 * @param lostUnitsUnits what does not run after the rollback either
 */
export function writeRollbackOutcome(
  err: Output,
  outcome: string,
  lostUnits: readonly Failure[],
  isInterrupted: boolean,
): void {
  const down = lostUnits.length === 0 ? '' : `; still down: ${lostUnits.map(({ unit }) => unit).join(', ')}`;
  writeRemark(err, 'error', `${isInterrupted ? 'interrupted; ' : ''}${outcome}${down}`);
}

/** What apply and rollback write of it. */
export const rolledBack = (project: string): string => `rolled back ${project} to its previous state`;
