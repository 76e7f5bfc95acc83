/** The plan that `diff` shows, and `apply` and `rollback` execute: reads the host, and compares it with a unit set. */
import type { Installation } from './compare-units.ts';
import { compareUnits } from './compare-units.ts';
import type { UnitChange } from './compare-units.ts';
import { dockerNames, findDrift } from './drift.ts';
import type { Drift } from './drift.ts';
import { type PinOutcome, keptPins, pinOutcomes, pinImages } from '../images/pin-images.ts';
import { planApply } from './plan-apply.ts';
import type { Plan, ManagedState } from './plan-apply.ts';
import { readInstallation } from './installation.ts';
import { HostError } from '../model/ports.ts';
import type { DockerResources, ResourcePort } from '../model/ports.ts';
import type { Manager } from '../manager/manager.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { type StartFacts, withInstalled } from '../session/container-conflicts.ts';
import type { InstalledUnit } from '../session/installed-units.ts';

export interface PlannedChanges {
  readonly installation: Installation;
  /** With the pins that stay in force. */
  readonly set: UnitSet;
  readonly changes: readonly UnitChange[];
  readonly drift: readonly Drift[];
  readonly plan: Plan;
  readonly pins: readonly PinOutcome[];
  /** Facts about the containers; undefined where Docker did not answer. */
  readonly docker: DockerResources | undefined;
  /** The facts that dockunit could not read, and why; for people. */
  readonly gaps: readonly string[];
}

/** What a plan reads of the host. */
export interface HostToRead {
  /**
   * Undefined where no manager can be reached: then all installed units count as running and enabled.
   */
  readonly manager: Manager | undefined;
  readonly resources: ResourcePort;
}

export interface PlanOptions {
  /** Whether orphans may be removed. */
  readonly prune: boolean;
  /** Whether to use exactly the images that the set names, without the pins of update. */
  readonly exact?: boolean;
  /** See ApplyFacts. */
  readonly isUnstarted?: boolean;
  /** Used as the installation, in place of the files in the directory. */
  readonly installation?: Installation;
}

/**
 * Compares the set with the units of its project in the directory, and with what runs. Changes nothing.
 * HostError where the directory cannot be read, or the manager does not answer.
 */
export async function planChanges(
  set: UnitSet,
  directory: string,
  { manager, resources }: HostToRead,
  {
    prune,
    exact = false,
    isUnstarted = false,
    installation = readInstallation(set.project, directory),
  }: PlanOptions,
): Promise<PlannedChanges> {
  const before = installation.units.map(({ unit }) => unit);
  const pinnedSet = exact ? set : pinImages(set, keptPins(set, before));
  const changes = compareUnits(installation, pinnedSet);
  const names = changes.map(({ unit }) => unit);
  const [states, docker] = await Promise.all([
    readStates(names, manager, installation),
    lookAtDocker(installation, resources),
  ]);
  const drift = findDrift(installation, docker instanceof HostError ? undefined : docker, states);
  return {
    installation,
    set: pinnedSet,
    changes,
    drift,
    pins: pinOutcomes(pinnedSet, before),
    docker: docker instanceof HostError ? undefined : docker,
    plan: planApply({ installation, set: pinnedSet, changes, drift, states, prune, isUnstarted }),
    gaps:
      docker instanceof HostError ? [`containers are not compared with their units: ${docker.message}`] : [],
  };
}

/** The services that the plan starts or installs, and the units that exist then. */
export function startingBy(
  { plan, set }: Pick<PlannedChanges, 'plan' | 'set'>,
  installedUnits: readonly InstalledUnit[],
): StartFacts {
  const { write, start, restart } = plan;
  const names = new Set([...write, ...start, ...restart.flatMap(({ unit, follows }) => [unit, ...follows])]);
  const services = set.units.filter(({ kind, name }) => kind === 'container' && names.has(name));
  return { services, units: withInstalled(set.units, installedUnits) };
}

/** The states of the units; the manager finds all of them by their files. */
export async function readStates(
  names: readonly string[],
  manager: Manager | undefined,
  installation: Installation,
): Promise<ReadonlyMap<string, ManagedState>> {
  if (manager === undefined) {
    return new Map(
      installation.units.map(({ unit }) => [unit.name, { activeState: 'active', isEnabled: true }]),
    );
  }
  const states = await manager.states(names);
  return new Map(
    states.map(({ name, activeState, unitFileState }) => [
      name,
      { activeState, isEnabled: unitFileState === 'enabled' },
    ]),
  );
}

/**
 * Facts about the containers, networks and volumes of the installation; the error where Docker does not
 * answer.
 */
export async function lookAtDocker(
  installation: Installation,
  resources: ResourcePort,
): Promise<DockerResources | HostError> {
  const names = dockerNames(installation);
  if (names.containers.length + names.networks.length + names.volumes.length === 0) {
    return { containers: new Map(), images: new Map(), networks: new Map(), volumes: new Set() };
  }
  try {
    return await resources.inspect(names);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
}
