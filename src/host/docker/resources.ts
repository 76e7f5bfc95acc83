/** The Docker objects that units have created: checks that they still match the units, and removes them. */
import {
  dockerLines,
  eachCommand,
  findNames,
  inspectImages,
  inspectLines,
  isGone,
  runDocker,
} from './client.ts';
import { wordsOf } from './json.ts';
import type { DockerResources, DockerNames } from '../../model/ports.ts';

/** HostError where Docker does not answer. */
export async function readEngine({
  containers,
  images,
  networks,
  volumes,
}: DockerNames): Promise<DockerResources> {
  const [foundContainers, foundImages, foundNetworks, foundVolumes] = await Promise.all([
    inspectLines(
      'container',
      containers,
      '{{.Name}}\t{{.Image}}\t{{.State.Status}}\t{{.State.StartedAt}}\t{{json .Config.Labels}}',
    ),
    inspectImages([...new Set(images)], '{{.Id}}'),
    readLabels('network', networks),
    findNames('volume', volumes),
  ]);
  return {
    containers: new Map(
      foundContainers.map((line) => {
        const [name = '', imageId = '', status = '', started = '', ...labels] = line.split('\t');
        const startedAt = Math.max(0, Date.parse(started) || 0);
        return [name.replace(/^\//, ''), { imageId, status, startedAt, labels: labelsIn(labels.join('\t')) }];
      }),
    ),
    images: new Map(foundImages),
    networks: foundNetworks,
    volumes: foundVolumes,
  };
}

/** The kinds of objects that dockunit creates in Docker, in the order of removal. */
export type ResourceKind = 'container' | 'network' | 'volume';

const removal = {
  container: ['rm', '--force', '--volumes'],
  network: ['network', 'rm'],
  volume: ['volume', 'rm'],
} as const satisfies Record<ResourceKind, readonly string[]>;

/** A container, with the facts needed for its removal. */
export interface RemovableContainer {
  readonly id: string;
  readonly name: string;
  /** The value of the label dockunit.unit; '' where it has none. */
  readonly unit: string;
}

/**
 * The containers of a project, running or not.
 * @param user id of a user's manager; undefined for the system's, whose containers have no such label
 */
export async function findContainers(
  project: string,
  user: string | undefined,
): Promise<readonly RemovableContainer[]> {
  const lines = await dockerLines([
    ...['ps', '--all', '--no-trunc', '--filter', `label=dockunit.project=${project}`],
    ...['--format', '{{.ID}}\t{{.Names}}\t{{.Label "dockunit.unit"}}\t{{.Label "dockunit.user"}}'],
  ]);
  return lines.flatMap((line) => {
    const [id = '', name = '', unit = '', owner = ''] = line.split('\t');
    return owner === (user ?? '') ? [{ id, name, unit }] : [];
  });
}

/** Labels by name; leaves out missing objects. */
export async function readLabels(
  kind: 'network' | 'volume',
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const lines = await inspectLines(kind, names, '{{.Name}}\t{{json .Labels}}');
  return new Map(
    lines.map((line) => {
      const [name = '', ...labels] = line.split('\t');
      return [name, labelsIn(labels.join('\t'))];
    }),
  );
}

/** Stops running containers first, by their own settings. HostError where an object is still in use. */
export async function removeResources(kind: ResourceKind, names: readonly string[]): Promise<void> {
  await eachCommand(names, async (some) => {
    if (kind === 'container') await runDocker(['stop', ...some], isGone, patience);
    await runDocker([...removal[kind], ...some], isGone, patience);
  });
}

/** A container may have a long grace, and removing hundreds takes time; in ms. */
const patience = 600_000;

function labelsIn(json: string): ReadonlyMap<string, string> {
  return wordsOf(JSON.parse(json === '' ? 'null' : json));
}
