/** `history`: the applied states of a project, and which of them is in force. */
import { type Manifest, appliedStates, isLastState } from '../host/revisions/store.ts';
import { readInstallation } from '../rollout/installation.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { unitDirectory, unitSearchPath } from '../host/units/unit-directories.ts';
import { renderTable } from '../ui/table.ts';
import type { Column } from '../ui/table.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError, scopeOf } from '../run/context.ts';
import { chooseHere } from '../session/session.ts';
import { readInstalled } from '../session/installed-units.ts';
import { installedFiles, pinsOfState } from '../rollout/revisions.ts';
import { writeReport } from '../run/report.ts';

/** `--json` of history. */
export interface HistoryReport {
  readonly project: string;
  /** Oldest first. */
  readonly states: readonly StateReport[];
}

export interface StateReport {
  readonly number: number;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** User who applied this state; null for a state that an older dockunit kept. */
  readonly who: string | null;
  readonly verb: Manifest['verb'];
  /** The differences to the state before, in a few words each. */
  readonly changes: readonly string[];
  /** The image names that docker got, by service, with a digest or an id; of the images that are known. */
  readonly images: Readonly<Record<string, string>>;
  /** Whether the units on the disk are those of this state. */
  readonly inForce: boolean;
}

/** Only reads; needs neither docker nor the manager. */
export async function run(
  context: Context,
  options: GlobalOptions,
  names: readonly string[],
): Promise<ExitCode> {
  const scope = scopeOf(options);
  const project = names[0] ?? (await projectAtHand(context, options));
  const { state } = stateDirectories(scope, context.environment, context.uid);
  const manifests = appliedStates(state, project);
  if (manifests.length === 0) {
    throw new UsageError(
      `No state of ${project} is kept`,
      'States are kept from the first dockunit apply on',
    );
  }
  const installation = readInstallation(project, unitDirectory(scope, context.environment));
  const isLast = isLastState(state, project, installedFiles(installation));
  const report: HistoryReport = {
    project,
    states: manifests.map((manifest, index) => ({
      number: manifest.number,
      time: new Date(manifest.time).toISOString(),
      who: manifest.who ?? null,
      verb: manifest.verb,
      changes: manifest.changes ?? [],
      images: Object.fromEntries([...pinsOfState(state, manifest)].sort()),
      inForce: isLast && index === manifests.length - 1,
    })),
  };
  show(context, options, report);
  return 0;
}

async function projectAtHand(context: Context, options: GlobalOptions): Promise<string> {
  const installedUnits = readInstalled(unitSearchPath(scopeOf(options), context.environment));
  const [target] = await chooseHere([], installedUnits, context, options);
  if (target === undefined) throw new UsageError('There is no project', 'Name one: dockunit history NAME');
  return target.project;
}

const columns: readonly Column<StateReport>[] = [
  { heading: 'STATE', align: 'right', cell: ({ number }) => String(number) },
  { heading: 'WHEN', cell: ({ time }) => time.replace('T', ' ').replace(/\.\d+Z$/, 'Z') },
  { heading: 'WHO', cell: ({ who }) => who ?? { text: '-', style: 'dim' } },
  { heading: 'VERB', cell: ({ verb }) => verb },
  {
    heading: 'CHANGES',
    flexible: true,
    cell: ({ changes }) => changes.join('; ') || { text: '-', style: 'dim' },
  },
];

function show({ out, err }: Context, options: GlobalOptions, report: HistoryReport): void {
  if (options.json === true) {
    writeReport(out, report);
    return;
  }
  const view = { style: out.style, ...(out.columns !== undefined && { width: out.columns }) };
  for (const line of renderTable(columns, report.states, view)) out.write(`${line}\n`);
  if (report.states.every(({ inForce }) => !inForce)) {
    err.write(
      `note: the units of ${report.project} on the disk are none of these: they were changed otherwise since\n`,
    );
  }
}
