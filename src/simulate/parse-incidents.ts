/** Parses the incidents in `simulate`'s options: which unit, when, and which failure. */
import type { Exit } from '../supervisor/engine/state.ts';
import type { LoadedUnit } from '../supervisor/load/loaded-unit.ts';
import { parseTimeSpan } from '../text/time-span.ts';
import type { Incident } from './simulate.ts';
import { nearestName } from '../text/nearest-name.ts';
import { instanceOf } from '../units/unit-name.ts';
import { UsageError } from '../run/context.ts';

const kinds = ['fail', 'unhealthy', 'stop', 'start', 'restart'] as const;
type IncidentKind = (typeof kinds)[number];

/** Each repeatable: `db@10s`, `web@1m:exit=3`, `web@1m:signal=KILL:for=30s`. */
export type IncidentOptions = Partial<Readonly<Record<IncidentKind, readonly string[]>>>;

/** ms that are simulated by default. */
const defaultUntil = 120_000;

export function parseUntil(text: string | undefined): number {
  return text === undefined ? defaultUntil : timeOf(text, '--until');
}

/** In the order of time. Throws UsageError for a text that is no incident, or for a unit that does not exist. */
export function parseIncidents(
  options: IncidentOptions,
  units: ReadonlyMap<string, LoadedUnit>,
): readonly Incident[] {
  return kinds
    .flatMap((kind) => (options[kind] ?? []).flatMap((text) => parseIncident(kind, text, units)))
    .sort((a, b) => a.at - b.at);
}

/** The names of the affected services, as the user typed them: named services have active profiles. */
export function namesOfIncidents(options: IncidentOptions): readonly string[] {
  return kinds.flatMap((kind) => (options[kind] ?? []).map((text) => placeAndTime(text)[0]));
}

/** `web@10s:exit=3` → `web`, `10s`; without a time the latter is undefined. */
function placeAndTime(text: string): readonly [string, string | undefined] {
  const [where = ''] = text.split(':');
  const at = where.lastIndexOf('@');
  return at < 0 ? [where, undefined] : [where.slice(0, at), where.slice(at + 1)];
}

function parseIncident(
  kind: IncidentKind,
  text: string,
  units: ReadonlyMap<string, LoadedUnit>,
): readonly Incident[] {
  const [name, when] = placeAndTime(text);
  const time = when === undefined ? 0 : timeOf(when, `--${kind} ${text}`);
  const details = text.split(':').slice(1);
  const values = new Map(
    details.map((detail) => [detail.split('=')[0] ?? '', detail.split('=').slice(1).join('=')]),
  );
  const allowedKeys = {
    fail: ['exit', 'signal', 'for'],
    unhealthy: ['for'],
    stop: [],
    start: [],
    restart: [],
  }[kind];
  const unknown = [...values.keys()].find((key) => !(allowedKeys as readonly string[]).includes(key));
  if (unknown !== undefined) {
    const may =
      allowedKeys.length === 0
        ? 'takes nothing after the time'
        : `takes ${allowedKeys.map((key) => `:${key}=`).join(', ')}`;
    throw new UsageError(`--${kind} ${text}: there is no ${unknown}`, `--${kind} ${may}`);
  }
  const span = values.get('for');
  const lasting = span === undefined ? undefined : timeOf(span, `--${kind} ${text}`);
  return unitsNamed(name, units).map((unit): Incident => {
    switch (kind) {
      case 'fail':
        return {
          kind,
          unit,
          at: time,
          exit: exitOf(values, `--${kind} ${text}`),
          until: time + (lasting ?? 0),
        };
      case 'unhealthy':
        return { kind, unit, at: time, until: lasting === undefined ? Infinity : time + lasting };
      case 'stop':
      case 'start':
      case 'restart':
        return { kind: 'request', verb: kind, unit, at: time };
    }
  });
}

/** A crash has exit code 1 by default. */
function exitOf(values: ReadonlyMap<string, string>, what: string): Exit {
  const signal = values.get('signal');
  if (signal !== undefined) return { kind: 'killed', signal: `SIG${signal.replace(/^SIG/, '')}` };
  const code = values.get('exit') ?? '1';
  if (!/^\d{1,3}$/.test(code) || Number(code) > 255) {
    throw new UsageError(`${what}: ${code} is no exit code`, 'Exit codes are 0 to 255');
  }
  return { kind: 'exited', code: Number(code) };
}

function timeOf(text: string, what: string): number {
  const time = parseTimeSpan(text);
  if (time !== undefined && time !== Infinity) return time;
  throw new UsageError(`${what}: ${text} is no time`, 'Write it as systemd does: 10s, 1min 30s, 5m');
}

/**
 * All containers of the service, or one of them by its number, or the unit of that name with or without
 * its suffix.
 */
function unitsNamed(name: string, units: ReadonlyMap<string, LoadedUnit>): readonly string[] {
  const ofService = [...units.values()].filter(({ dockunit, config }) => {
    const service = dockunit.get('Service') ?? '';
    return (
      dockunit.get('Kind') === 'container' && [service, service + instanceOf(config.name)].includes(name)
    );
  });
  if (ofService.length > 0) return ofService.map(({ config }) => config.name);
  for (const full of [name, `${name}.service`, `${name}.target`]) if (units.has(full)) return [full];
  const services = [...units.values()].flatMap(({ dockunit }) => dockunit.get('Service') ?? []);
  const nearest = nearestName(name, [...services, 'docker']);
  throw new UsageError(
    `there is no service and no unit called ${name}`,
    nearest === undefined ? 'Name a service of the file, or docker' : `Write ${nearest} if that is meant`,
  );
}
