/** Containers and the objects they use, by the docker client’s `inspect`, as a DockerApi. */
import { dockerLines, inspectObjects } from './client.ts';
import { HostError, type DockerInspector } from '../../model/ports.ts';

type InspectedFields = Readonly<Record<string, unknown>>;

export const dockerInspector: DockerInspector = {
  async readObjects(names) {
    const ids = names.length > 0 ? names : await dockerLines(['ps', '--quiet', '--no-trunc']);
    const containers = ids.length === 0 ? [] : await inspect('container', ids);
    if (containers.length < new Set(ids).size) {
      throw new HostError(
        `There is no container of one of these names: ${ids.join(', ')}`,
        'See the names of all: docker ps --all',
      );
    }
    const facts = containers.map((container) => container as unknown as ContainerFacts);
    const images = facts.map(({ Image }) => Image);
    const networks = facts.flatMap(({ NetworkSettings }) => Object.keys(NetworkSettings?.Networks ?? {}));
    const volumes = facts.flatMap(({ Mounts }) =>
      (Mounts ?? []).flatMap(({ Type, Name }) => (Type === 'volume' && Name !== undefined ? [Name] : [])),
    );
    return {
      containers,
      images: await inspect('image', images),
      networks: await inspect('network', networks),
      volumes: await inspect(
        'volume',
        volumes.filter((name) => !/^[0-9a-f]{64}$/.test(name)),
      ),
      names: await readNames(),
      loggingDriver: (await dockerLines(['info', '--format', '{{.LoggingDriver}}']))[0] ?? '',
    };
  },
};

/** The fields that name other objects; Engine API, ContainerInspect. */
interface ContainerFacts {
  readonly Image: string;
  readonly NetworkSettings?: { readonly Networks?: InspectedFields };
  readonly Mounts?: readonly { readonly Type: string; readonly Name?: string }[];
}

/** Leaves out missing objects: an image may be removed while a container of it runs. */
async function inspect(
  kind: Parameters<typeof inspectObjects>[0],
  names: readonly string[],
): Promise<readonly InspectedFields[]> {
  return (await inspectObjects(kind, [...new Set(names)])) as readonly InspectedFields[];
}

/** Full ids and names of every container. */
async function readNames(): Promise<ReadonlyMap<string, string>> {
  const lines = await dockerLines(['ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}']);
  return new Map(
    lines.map((line) => {
      const [id = '', names = ''] = line.split(' ');
      // With links, a container has further names, LINKING/ALIAS.
      return [id, names.split(',').find((name) => !name.includes('/')) ?? names] as const;
    }),
  );
}
