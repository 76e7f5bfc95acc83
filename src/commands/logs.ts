/** `logs`: the output of services, and the messages of systemd, their images and gates about them. */
import { type Context, type ExitCode, type GlobalOptions, scopeOf } from '../run/context.ts';
import { withLogs } from '../session/session.ts';
import { servicesOf, shortName, stemOf } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { recordOf, renderEntry } from '../status/log-lines.ts';
import { instanceOf } from '../units/unit-name.ts';
import { loggedByDocker } from '../status/read-state.ts';

export interface LogsOptions extends GlobalOptions {
  readonly follow?: boolean;
  readonly lines?: number;
  /** As systemd.time(7) writes times. */
  readonly since?: string;
  readonly timestamps?: boolean;
}

/** Followed without -n, a log begins with its last lines, as tail(1) does. */
const linesBeforeFollowing = 10;

/**
 * Prints the journal of the services named, or of the default project, merged by time; with `follow` until
 * SIGINT, which is no failure. With --json one LogRecord a line.
 */
export function run(context: Context, options: LogsOptions, names: readonly string[]): Promise<ExitCode> {
  return withLogs(context, options, async ({ journal, installedUnits, choose }) => {
    const units = withOwnUnits(await choose(names), installedUnits);
    const labels = labelsOf(units);
    const services = new Map(units.map(({ name, service }) => [name, service]));
    const view = {
      style: context.out.style,
      timestamps: options.timestamps === true,
      ...(new Set(labels.values()).size > 1 && { labels }),
    };
    const follow = options.follow === true;
    const lines = options.lines ?? (follow && options.since === undefined ? linesBeforeFollowing : undefined);
    const entries = journal.read({
      units: units.map(({ name }) => name),
      containers: loggedByDocker(units),
      scope: scopeOf(options),
      follow,
      signal: context.signal,
      ...(lines !== undefined && { lines }),
      ...(options.since !== undefined && { since: options.since }),
    });
    for await (const entry of entries) {
      const entryLines =
        options.json === true
          ? [JSON.stringify(recordOf(entry, services.get(entry.unit)))]
          : renderEntry(entry, view);
      context.out.write(entryLines.map((line) => `${line}\n`).join(''));
    }
    return 0 as const;
  });
}

/** The chosen services with their images and gates; other units by themselves. */
function withOwnUnits(
  units: readonly InstalledUnit[],
  installedUnits: readonly InstalledUnit[],
): readonly InstalledUnit[] {
  const services = servicesOf(units, installedUnits);
  const belongs = (unit: InstalledUnit): boolean =>
    services.some(({ project, service }) => project === unit.project && service === unit.service);
  return installedUnits.filter(
    (unit) => units.includes(unit) || (unit.service !== undefined && belongs(unit)),
  );
}

/** The service's name; with that of its project where services of several projects are shown. */
function labelsOf(units: readonly InstalledUnit[]): ReadonlyMap<string, string> {
  const several = new Set(units.map(({ project }) => project)).size > 1;
  return new Map(
    units.map((unit) => {
      const name = unit.service === undefined ? shortName(unit) : unit.service + instanceOf(unit.name);
      return [
        unit.name,
        several ? `${unit.project}/${name}` : unit.kind === 'target' ? stemOf(unit.name) : name,
      ];
    }),
  );
}
