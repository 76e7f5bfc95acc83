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
import type {
  DockerResources,
  DockerNames,
  RemovableContainer,
  ResourceKind,
  ResourcePort,
} from '../../model/ports.ts';

async function inspect({ containers, images, networks, volumes }: DockerNames): Promise<DockerResources> {
  const [foundContainers, foundImages, foundNetworks, foundVolumes] = await Promise.all([
    inspectLines(
      'container',
      containers,
      '{{.Name}}\t{{.Image}}\t{{.State.Status}}\t{{.State.StartedAt}}\t{{json .Config.Labels}}',
    ),
    inspectImages([...new Set(images)], '{{.Id}}'),
    labels('network', networks),
    findNames('volume', volumes),
  ]);
  return {
    containers: new Map(
      foundContainers.map((line) => {
        const [name = '', imageId = '', status = '', startText = '', ...rest] = line.split('\t');
        const startedAt = Math.max(0, Date.parse(startText) || 0);
        return [name.replace(/^\//, ''), { imageId, status, startedAt, labels: labelsIn(rest.join('\t')) }];
      }),
    ),
    images: new Map(foundImages),
    networks: foundNetworks,
    volumes: foundVolumes,
  };
}

const removal = {
  container: ['rm', '--force', '--volumes'],
  network: ['network', 'rm'],
  volume: ['volume', 'rm'],
} as const satisfies Record<ResourceKind, readonly string[]>;

async function containersOf(
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

async function labels(
  kind: 'network' | 'volume',
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const lines = await inspectLines(kind, names, '{{.Name}}\t{{json .Labels}}');
  return new Map(
    lines.map((line) => {
      const [name = '', ...rest] = line.split('\t');
      return [name, labelsIn(rest.join('\t'))];
    }),
  );
}

async function remove(kind: ResourceKind, names: readonly string[]): Promise<void> {
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

export const resources: ResourcePort = { inspect, containersOf, labels, remove };
