/** What services run at this moment, to the byte, and keeping it on the disk. */
import type { Installation } from '../changes/compare-units.ts';
import { type TagChanges, planTags } from '../changes/keep-images.ts';
import { pinFor } from '../changes/pin-images.ts';
import { appliedStates } from '../host/applied-states.ts';
import type { EngineFacts, ImagePort, LocalImage } from '../host/ports.ts';
import type { Unit } from '../units/unit-set.ts';
import { dockunitField } from '../units/unit-set.ts';
import type { Context } from './context.ts';
import { pinsOfState } from './kept-states.ts';

export interface RunningImage {
  readonly image: LocalImage;
  /** What pins the service to it. */
  readonly pin: string;
}

/**
 * By service: the image its unit is pinned to, else that of its container, else the one that it would
 * run now. Services whose image is not on the disk, and those that have none, are absent.
 */
export async function readRunningImages(
  { units }: Installation,
  engine: Pick<EngineFacts, 'containers'>,
  images: ImagePort,
): Promise<ReadonlyMap<string, RunningImage>> {
  const wanted = units.flatMap(({ unit }) => {
    const [service, reference] = [dockunitField(unit, 'Service'), dockunitField(unit, 'Image')];
    if (unit.kind !== 'container' || service === undefined || reference === undefined) return [];
    const before = dockunitField(unit, 'Pin');
    return [{ service, reference, name: before ?? runningId(unit, engine) ?? reference, before }];
  });
  const found = await images.inspect(wanted.map(({ name }) => name));
  const running = new Map<string, RunningImage>();
  for (const { service, reference, name, before } of wanted) {
    const image = found.get(name);
    if (image === undefined || running.has(service)) continue;
    running.set(service, { image, pin: pinFor(reference, image, before) });
  }
  return running;
}

/** The id of the image of the unit's container, where it is there and the unit's own. */
function runningId(unit: Unit, { containers }: Pick<EngineFacts, 'containers'>): string | undefined {
  const container = containers.get(dockunitField(unit, 'Container') ?? '');
  return container?.labels.get('dockunit.unit') === unit.name ? container.imageId : undefined;
}

/** Sees to it that the images stay on the disk. */
export async function keepOnDisk(
  project: string,
  toKeep: Iterable<LocalImage>,
  images: ImagePort,
  context: Context,
): Promise<void> {
  const kept = await images.keptTags(project);
  const ids = new Set([...kept.values(), ...[...toKeep].map(({ id }) => id)]);
  await changeTags(planTags(project, kept, ids), images, context);
}

/** Keeps what the last two states run, and lets go of all else that was kept: so one step back needs no registry. */
export async function keepLastStates(
  project: string,
  stateDirectory: string,
  images: ImagePort,
  context: Context,
): Promise<void> {
  const pins = appliedStates(stateDirectory, project)
    .slice(-2)
    .flatMap((manifest) => [...pinsOfState(stateDirectory, manifest).values()]);
  const found = await images.inspect(pins);
  const ids = new Set([...found.values()].map(({ id }) => id));
  await changeTags(planTags(project, await images.keptTags(project), ids), images, context);
}

async function changeTags(
  { add, remove }: TagChanges,
  images: ImagePort,
  { changed }: Context,
): Promise<void> {
  if (add.length + remove.length > 0) {
    changed({ kind: 'tags', made: add.map(({ tag }) => tag), removed: remove });
  }
  for (const { id, tag } of add) await images.tag(id, tag);
  for (const tag of remove) await images.untag(tag);
}
