/**
 * Why jobs failed: for each unit that really failed, its reason, its last lines of the journal and the next
 * commands to run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { withoutControls } from '../text/width.ts';
import type { Style } from '../ui/style.ts';
import type { Manager } from '../manager/manager.ts';
import type { FailureCause } from '../status/causes/cause.ts';
import { userOption } from '../model/user-option.ts';
import type { HostPorts } from '../session/session.ts';
import { shortName, stemOf } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { lastEntries } from '../status/read-state.ts';
import { rootCauses } from './root-cause.ts';
import type { JobsOutcome } from './root-cause.ts';
import { commandHint, typedThere } from '../run/command-hint.ts';
import { reasonOf } from '../status/failure-reason.ts';

/** Enough to show an error and what led to it. */
const shownLines = 10;

export interface Failure {
  /** The unit that is the root cause. */
  readonly unit: string;
  readonly project: string | null;
  readonly service: string | null;
  /** `exit 1`, `port 8080 is in use already`; null where only the failure itself is known. */
  readonly reason: string | null;
  /** As `why` and `doctor` name it; null where neither the manager nor the log shows one. */
  readonly cause: Pick<FailureCause, 'kind' | 'what' | 'said' | 'remedy'> | null;
  readonly result: string;
  readonly exitStatus: number | null;
  /** Whether systemd still tries to restart it by its Restart=. */
  readonly restarting: boolean;
  /** The units asked for that this failure blocks. */
  readonly keepsDown: readonly string[];
  /** Messages of its last entries in the journal, oldest first. */
  readonly log: readonly string[];
  /** Command lines to run next, the most useful first. */
  readonly next: readonly string[];
}

/** @param units units asked for that failed; each root cause is reported once. */
export async function explainFailures(
  units: readonly string[],
  outcome: JobsOutcome,
  host: HostPorts,
): Promise<readonly Failure[]> {
  const byName = new Map(host.installedUnits.map((unit) => [unit.name, unit]));
  const blamedFor = new Map<string, string[]>();
  for (const unit of units) {
    for (const cause of rootCauses(unit, byName, outcome)) {
      const others = blamedFor.get(cause) ?? [];
      blamedFor.set(cause, others);
      if (cause !== unit) others.push(unit);
    }
  }
  return Promise.all(
    [...blamedFor].map(([unit, keepsDown]) =>
      explainFailure(unit, keepsDown, byName.get(unit), outcome, host),
    ),
  );
}

async function explainFailure(
  unit: string,
  keepsDown: readonly string[],
  installedUnit: InstalledUnit | undefined,
  { results, states }: JobsOutcome,
  host: HostPorts,
): Promise<Failure> {
  const state = states.get(unit);
  const cause = installedUnit === undefined ? undefined : await causeOf(installedUnit, host);
  const entries = await lastEntries(unit, shownLines, host);
  // A gate reports that its service is not healthy; the service's own output says why.
  const watchedService = installedUnit?.kind === 'gate' ? watchedUnit(installedUnit, host) : undefined;
  const further =
    watchedService === undefined ? [] : await lastEntries(watchedService.name, shownLines, host);
  return {
    unit,
    project: installedUnit?.project ?? null,
    service: installedUnit?.service ?? null,
    reason: cause?.what ?? (state && reasonOf(state)) ?? (results.get(unit) === 'timeout' ? 'timeout' : null),
    cause: cause === undefined ? null : pickCause(cause),
    result: state?.result ?? '',
    exitStatus: state?.exitStatus ?? null,
    restarting: state?.activeState === 'activating',
    keepsDown,
    log: [...further, ...entries].sort((a, b) => a.time - b.time).map(({ message }) => message),
    next: nextSteps(unit, installedUnit, host),
  };
}

const pickCause = ({ kind, what, said, remedy }: FailureCause): NonNullable<Failure['cause']> => ({
  kind,
  what,
  said,
  remedy,
});

/**
 * How often, and how many milliseconds apart, dockunit asks the journal for an entry that the manager
 * knows already.
 */
const looks = 5;
const pause = 100;

/** Why its last run or try ended; loaded only after a failure, since few runs of a verb need it. */
async function causeOf(unit: InstalledUnit, host: HostPorts): Promise<FailureCause | undefined> {
  const { isTrouble, needsOf, readCause, readHistory } = await import('../status/causes/read-causes.ts');
  const { explainLastEnd } = await import('../status/causes/why-chain.ts');
  for (let look = 1; ; look += 1) {
    const chain = explainLastEnd(unit.name, await readHistory([unit], host), needsOf(host.installedUnits));
    const cause = chain === undefined ? undefined : await readCause(chain, host);
    if (cause !== undefined && isTrouble(cause)) return cause;
    if (look === looks) return undefined;
    await delay(pause);
  }
}

function watchedUnit(gate: InstalledUnit, { installedUnits }: HostPorts): InstalledUnit | undefined {
  return installedUnits.find(
    ({ kind, project, service }) =>
      kind === 'container' && project === gate.project && service === gate.service,
  );
}

function nextSteps(
  unit: string,
  installedUnit: InstalledUnit | undefined,
  { manager, installedUnits }: HostPorts,
): string[] {
  const there = typedThere();
  if (installedUnit === undefined) {
    return foreignSteps[manager.kind](unit, userOption(manager.scope)).map((step) => there + step);
  }
  const options = commandHint(manager.scope);
  const name = typedName(installedUnit, installedUnits);
  const logs = `dockunit logs${options} ${name}`;
  switch (installedUnit.kind) {
    case 'image':
      return [
        ...(installedUnit.image === undefined
          ? []
          : [`${there}docker pull ${installedUnit.pin ?? installedUnit.image}`]),
        logs,
      ];
    case 'gate':
    case 'watch':
      return [
        logs,
        ...(installedUnit.container === undefined
          ? []
          : [`${there}docker inspect ${installedUnit.container}`]),
      ];
    case 'container':
    case 'network':
    case 'volume':
    case 'slice':
    case 'target':
      return [logs, `dockunit status${options} ${name}`];
  }
}

/** How to look at a unit that is not dockunit's; most often it is docker.service. */
const foreignSteps = {
  systemd: (unit, user) => [`systemctl${user} status ${unit}`, `journalctl${user} -u ${unit}`],
  supervisor: (unit, user) => [unit.startsWith('docker.') ? 'docker info' : `dockunit reload${user}`],
} as const satisfies Record<Manager['kind'], (unit: string, user: string) => string[]>;

/** The shortest name the user can type for it. */
function typedName(unit: InstalledUnit, installedUnits: readonly InstalledUnit[]): string {
  const service = unit.service;
  if (service === undefined) return stemOf(unit.name);
  const container = installedUnits.find(
    ({ kind, project, service: other }) =>
      kind === 'container' && project === unit.project && other === service,
  );
  if (container === undefined) return stemOf(unit.name);
  const same = installedUnits.filter(({ kind, service: other }) => kind === 'container' && other === service);
  return same.length === 1 ? shortName(container) : stemOf(container.name);
}

/** For people: what failed and why, its last lines, the next commands; a blank line between failures. */
export function renderFailures(failures: readonly Failure[], style: Style): readonly string[] {
  return failures.flatMap((failure, index) => [
    ...(index === 0 ? [] : ['']),
    `${style.error('error:')} ${style.unit(failure.unit)} ${failureWords(failure)}`,
    ...(failure.keepsDown.length === 0 ? [] : [`  blocked by this failure: ${failure.keepsDown.join(', ')}`]),
    ...failure.log.map((line) => `  ${style.dim('│')} ${withoutControls(line)}`),
    ...(failure.cause?.remedy == null ? [] : [`  ${style.dim('→')} ${failure.cause.remedy}`]),
    `  ${style.dim('→')} try ${failure.next.map((line) => style.command(line)).join(', or ')}`,
  ]);
}

function failureWords({ reason, restarting }: Failure): string {
  const why = reason === null ? '' : `: ${reason}`;
  return `failed${why}${restarting ? '; it is being restarted' : ''}`;
}
