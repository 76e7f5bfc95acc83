/** What units have made of the engine: looked at to see whether it is still what they say, and removed. */
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
import type { DockerFacts, DockerNames } from '../../model/ports.ts';

/** HostError where the engine does not answer. */
export async function readEngine({
  containers,
  images,
  networks,
  volumes,
}: DockerNames): Promise<DockerFacts> {
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

/** Kinds of what dockunit has docker make, in the order in which it can be removed. */
export type ResourceKind = 'container' | 'network' | 'volume';

const removal = {
  container: ['rm', '--force', '--volumes'],
  network: ['network', 'rm'],
  volume: ['volume', 'rm'],
} as const satisfies Record<ResourceKind, readonly string[]>;

/** A container, as far as it matters for its removal. */
export interface FoundContainer {
  readonly id: string;
  readonly name: string;
  /** Of the label dockunit.unit; '' where it has none. */
  readonly unit: string;
}

/**
 * The containers of a project, running or not.
 * @param user id of a user's manager; undefined for the system's, of which containers have no such label
 */
export async function findContainers(
  project: string,
  user: string | undefined,
): Promise<readonly FoundContainer[]> {
  const lines = await dockerLines([
    ...['ps', '--all', '--no-trunc', '--filter', `label=dockunit.project=${project}`],
    ...['--format', '{{.ID}}\t{{.Names}}\t{{.Label "dockunit.unit"}}\t{{.Label "dockunit.user"}}'],
  ]);
  return lines.flatMap((line) => {
    const [id = '', name = '', unit = '', owner = ''] = line.split('\t');
    return owner === (user ?? '') ? [{ id, name, unit }] : [];
  });
}

/** Labels by name; without those that are not there. */
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

/** What runs still is stopped first, as its settings say. HostError where one is in use still. */
export async function removeResources(kind: ResourceKind, names: readonly string[]): Promise<void> {
  await eachCommand(names, async (some) => {
    if (kind === 'container') await runDocker(['stop', ...some], isGone, patience);
    await runDocker([...removal[kind], ...some], isGone, patience);
  });
}

/** A container may ask for a long grace, and hundreds are removed in more than a moment; in ms. */
const patience = 600_000;

function labelsIn(json: string): ReadonlyMap<string, string> {
  return wordsOf(JSON.parse(json === '' ? 'null' : json));
}
