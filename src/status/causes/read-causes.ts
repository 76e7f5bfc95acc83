/** The reports of the manager and the logs about units → the chain of each one's state, and its cause. */
import type { JournalPort } from '../../model/ports.ts';
import type { Manager } from '../../manager/manager.ts';
import type { HistoryEntry } from '../../supervisor/control/supervisor-api.ts';
import { namesOf } from '../../units/unit-set.ts';
import type { InstalledUnit } from '../../session/installed-units.ts';
import { requirementsOf, shortName, stemOf, withDependencies } from '../../session/installed-units.ts';
import { loggedByDocker } from '../read-state.ts';
import { commandHint, typedThere } from '../../run/command-hint.ts';
import type { FailureCause, ChainEnding } from './cause.ts';
import { nameCause } from './name-cause.ts';
import type { ReadLogLine } from './refusals.ts';
import type { UnitNeeds } from './story.ts';
import type { Names } from './tellings.ts';
import type { Chain } from './chain.ts';

export interface CauseSources {
  readonly manager: Pick<Manager, 'kind' | 'scope' | 'history'>;
  readonly journal: JournalPort;
  readonly installedUnits: readonly InstalledUnit[];
}

/** Of these units, and of all units that may be the reason for their state. */
export function readHistory(
  units: readonly InstalledUnit[],
  { manager, installedUnits }: CauseSources,
): Promise<readonly HistoryEntry[]> {
  const around = withDependencies(units, installedUnits);
  const watchedUnits = around.flatMap((unit) => watchedBy(unit, installedUnits));
  const all = withDependencies([...around, ...watchedUnits], installedUnits);
  const names = all.flatMap((unit) => [unit.name, ...requirementsOf(unit), ...namesOf(unit.unit, 'PartOf')]);
  return manager.history([...new Set(names)]);
}

/** Lines read of one run or try: enough for an error and the lines that led to it. */
const linesRead = 300;

/** The cause at the bottom of a chain, as the log of that unit explains it; undefined where nothing is wrong. */
export async function readCause(
  { ending }: Chain,
  { manager, journal, installedUnits }: CauseSources,
): Promise<FailureCause | undefined> {
  if (ending === undefined) return undefined;
  const installedUnit = installedUnits.find(({ name }) => name === ending.unit);
  const watch = installedUnits.find(
    ({ kind, project, service }) =>
      kind === 'watch' && project === installedUnit?.project && service === installedUnit.service,
  );
  const lines: ReadLogLine[] = [];
  for await (const { time, identifier, message } of journal.read({
    units: [ending.unit, ...(watch === undefined ? [] : [watch.name])],
    containers: loggedByDocker(installedUnit === undefined ? [] : [installedUnit]),
    scope: manager.scope,
    lines: linesRead,
    ...spanOf(ending),
  })) {
    lines.push({ time: time / 1000, identifier, message: message.trimEnd() });
  }
  return nameCause(ending, lines, namesOfUnit(ending.unit, installedUnit, manager));
}

/** In the form that journalctl and the supervisor's log accept, which need whole seconds to agree. */
function spanOf({ from, until }: ChainEnding): { readonly since?: string; readonly until?: string } {
  return {
    ...(from > 0 && { since: `@${String(Math.floor(from / 1000))}` }),
    ...(until !== Infinity && { until: `@${String(Math.ceil(until / 1000))}` }),
  };
}

function namesOfUnit(
  name: string,
  installedUnit: InstalledUnit | undefined,
  { kind, scope }: CauseSources['manager'],
): Names {
  const image = installedUnit?.pin ?? installedUnit?.image;
  return {
    unit: installedUnit === undefined ? stemOf(name) : shortName(installedUnit),
    ...(installedUnit?.container !== undefined && { container: installedUnit.container }),
    ...(image !== undefined && { image }),
    options: commandHint(scope),
    there: typedThere(),
    startDocker: startDocker[kind],
  };
}

const startDocker = {
  systemd: 'Start it: systemctl start docker; where it does not start: journalctl -u docker -n 30',
  supervisor: 'Start it: service docker start; where it does not start, look into its log',
} as const satisfies Record<Manager['kind'], string>;

/** Which unit needs which, according to the unit files. */
export function needsOf(installedUnits: readonly InstalledUnit[]): UnitNeeds {
  const byName = new Map(installedUnits.map((unit) => [unit.name, unit]));
  const of = (name: string, read: (each: InstalledUnit) => readonly string[]): readonly string[] => {
    const unit = byName.get(name);
    return unit === undefined ? [] : read(unit);
  };
  const wantedImages = ({ unit }: InstalledUnit): readonly string[] =>
    namesOf(unit, 'Wants').filter((name) => byName.get(name)?.kind === 'image');
  return {
    requires: (unit) => of(unit, requirementsOf),
    after: (unit) => of(unit, (each) => namesOf(each.unit, 'After')),
    follows: (unit) => of(unit, (each) => [...requirementsOf(each), ...namesOf(each.unit, 'PartOf')]),
    explainedBy: (unit) =>
      of(unit, (each) =>
        each.kind === 'gate' ? watchedBy(each, installedUnits).map(({ name }) => name) : wantedImages(each),
      ),
  };
}

/** The units of the service that a gate waits for. */
function watchedBy(
  { kind, project, service }: InstalledUnit,
  installedUnits: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  if (kind !== 'gate') return [];
  return installedUnits.filter(
    (unit) => unit.kind === 'container' && unit.project === project && unit.service === service,
  );
}

/** A state that only the past explains: a unit that is up, or was stopped, has no trouble. */
export function isTrouble({ kind }: FailureCause): boolean {
  return kind !== 'stopped' && kind !== 'ended' && kind !== 'not-started';
}
