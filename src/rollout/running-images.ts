/** Reads which images services run at this moment, to the byte, and keeps them on the disk. */
import type { Installation } from './compare-units.ts';
import { type TagChanges, planTags } from '../host/docker/keep-tags.ts';
import { namedImages, pinFor, pinsOf } from '../images/pin-images.ts';
import { appliedStates } from '../host/revisions/store.ts';
import type { DockerResources, ImagePort, LocalImage } from '../model/ports.ts';
import type { Unit } from '../units/unit-set.ts';
import { dockunitField } from '../units/unit-set.ts';
import type { ChangeContext } from '../run/context.ts';
import { pinsOfState } from './revisions.ts';

export interface RunningImage {
  readonly image: LocalImage;
  /** The pin of the service for it. */
  readonly pin: string;
}

/**
 * By service: the image its units are pinned to, else that of its containers, running ones first, else the
 * image that its name stands for on the disk, which it would run now. So a service that is down, or was
 * never started, has one too. Services whose image is not on the disk, and those that have none, are
 * absent.
 */
export async function readRunningImages(
  { units }: Installation,
  docker: Pick<DockerResources, 'containers'>,
  images: ImagePort,
): Promise<ReadonlyMap<string, RunningImage>> {
  const services = servicesWithImages(units.map(({ unit }) => unit));
  const lookups = services.map(({ service, reference, units: own }) => {
    const before = pinsOf(own).get(service);
    return {
      ...{ service, reference, before },
      names: before === undefined ? [...containerImages(own, docker), reference] : [before],
    };
  });
  const localImages = await images.inspect(lookups.flatMap(({ names }) => names));
  return new Map(
    lookups.flatMap(({ service, reference, before, names }): [string, RunningImage][] => {
      const image = names.map((name) => localImages.get(name)).find((each) => each !== undefined);
      return image === undefined ? [] : [[service, { image, pin: pinFor(reference, image, before) }]];
    }),
  );
}

interface ServiceUnits {
  readonly service: string;
  /** As the Compose file names it. */
  readonly reference: string;
  /** One for each replica. */
  readonly units: readonly Unit[];
}

function servicesWithImages(units: readonly Unit[]): readonly ServiceUnits[] {
  return [...namedImages(units)].map(([service, reference]) => ({
    ...{ service, reference },
    units: units.filter((unit) => unit.kind === 'container' && dockunitField(unit, 'Service') === service),
  }));
}

/** The ids of the images of the units' own containers; running containers first. */
function containerImages(
  units: readonly Unit[],
  { containers }: Pick<DockerResources, 'containers'>,
): readonly string[] {
  return units
    .flatMap((unit) => {
      const container = containers.get(dockunitField(unit, 'Container') ?? '');
      return container?.labels.get('dockunit.unit') === unit.name ? [container] : [];
    })
    .sort((one, other) => Number(other.status === 'running') - Number(one.status === 'running'))
    .map(({ imageId }) => imageId);
}

/** Makes sure that the images stay on the disk. */
export async function keepOnDisk(
  project: string,
  toKeep: Iterable<LocalImage>,
  images: ImagePort,
  change: Pick<ChangeContext, 'recordChange'>,
): Promise<void> {
  const tags = await images.keptTags(project);
  const ids = new Set([...tags.values(), ...[...toKeep].map(({ id }) => id)]);
  await changeTags(planTags(project, tags, ids), images, change);
}

/**
 * Keeps the images of the last two states, and releases all others: so a rollback by one step needs no
 * registry.
 */
export async function keepLastStates(
  project: string,
  stateDirectory: string,
  images: ImagePort,
  change: Pick<ChangeContext, 'recordChange'>,
): Promise<void> {
  const pins = appliedStates(stateDirectory, project)
    .slice(-2)
    .flatMap((manifest) => [...pinsOfState(stateDirectory, manifest).values()]);
  const localImages = await images.inspect(pins);
  const ids = new Set([...localImages.values()].map(({ id }) => id));
  await changeTags(planTags(project, await images.keptTags(project), ids), images, change);
}

/** Releases all images of the project. */
export async function releaseImages(
  project: string,
  images: ImagePort,
  change: ChangeContext,
): Promise<void> {
  await changeTags(planTags(project, await images.keptTags(project), new Set()), images, change);
}

async function changeTags(
  { add, remove }: TagChanges,
  images: ImagePort,
  { recordChange }: Pick<ChangeContext, 'recordChange'>,
): Promise<void> {
  if (add.length + remove.length > 0) {
    recordChange({ kind: 'tags', made: add.map(({ tag }) => tag), removed: remove });
  }
  for (const { id, tag } of add) await images.tag(id, tag);
  for (const tag of remove) await images.untag(tag);
}
