/** `status`: a table of services, or one unit in depth. */
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { howToBegin } from '../session/select-units.ts';
import { type HostError, isActive } from '../model/ports.ts';
import { chooseOnHost, noteElsewhere, withHost } from '../session/session.ts';
import type { HostPorts } from '../session/session.ts';
import { servicesOf } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { defaultProject, projectsHere } from '../session/default-project.ts';
import { lastEntries, readFacts } from '../status/read-state.ts';
import { renderUnit, renderTable } from '../status/render-status.ts';
import type { ServiceStatus } from '../status/status.ts';
import { statusOf } from '../status/status.ts';
import { commandHint } from '../run/command-hint.ts';
import { writeRemark, writeReport } from '../run/report.ts';

/** The output of `status --json`. */
export interface StatusReport {
  readonly manager: 'systemd' | 'supervisor';
  readonly scope: 'system' | 'user';
  /** Why dockunit could not ask Docker; null where it could. Otherwise all facts of containers are null. */
  readonly dockerError: string | null;
  /** Sorted by unit. */
  readonly services: readonly ServiceStatus[];
}

const shownLines = 10;

/**
 * Shows the services named, or those of the default project, or all where there is none. 0; with names 1
 * where one of them is not active, as in `systemctl is-active`.
 */
export function run(context: Context, options: GlobalOptions, names: readonly string[]): Promise<ExitCode> {
  return withHost(context, options, async (host) => {
    if (host.installedUnits.length === 0 && names.length === 0) return reportNothing(context, options, host);
    const units = await chosenUnits(context, options, names, host);
    const [status, dockerError] = await readStatus(units, host);
    const report: StatusReport = {
      manager: host.manager.kind,
      scope: host.manager.scope,
      dockerError: dockerError?.message ?? null,
      services: status,
    };
    await print(report, units, names, host, context, options);
    if (dockerError !== undefined) {
      const message = `nothing is known of the containers: ${dockerError.message}`;
      writeRemark(context.err, 'note', message, dockerError.remedy);
    }
    return names.length > 0 && status.some(({ activeState }) => !isActive(activeState)) ? 1 : 0;
  });
}

async function chosenUnits(
  context: Context,
  options: GlobalOptions,
  names: readonly string[],
  host: HostPorts,
): Promise<readonly InstalledUnit[]> {
  if (names.length > 0) {
    const units = await chooseOnHost(host, context, options, names);
    const services = new Set(servicesOf(units, host.installedUnits));
    // The user may name gates, images, networks and volumes by their own names.
    const others = units.filter((unit) => unit.kind !== 'target' && !services.has(unit));
    return [...services, ...others];
  }
  const services = host.installedUnits.filter(({ kind }) => kind === 'container');
  const place = defaultProject(context, options);
  if (place.project !== undefined)
    return servicesOf(await chooseOnHost(host, context, options, []), services);
  const here = projectsHere(host.installedUnits, place);
  const selection = here.size === 0 ? services : services.filter(({ project }) => here.has(project));
  noteElsewhere(selection, host.installedUnits, place, context);
  return selection;
}

/**
 * dockunit asks manager and Docker one after the other, so a start or stop between the two looks like a
 * contradiction; a real one is still there when dockunit asks them again.
 */
async function readStatus(
  units: readonly InstalledUnit[],
  host: HostPorts,
): Promise<readonly [readonly ServiceStatus[], HostError | undefined]> {
  const read = async (): Promise<readonly [readonly ServiceStatus[], HostError | undefined]> => {
    const { facts, dockerError } = await readFacts(units, host);
    return [units.map((unit) => statusOf(unit, facts)), dockerError];
  };
  const first = await read();
  return first[0].some(({ mismatch }) => mismatch !== null) ? read() : first;
}

async function print(
  report: StatusReport,
  units: readonly InstalledUnit[],
  names: readonly string[],
  host: HostPorts,
  context: Context,
  options: GlobalOptions,
): Promise<void> {
  const { out, now } = context;
  if (options.json === true) {
    writeReport(out, report);
    return;
  }
  const [unit] = units;
  const [only] = report.services;
  // A terminal that does not know its size says 0.
  const width = out.columns === undefined || out.columns === 0 ? {} : { width: out.columns };
  const manager = options.manager === undefined ? '' : ` --manager ${options.manager}`;
  const suffix = `${commandHint(host.manager.scope)}${manager}`;
  const view = {
    ...{ now: now(), style: out.style },
    ...{ reload: `dockunit reload${suffix}`, start: `dockunit start${suffix}` },
  };
  const lines =
    names.length === 1 && unit !== undefined && only !== undefined && units.length === 1
      ? renderUnit(only, await lastEntries(unit.name, shownLines, host), view)
      : renderTable(report.services, { ...view, ...width });
  out.write(lines.map((line) => `${line}\n`).join(''));
}

function reportNothing(context: Context, options: GlobalOptions, { manager }: HostPorts): ExitCode {
  if (options.json === true) {
    const report: StatusReport = {
      manager: manager.kind,
      scope: manager.scope,
      dockerError: null,
      services: [],
    };
    writeReport(context.out, report);
  } else {
    context.err.write(`No unit of dockunit is installed.\n→ ${howToBegin(manager.scope)}\n`);
  }
  return 0;
}
