/**
 * New images of services → what `update` does, as data: which pins change, and which units restart, one
 * after the other. Pure.
 */
import { buildGraph } from '../graph/build.ts';
import { orderUnits } from '../graph/order.ts';
import type { DockerResources, LocalImage } from '../model/ports.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import type { Unit, UnitSet } from '../units/unit-set.ts';
import { dockunitField, valuesOf } from '../units/unit-set.ts';
import type { Installation, UnitChange } from './compare-units.ts';
import { compareUnits, setOf } from './compare-units.ts';
import { findDrift } from './drift.ts';
import { isFixed, isPulled, pinFor, pinImages } from '../images/pin-images.ts';
import { type Restart, type ManagedState, planApply } from './plan-apply.ts';

/** A service whose image can change under its name. */
export interface UpdatableService {
  readonly service: string;
  /** As the Compose file names it. */
  readonly reference: string;
  /** Options of docker pull if dockunit asks its registry; undefined if it looks up the name on the disk. */
  readonly pull: readonly string[] | undefined;
}

/**
 * Services of these container units, by name, without those whose Compose file names a digest, or no
 * image.
 */
export function updatableServices(
  chosenUnits: readonly Unit[],
  units: readonly Unit[],
): readonly UpdatableService[] {
  const services = new Map<string, UpdatableService>();
  for (const unit of chosenUnits) {
    const [service, reference] = [dockunitField(unit, 'Service'), dockunitField(unit, 'Image')];
    if (unit.kind !== 'container' || service === undefined || reference === undefined || isFixed(reference))
      continue;
    const puller = units.find(
      (each) => each.kind === 'image' && dockunitField(each, 'Service') === service && isPulled(each),
    );
    services.set(service, { service, reference, pull: puller && pullOptions(puller) });
  }
  return [...services.values()].sort((one, other) => (one.service < other.service ? -1 : 1));
}

/** The options after the image in the command that pulls it, such as `--platform`. */
function pullOptions(unit: Unit): readonly string[] {
  const [value] = valuesOf(unit, 'Service', 'ExecStart');
  if (value?.kind !== 'exec') return [];
  return value.command.argv.slice(4).filter((word) => typeof word === 'string');
}

/** The installation with the images of services pinned; all other units stay the same to the byte. */
export function pinInstallation(
  project: string,
  installation: Installation,
  pins: ReadonlyMap<string, string>,
): Installation {
  const units = installation.units.map(({ unit }) => unit);
  const pinnedUnits = pinImages({ project, units, files: [] }, pins).units;
  return {
    ...installation,
    units: installation.units.map((entry, index) => {
      const unit = pinnedUnits[index];
      return unit === undefined || unit === entry.unit ? entry : { unit, text: serialiseUnit(unit) };
    }),
  };
}

export interface UpdateFacts {
  readonly project: string;
  /** Each service pinned to the image it runs. */
  readonly before: Installation;
  readonly services: readonly UpdatableService[];
  /** The images that their references now stand for; by service. */
  readonly images: ReadonlyMap<string, LocalImage>;
  readonly docker: DockerResources;
  readonly states: ReadonlyMap<string, ManagedState>;
}

export interface UpdatePlan {
  readonly after: Installation;
  /** Of the units whose pin changes. */
  readonly changes: readonly UnitChange[];
  /** One after the other, in the order of their dependencies. */
  readonly restart: readonly Restart[];
}

export function planUpdate(facts: UpdateFacts): UpdatePlan {
  const { project, before, services, images, docker, states } = facts;
  const pins = new Map(
    services.flatMap(({ service, reference }): [string, string][] => {
      const image = images.get(service);
      return image === undefined ? [] : [[service, pinFor(reference, image, pinIn(before, service))]];
    }),
  );
  const after = pinInstallation(project, before, pins);
  const set = setOf(project, after);
  const changedUnits = new Set(
    after.units.flatMap((entry, index) => (entry === before.units[index] ? [] : [entry.unit.name])),
  );
  const changes = compareUnits(before, set).filter(({ unit }) => changedUnits.has(unit));
  const concerned = new Set(services.map(({ service }) => service));
  const drift = findDrift(before, docker, states).filter(({ kind, unit }) => {
    const of = before.units.find((entry) => entry.unit.name === unit)?.unit;
    return kind === 'image' && of !== undefined && concerned.has(dockunitField(of, 'Service') ?? '');
  });
  const { restart } = planApply({ installation: before, set, changes, drift, states, prune: false });
  return { after, changes, restart: inOrder(restart, set) };
}

function pinIn({ units }: Installation, service: string): string | undefined {
  const of = units.find(
    ({ unit }) => unit.kind === 'container' && dockunitField(unit, 'Service') === service,
  );
  return of && dockunitField(of.unit, 'Pin');
}

function inOrder(restart: readonly Restart[], set: UnitSet): readonly Restart[] {
  const { sequence } = orderUnits(
    set.units.map(({ name }) => name),
    buildGraph(set).orderings,
  );
  const place = new Map(sequence.map((name, index) => [name, index]));
  return [...restart].sort((one, other) => (place.get(one.unit) ?? 0) - (place.get(other.unit) ?? 0));
}
