/**
 * `simulate`: shows which units would stop, restart and recover, and when: the supervisor's engine with the
 * units of the Compose file or of a directory, under a virtual clock. It starts nothing.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { installedSystemdVersion } from '../host/systemd/detect.ts';
import { hostSpecifiers } from '../host/units/host-specifiers.ts';
import type { UnitSources, UnitText } from '../model/ports.ts';
import { listUnitFiles } from '../host/units/unit-directories.ts';
import { loadUnits } from '../supervisor/load/load-units.ts';
import type { LoadedUnit } from '../supervisor/load/loaded-unit.ts';
import { simulate } from '../simulate/simulate.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import { compileInput, setOrPrint } from '../session/compile-project.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError, scopeOf } from '../run/context.ts';
import {
  type IncidentOptions,
  namesOfIncidents,
  parseIncidents,
  parseUntil,
} from '../simulate/parse-incidents.ts';
import { renderSimulation } from '../simulate/render.ts';
import { writeReport } from '../run/report.ts';

export interface SimulateOptions extends GlobalOptions, IncidentOptions {
  readonly until?: string;
  readonly units?: boolean;
}

/** The systemd version whose rules apply by default. */
const newest = 257;

export async function run(
  context: Context,
  options: SimulateOptions,
  [path]: readonly string[],
): Promise<ExitCode> {
  const read = await readUnitTexts(context, options, path);
  if (read === undefined) return 2;
  const units = load(context, options, read.texts);
  const until = parseUntil(options.until);
  const incidents = parseIncidents(options, units);
  const targets = installTargets(units);
  const rules = read.systemd < 254 ? 252 : 257;
  const simulation = simulate({ units, targets, incidents, until, rules });
  if (options.json === true) {
    writeReport(context.out, { until, ...simulation });
  } else {
    const shows =
      options.units === true
        ? () => true
        : isShown(
            units,
            incidents.map(({ unit }) => unit),
          );
    context.out.write(renderSimulation(simulation, { units, until, shows, output: context.out }));
  }
  return 0;
}

function installTargets(units: ReadonlyMap<string, LoadedUnit>): readonly string[] {
  return [...new Set([...units.values()].flatMap(({ install }) => install.wantedBy))].sort();
}

/**
 * The units of the directory, or those compiled from the Compose file; undefined where the file has
 * errors, which this prints.
 */
async function readUnitTexts(
  context: Context,
  options: SimulateOptions,
  path: string | undefined,
): Promise<{ readonly texts: ReadonlyMap<string, UnitText>; readonly systemd: number } | undefined> {
  const full = path === undefined ? undefined : resolve(context.workingDirectory, path);
  const stats = full === undefined ? undefined : statSync(full, { throwIfNoEntry: false });
  if (full !== undefined && stats === undefined) {
    throw new UsageError(`${full} does not exist`, 'Name a Compose file or a directory of units');
  }
  if (full !== undefined && stats?.isDirectory() === true) {
    const files = listUnitFiles(full);
    if (files.length === 0) {
      throw new UsageError(
        `${full} holds no units`,
        'Write them there by dockunit generate -o, or name the Compose file',
      );
    }
    const systemd = options.systemdVersion ?? (await installedSystemdVersion()) ?? newest;
    return {
      texts: new Map(files.map(({ name, text }) => [name, { path: `${full}/${name}`, text }])),
      systemd,
    };
  }
  const compilation = await compileInput(
    context,
    { ...options, ...(full !== undefined && { file: [...(options.file ?? []), full] }) },
    { names: namesOfIncidents(options) },
  );
  const { directory, systemd } = compilation.target;
  const set = setOrPrint(context, compilation);
  return (
    set && {
      texts: new Map(
        set.units.map((unit) => [
          unit.name,
          { path: `${directory}/${unit.name}`, text: serialiseUnit(unit) },
        ]),
      ),
      systemd,
    }
  );
}

/** All of them enabled, without any unit of this host. */
function load(
  context: Context,
  options: SimulateOptions,
  texts: ReadonlyMap<string, UnitText>,
): ReadonlyMap<string, LoadedUnit> {
  const names = [...texts.keys()];
  const sources: UnitSources = {
    ownNames: () => names,
    existing: (requestedNames) => requestedNames.filter((name) => texts.has(name)),
    reader: () => (name) => {
      const main = texts.get(name);
      return { name, ...(main && { main }), dropIns: [], links: { wants: [], requires: [], upholds: [] } };
    },
    mounts: () => ({ configuredPaths: [], mountedPaths: ['/'] }),
    specifiers: () => hostSpecifiers(scopeOf(options), context.environment),
  };
  // Loads the targets that they are enabled for as well: a boot starts those.
  const { units } = loadUnits(names, sources);
  return loadUnits([...names, ...installTargets(units)], sources, new Set(names)).units;
}

/**
 * Services, targets of several services and units with incidents; networks, volumes, images and gates are
 * details.
 */
function isShown(
  units: ReadonlyMap<string, LoadedUnit>,
  incidentUnits: readonly string[],
): (unit: string) => boolean {
  return (unit) => incidentUnits.includes(unit) || units.get(unit)?.dockunit.get('Kind') === 'container';
}
