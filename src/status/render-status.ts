/** ServiceStatus → lines for people. */
import { goneWords } from '../session/gone-resources.ts';
import type { JournalEntry } from '../model/ports.ts';
import { formatDuration } from '../text/duration.ts';
import type { Style } from '../ui/style.ts';
import type { Cell, Column } from '../ui/table.ts';
import { renderTable as renderColumns } from '../ui/table.ts';
import { withoutControls } from '../text/width.ts';
import { instanceOf } from '../units/unit-name.ts';
import { portWords, stateWords } from './status.ts';
import type { ServiceStatus } from './status.ts';

export interface StatusView {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly style: Style;
  /** The command line that reloads unit files. */
  readonly reload: string;
  /** The command line that starts the services whose names follow it. */
  readonly start: string;
  /** Columns of the terminal; absent: no limit. */
  readonly width?: number;
}

const none: Cell = { text: '-', style: 'dim' };

/** One line for each service; below them a line for each mismatch, and one for all files that changed. */
export function renderTable(services: readonly ServiceStatus[], view: StatusView): readonly string[] {
  const { style, width, now, reload, start } = view;
  const projects = new Set(services.map(({ project }) => project));
  const columns: Column<ServiceStatus>[] = [
    ...(projects.size > 1 ? [{ heading: 'PROJECT', cell: ({ project }: ServiceStatus) => project }] : []),
    { heading: 'SERVICE', cell: ({ service, unit }) => ({ text: nameOf(service, unit), style: 'unit' }) },
    { heading: 'STATE', cell: (status) => stateWords(status, now) },
    { heading: 'HEALTH', cell: ({ health }) => healthCell(health) },
    {
      heading: 'RESTARTS',
      align: 'right',
      cell: ({ restarts }) => (restarts === 0 ? '0' : { text: String(restarts), style: 'warning' }),
    },
    { heading: 'UPTIME', align: 'right', cell: (status) => uptimeOf(status, now) ?? none },
    { heading: 'BOOT', cell: ({ enabled }) => (enabled ? 'enabled' : { text: 'disabled', style: 'dim' }) },
    { heading: 'PORTS', cell: ({ ports }) => portWords(ports).join(' ') || none },
    { heading: 'CONTAINER', cell: ({ container }) => container ?? none },
    { heading: 'IMAGE', flexible: true, cell: ({ image }) => image ?? none },
  ];
  return [
    ...renderColumns(columns, services, { style, ...(width !== undefined && { width }) }),
    ...services.flatMap((status) => mismatchLines(status, style)),
    ...goneLines(services, style, start),
    ...staleLines(services, style, reload),
  ];
}

/** Everything about one unit, then the last lines of its journal. */
export function renderUnit(
  status: ServiceStatus,
  entries: readonly JournalEntry[],
  { now, style, reload, start }: StatusView,
): readonly string[] {
  const state = stateWords(status, now);
  const since = status.since === null ? '' : ` since ${status.since}`;
  const ago = status.since === null ? '' : ` (${formatDuration(now - Date.parse(status.since))} ago)`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['unit', status.unit],
    ['project', status.project],
    ['state', `${style[state.style](state.text)}${style.dim(`${since}${ago}`)}`],
    ['unit state', `${status.activeState} (${status.subState})`],
    ['at boot', status.enabled ? `enabled${byTarget(status)}` : 'disabled'],
    ['restarts', String(status.restarts)],
    ['container', containerWords(status)],
    ['health', status.health ?? undefined],
    ['ports', portWords(status.ports).join(' ') || undefined],
    ['image', status.image ?? undefined],
    ['pinned to', status.pin ?? undefined],
    ['unit file', status.unitFile],
    ...status.dropIns.map((path) => ['drop-in', path] as const),
  ];
  const presentFacts = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  const width = Math.max(...presentFacts.map(([name]) => name.length));
  return [
    style.heading(withoutControls(nameOf(status.service, status.unit))),
    ...presentFacts.map(
      ([name, value]) =>
        `  ${style.dim(name.padEnd(width))}  ${name === 'state' ? value : withoutControls(value)}`,
    ),
    ...mismatchLines(status, style),
    ...goneLines([status], style, start),
    ...staleLines([status], style, reload),
    ...dependencyLines(status, style),
    ...logLines(entries, style),
  ];
}

function containerWords({ container, containerId, containerStatus }: ServiceStatus): string | undefined {
  if (container === null) return undefined;
  return containerId === null
    ? container
    : `${container} ${containerId.slice(0, 12)} (${containerStatus ?? ''})`;
}

function byTarget({ unitFileState, project }: ServiceStatus): string {
  return unitFileState.startsWith('enabled') ? '' : ` with ${project}.target`;
}

function dependencyLines({ dependencies }: ServiceStatus, style: Style): readonly string[] {
  if (dependencies.length === 0) return [];
  const columns: Column<ServiceStatus['dependencies'][number]>[] = [
    { heading: 'DEPENDENCY', cell: ({ unit }) => unit },
    { heading: 'NEED', cell: ({ required }) => (required ? 'required' : 'wanted') },
    {
      heading: 'STATE',
      cell: ({ activeState, subState }) => ({
        text: `${activeState} (${subState})`,
        style: activeState === 'active' ? 'ok' : activeState === 'failed' ? 'bad' : 'dim',
      }),
    },
  ];
  return ['', ...renderColumns(columns, dependencies, { style })];
}

function logLines(entries: readonly JournalEntry[], style: Style): readonly string[] {
  if (entries.length === 0) return [];
  return ['', ...entries.map(({ message }) => `${style.dim('│')} ${withoutControls(message)}`)];
}

function mismatchLines({ mismatch, unit }: ServiceStatus, style: Style): readonly string[] {
  if (mismatch === null) return [];
  return [`${style.warning('!')} ${unit}: ${mismatch} ${style.dim(`→ dockunit restart ${unit}`)}`];
}

/** A line for each network and volume that is gone, with the services that need it. */
function goneLines(services: readonly ServiceStatus[], style: Style, start: string): readonly string[] {
  const resources = new Map(services.flatMap(({ gone }) => gone.map((one) => [one.unit, one])));
  return [...resources.values()].map((resource) => {
    const needing = services.filter(({ gone }) => gone.some(({ unit }) => unit === resource.unit));
    const names = needing.map(({ service, unit }) => nameOf(service, unit)).join(' ');
    const again = resource.heldData ? 'creates it again, empty' : 'creates it again';
    return `${style.warning('!')} ${goneWords(resource)} ${style.dim(`→ ${start} ${names} ${again}`)}`;
  });
}

/** systemctl(1) warns of them one by one, this in one line: dockunit mostly rewrites a project as a whole. */
function staleLines(services: readonly ServiceStatus[], style: Style, reload: string): readonly string[] {
  const stale = services.filter(({ needsReload }) => needsReload).map(({ unit }) => unit);
  if (stale.length === 0) return [];
  const files = stale.length === 1 ? 'its file or a drop-in' : 'their files or drop-ins';
  return [
    `${style.warning('!')} ${stale.join(', ')}: ${files} changed on disk, and the old ones are in force ${style.dim(`→ ${reload}`)}`,
  ];
}

function healthCell(health: string | null): Cell {
  if (health === null) return none;
  return { text: health, style: health === 'healthy' ? 'ok' : health === 'starting' ? 'busy' : 'bad' };
}

function uptimeOf({ activeState, subState, since }: ServiceStatus, now: number): string | undefined {
  if (activeState !== 'active' || subState === 'exited' || since === null) return undefined;
  return formatDuration(now - Date.parse(since));
}

/** The name that a user gives it: the service, with its number where it has several containers. */
function nameOf(service: string | null, unit: string): string {
  return service === null ? unit : service + instanceOf(unit);
}
