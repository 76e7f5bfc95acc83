/** enable and disable: make, remove and show the links by which the boot starts units. */
import { hasErrors } from '../model/diagnostic.ts';
import { lingers } from '../host/systemd/linger.ts';
import type { UnitLink } from '../model/ports.ts';
import { unitDirectory, unitSearchPath } from '../host/units/unit-directories.ts';
import { valuesOf } from '../units/unit-set.ts';
import { printDiagnostics } from '../session/compile-project.ts';
import { amongInstalled, isRefused } from '../session/container-conflicts.ts';
import { UsageError, scopeOf } from '../run/context.ts';
import type { Context, ExitCode, GlobalOptions, Output } from '../run/context.ts';
import { driveUnits } from './run-jobs.ts';
import { mayLock } from '../session/host-lock.ts';
import { findObstacles } from '../session/conflicts.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { changeHost } from '../session/with-host-lock.ts';
import { chooseOnHost, withHost } from '../session/session.ts';
import type { HostPorts } from '../session/session.ts';
import { servicesOf, withDependencies } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { writeRemark, writeReport } from '../run/report.ts';

export type EnableVerb = 'enable' | 'disable';

/** `--json` of enable and disable without `--now`; with it, the report of start or stop follows. */
interface EnableReport {
  readonly verb: EnableVerb;
  readonly units: readonly string[];
  /** Links made or removed; [] where all were in the right state already. */
  readonly links: readonly UnitLink[];
}

/** What each verb does, prints, and drives with `--now`. */
const verbs = {
  enable: { now: 'start', link: 'created', unchanged: 'is enabled already' },
  disable: { now: 'stop', link: 'removed', unchanged: 'is not enabled' },
} as const satisfies Record<EnableVerb, unknown>;

export function enableNamed(
  verb: EnableVerb,
  context: Context,
  options: GlobalOptions & { readonly now?: boolean },
  names: readonly string[],
): Promise<ExitCode> {
  // remove takes the links away before the units: links that another process makes in between would stay.
  return (mayLock(scopeOf(options), context) ? changeHost : withHost)(context, options, async (host) => {
    const chosenUnits = await chooseOnHost(host, context, options, names);
    for (const { project } of chosenUnits) refuseGenerated(verb, project, host.manager.scope, context);
    const units = installable(verb, chosenUnits, host);
    if (verb === 'enable') {
      const services = withDependencies(chosenUnits, host.installedUnits).filter(
        ({ kind }) => kind === 'container',
      );
      if (await isRefused(amongInstalled(services, host.installedUnits), host.manager, context)) return 1;
      if (takesForeignNames(units, host, context)) return 1;
    }
    const links = await host.manager[verb](units.map(({ name }) => name));
    if (options.json === true) {
      const report: EnableReport = { verb, units: units.map(({ name }) => name), links };
      writeReport(context.out, report);
    }
    showLinks(verb, chosenUnits, links, context.err);
    if (verb === 'enable') warnWithoutLinger(context, host);
    return options.now === true ? driveUnits(verbs[verb].now, chosenUnits, host, context, options) : 0;
  });
}

/**
 * The units whose links are made or removed. `enable` links the target of a project, and the target wants
 * its services; `disable` also removes the links that enable its services one by one.
 * @throws UsageError for a unit without an [Install] section, such as a gate: it starts with the units that
 * need it
 */
function installable(
  verb: EnableVerb,
  units: readonly InstalledUnit[],
  { installedUnits }: HostPorts,
): readonly InstalledUnit[] {
  const without = units.find(({ unit }) =>
    ['WantedBy', 'RequiredBy', 'UpheldBy', 'Alias', 'Also'].every(
      (key) => valuesOf(unit, 'Install', key).length === 0,
    ),
  );
  if (without !== undefined) {
    throw new UsageError(
      `${without.name} has no [Install] section: it starts with the units that need it`,
      `${verb} its service instead${without.service === undefined ? '' : `: dockunit ${verb} ${without.service}`}`,
    );
  }
  return verb === 'enable' ? units : [...new Set([...units, ...servicesOf(units, installedUnits)])];
}

/**
 * Whether an alias would take the name of a unit that appeared after the units were written; prints a
 * warning then.
 */
function takesForeignNames(
  units: readonly InstalledUnit[],
  { manager: { scope } }: HostPorts,
  context: Context,
): boolean {
  const { environment } = context;
  const directory = unitDirectory(scope, environment);
  const diagnostics = units.flatMap(({ unit, project }) =>
    findObstacles(
      { project, units: [unit], files: [] },
      directory,
      unitSearchPath(scope, environment),
    ).filter(({ path }) => path !== unit.name),
  );
  printDiagnostics(context, { source: { files: [], directory, dotenv: [] }, diagnostics });
  return hasErrors(diagnostics);
}

function showLinks(
  verb: EnableVerb,
  units: readonly InstalledUnit[],
  links: readonly UnitLink[],
  { write, style }: Output,
): void {
  const { link: pastTense, unchanged } = verbs[verb];
  for (const { path, target } of links) {
    write(`${pastTense} ${style.path(path)}${target === '' ? '' : ` → ${style.path(target)}`}\n`);
  }
  if (links.length > 0) return;
  for (const { name } of units) write(`${style.unit(name)} ${unchanged}\n`);
}

/** Without a lingering user, a user's manager starts at login and stops at logout; loginctl(1). */
function warnWithoutLinger({ environment, err, uid }: Context, { manager }: HostPorts): void {
  if (manager.scope !== 'user' || manager.kind !== 'systemd') return;
  const user = environment['USER'] ?? environment['LOGNAME'] ?? String(uid);
  if (lingers(user)) return;
  const message = `${user} does not linger: the services run only while ${user} is logged in`;
  writeRemark(err, 'warning', message, err.style.command(`sudo loginctl enable-linger ${user}`));
}
