/** What units have made of the engine: looked at to see whether it is still what they say, and removed. */
import { dockerLines, findNames, isGone, runDocker } from './docker.ts';
import { wordsOf } from './engine-json.ts';
import type { EngineFacts, EngineNames } from './ports.ts';

/** HostError where the engine does not answer. */
export async function readEngine({
  containers,
  images,
  networks,
  volumes,
}: EngineNames): Promise<EngineFacts> {
  const [foundContainers, foundImages, foundNetworks, foundVolumes] = await Promise.all([
    inspect(
      'container',
      containers,
      '{{.Name}}\t{{.Image}}\t{{.State.Status}}\t{{.State.StartedAt}}\t{{json .Config.Labels}}',
    ),
    // One by one: an answer does not say by which of its names it was asked for.
    Promise.all(
      images.map(async (image) => [image, ...(await inspect('image', [image], '{{.Id}}'))] as const),
    ),
    inspect('network', networks, '{{.Name}}\t{{json .Labels}}'),
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
    images: new Map(
      images.length === 0 ? [] : foundImages.flatMap(([name, id]) => (id === undefined ? [] : [[name, id]])),
    ),
    networks: new Map(
      foundNetworks.map((line) => {
        const [name = '', ...labels] = line.split('\t');
        return [name, labelsIn(labels.join('\t'))];
      }),
    ),
    volumes: foundVolumes,
  };
}

/** Kinds of what is found by label, in the order in which it can be removed. */
export type ResourceKind = 'container' | 'network' | 'volume';

const removal = {
  container: { list: ['ps', '--all', '--quiet'], remove: ['rm', '--force', '--volumes'] },
  network: { list: ['network', 'ls', '--format', '{{.Name}}'], remove: ['network', 'rm'] },
  volume: { list: ['volume', 'ls', '--quiet'], remove: ['volume', 'rm'] },
} as const satisfies Record<ResourceKind, unknown>;

/** Names (of containers ids) of what has all the labels, each `NAME=VALUE`. */
export async function findResources(
  kind: ResourceKind,
  labels: readonly string[],
): Promise<readonly string[]> {
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  return dockerLines([...removal[kind].list, ...filters]);
}

/** HostError where one is in use still. */
export async function removeResources(kind: ResourceKind, names: readonly string[]): Promise<void> {
  if (names.length > 0) await runDocker([...removal[kind].remove, ...names], isGone);
}

async function inspect(
  kind: 'container' | 'image' | 'network',
  names: readonly string[],
  format: string,
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  return dockerLines([kind, 'inspect', '--format', format, '--', ...names], isGone);
}

function labelsIn(json: string): ReadonlyMap<string, string> {
  return wordsOf(JSON.parse(json === '' ? 'null' : json));
}
