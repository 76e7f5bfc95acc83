/**
 * Looks for containers of other software before services are started or installed, and refuses where
 * there are any.
 */
import type { ConflictFacts } from './find-conflicts.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { HostError } from '../model/ports.ts';
import type { UnitsRunner } from '../host/docker/docker-of-units.ts';
import { managerOfHost } from '../manager/select.ts';
import { renderDiagnostics } from '../ui/render-diagnostic.ts';
import type { Unit, UnitSet } from '../units/unit-set.ts';
import { type Context, type GlobalOptions, scopeOf } from '../run/context.ts';
import { readInstalled } from './installed-units.ts';
import { typedThere } from '../run/command-hint.ts';
import { writeRemark } from '../run/report.ts';

/** The services about to be started or installed: `services` of `units`, which are all future units of the host. */
export type StartFacts = Pick<ConflictFacts, 'services' | 'units'>;

/** The future units, when the set is installed beside the present ones. */
export function withInstalled(
  units: readonly Unit[],
  installedUnits: readonly { readonly unit: Unit }[],
): readonly Unit[] {
  const names = new Set(units.map(({ name }) => name));
  return [...units, ...installedUnits.map(({ unit }) => unit).filter(({ name }) => !names.has(name))];
}

/** All services of a set that is installed beside the units in the directories. */
export function startingWith(set: UnitSet, searchPath: readonly string[]): StartFacts {
  return {
    services: set.units.filter(({ kind }) => kind === 'container'),
    units: withInstalled(set.units, readInstalled(searchPath)),
  };
}

/** The manager of the units on this host, as far as dockunit knows it without asking. */
export function runnerOf(options: GlobalOptions): UnitsRunner {
  return { scope: scopeOf(options), kind: options.manager ?? managerOfHost() };
}

/** Installed services that are to start. */
export function amongInstalled(
  services: readonly { readonly unit: Unit }[],
  installedUnits: readonly { readonly unit: Unit }[],
): StartFacts {
  return { services: services.map(({ unit }) => unit), units: installedUnits.map(({ unit }) => unit) };
}

/**
 * An error for each container, or Compose project, that holds resources of the services; HostError where
 * Docker does not answer.
 */
export async function findContainersInTheWay(
  { services, units }: StartFacts,
  runner: UnitsRunner,
  { environment, uid }: Context,
): Promise<readonly Diagnostic[]> {
  if (services.length === 0) return [];
  // Other jobs wait for a start: so modules needed only here are loaded only here.
  const [{ readHeldByContainers }, { findConflicts }, { tellConflicts }] = await Promise.all([
    import('../host/docker/docker-of-units.ts'),
    import('./find-conflicts.ts'),
    import('./describe-conflicts.ts'),
  ]);
  const containers = await readHeldByContainers(runner, environment);
  const user = runner.scope === 'user' ? String(uid) : undefined;
  return tellConflicts(findConflicts({ services, units, containers, user }), typedThere());
}

/** As findContainersInTheWay; none where Docker does not answer, for example where it is not installed yet. */
export async function findContainersIfTold(
  ...input: Parameters<typeof findContainersInTheWay>
): Promise<readonly Diagnostic[]> {
  try {
    return await findContainersInTheWay(...input);
  } catch (error) {
    if (error instanceof HostError) return [];
    throw error;
  }
}

/** Whether a verb must not start services: then it says why. Where Docker does not answer, it says so. */
export async function isRefused(
  starting: StartFacts,
  runner: UnitsRunner,
  context: Context,
): Promise<boolean> {
  const { err } = context;
  try {
    const findings = await findContainersInTheWay(starting, runner, context);
    for (const line of renderDiagnostics(findings, { style: err.style })) err.write(`${line}\n`);
    return findings.length > 0;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    writeRemark(err, 'note', `containers of others that may be in the way are not known: ${error.message}`);
    return false;
  }
}
