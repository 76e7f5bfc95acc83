/** A simulation for people: a line for each event, then the result for each service. */
import type { LoadedUnit } from '../supervisor/load/loaded-unit.ts';
import type { SimulationResult } from './simulate.ts';
import type { UnitEnd } from './timeline.ts';
import type { TimelineEntry, What } from './timeline.ts';
import { type Column, renderTable } from '../ui/table.ts';
import type { StyleName } from '../ui/style.ts';
import { instanceOf } from '../units/unit-name.ts';
import type { Output } from '../run/context.ts';

interface RenderInput {
  readonly units: ReadonlyMap<string, LoadedUnit>;
  /** ms */
  readonly until: number;
  /** Whether the unit is of interest. */
  readonly shows: (unit: string) => boolean;
  readonly output: Output;
}

export function renderSimulation(
  simulation: SimulationResult,
  { units, until, shows, output }: RenderInput,
): string {
  const options = { style: output.style, ...(output.columns !== undefined && { width: output.columns }) };
  const name = (text: string): string => shorten(text, units);
  const timeline: readonly Column<TimelineEntry>[] = [
    { heading: 'TIME', align: 'right', cell: ({ time }) => clock(time) },
    { heading: 'UNIT', cell: ({ unit }) => ({ text: name(unit), style: 'unit' }) },
    { heading: 'WHAT', cell: ({ what }) => ({ text: what === 'note' ? '' : what, style: styles[what] }) },
    {
      heading: 'WHY',
      flexible: true,
      cell: ({ why }) =>
        why
          .split(/(?=[ ,])|(?<=[ ])/)
          .map(name)
          .join(''),
    },
  ];
  const ends: readonly Column<UnitEnd>[] = [
    { heading: 'UNIT', cell: ({ unit }) => ({ text: name(unit), style: 'unit' }) },
    {
      heading: `AT ${clock(until)}`,
      cell: ({ state }) => ({ text: state, style: state === 'active' ? 'ok' : 'bad' }),
    },
    { heading: 'RESTARTS', align: 'right', cell: ({ restarts }) => String(restarts) },
    { heading: 'DOWN', flexible: true, cell: ({ down }) => down.map(spanWords).join(', ') || '-' },
  ];
  const lines = [
    ...renderTable(
      timeline,
      simulation.entries.filter(({ unit }) => shows(unit)),
      options,
    ),
    '',
    ...renderTable(
      ends,
      simulation.ends.filter(({ unit }) => shows(unit)),
      options,
    ),
    ...(simulation.cutAt === undefined
      ? []
      : ['', `Given up at ${clock(simulation.cutAt)}: too much happens at once.`]),
  ];
  return `${lines.join('\n')}\n`;
}

const styles = {
  up: 'ok',
  down: 'dim',
  ended: 'bad',
  restarts: 'busy',
  failed: 'bad',
  'not started': 'bad',
  note: 'dim',
} as const satisfies Record<What, StyleName>;

/**
 * A container's unit by its service, one of several with its number; other units of dockunit without
 * their suffix.
 */
function shorten(text: string, units: ReadonlyMap<string, LoadedUnit>): string {
  const unit = units.get(text);
  if (unit === undefined) return text;
  const name = serviceNameOf(text, unit);
  const isOne = [...units].filter((other) => serviceNameOf(...other) === name).length === 1;
  return name !== undefined && isOne ? name : text.replace(/\.service$/, '');
}

function serviceNameOf(name: string, { dockunit }: LoadedUnit): string | undefined {
  const service = dockunit.get('Kind') === 'container' ? dockunit.get('Service') : undefined;
  return service === undefined ? undefined : service + instanceOf(name);
}

function spanWords({ from, to }: UnitEnd['down'][number]): string {
  return `${clock(from)} to ${to === undefined ? 'the end' : clock(to)}`;
}

/** `1:02.35`: minutes, seconds, hundredths. */
function clock(ms: number): string {
  const hundredths = Math.round(ms / 10);
  const seconds = ((hundredths % 6_000) / 100).toFixed(2).padStart(5, '0');
  return `${String(Math.floor(hundredths / 6_000))}:${seconds}`;
}
