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
import { type Starting, withInstalled } from '../session/container-conflicts.ts';
import type { InstalledUnit } from '../session/installed-units.ts';

export interface PlannedChanges {
  readonly installed: Installation;
  /** With the pins that stay in force. */
  readonly wanted: UnitSet;
  readonly changes: readonly UnitChange[];
  readonly drift: readonly Drift[];
  readonly plan: Plan;
  readonly pins: readonly PinOutcome[];
  /** Facts about the containers; undefined where Docker did not answer. */
  readonly docker: DockerResources | undefined;
  /** The facts that dockunit could not read, and why; for people. */
  readonly unseen: readonly string[];
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
  readonly unstarted?: boolean;
  /** Used as the installation, in place of the files in the directory. */
  readonly installed?: Installation;
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
    unstarted = false,
    installed = readInstallation(set.project, directory),
  }: PlanOptions,
): Promise<PlannedChanges> {
  const before = installed.units.map(({ unit }) => unit);
  const wanted = exact ? set : pinImages(set, keptPins(set, before));
  const changes = compareUnits(installed, wanted);
  const names = changes.map(({ unit }) => unit);
  const [states, docker] = await Promise.all([
    readStates(names, manager, installed),
    lookAtDocker(installed, resources),
  ]);
  const drift = findDrift(installed, docker instanceof HostError ? undefined : docker, states);
  return {
    installed,
    wanted,
    changes,
    drift,
    pins: pinOutcomes(wanted, before),
    docker: docker instanceof HostError ? undefined : docker,
    plan: planApply({ installed, wanted, changes, drift, states, prune, unstarted }),
    unseen:
      docker instanceof HostError ? [`containers are not compared with their units: ${docker.message}`] : [],
  };
}

/** The services that the plan starts or installs, and the units that exist then. */
export function startingBy(
  { plan, wanted }: Pick<PlannedChanges, 'plan' | 'wanted'>,
  installed: readonly InstalledUnit[],
): Starting {
  const { write, start, restart } = plan;
  const names = new Set([...write, ...start, ...restart.flatMap(({ unit, follows }) => [unit, ...follows])]);
  const services = wanted.units.filter(({ kind, name }) => kind === 'container' && names.has(name));
  return { services, units: withInstalled(wanted.units, installed) };
}

/** The states of the units; the manager finds all of them by their files. */
export async function readStates(
  names: readonly string[],
  manager: Manager | undefined,
  installed: Installation,
): Promise<ReadonlyMap<string, ManagedState>> {
  if (manager === undefined) {
    return new Map(installed.units.map(({ unit }) => [unit.name, { activeState: 'active', enabled: true }]));
  }
  const states = await manager.states(names);
  return new Map(
    states.map(({ name, activeState, unitFileState }) => [
      name,
      { activeState, enabled: unitFileState === 'enabled' },
    ]),
  );
}

/**
 * Facts about the containers, networks and volumes of the installation; the error where Docker does not
 * answer.
 */
export async function lookAtDocker(
  installed: Installation,
  resources: ResourcePort,
): Promise<DockerResources | HostError> {
  const names = dockerNames(installed);
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
