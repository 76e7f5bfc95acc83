/**
 * `docker create`, as the request that its client sends to Docker. A client is a process of 10 MB and takes a twentieth
 * of a second of processor time, and a boot runs one for every service at once. This file covers what services mostly
 * ask for; a command with any other option is left to the client, which knows best (docker-container-create(1); `POST
 * /containers/create` of Docker's API).
 */
import { type ClientInputs, type CreateDraft, emptyDraft, switches, values } from './create-options.ts';

export interface CreateRequest {
  readonly name: string;
  /** JSON, as Docker reads it. */
  readonly body: object;
}

/**
 * The request of a command line; undefined where the client must send it: for an option or a form of a value that the
 * tables below lack, or where the client's own configuration affects the container.
 * @param argv from the word after `create` on
 */
export function createRequest(
  argv: readonly string[],
  surroundings: ClientInputs,
): CreateRequest | undefined {
  if (isConfigured(surroundings)) return undefined;
  const draft = emptyDraft();
  let at = 0;
  for (let word = argv[at]; word?.startsWith('-') === true; word = argv[at]) {
    const [, name = '', value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const isOn = switches[name];
    const take = values[name];
    at += 1;
    if (isOn !== undefined) {
      if (value !== undefined && value !== 'false' && value !== 'true') return undefined;
      isOn(draft, value !== 'false');
    } else if (take !== undefined && value === undefined) {
      const value = argv[at];
      at += 1;
      if (value === undefined || take(draft, value, surroundings) === false) return undefined;
    } else return undefined;
  }
  const image = argv[at];
  if (image === undefined || draft.name === '' || !draft.pullsNever) return undefined;
  if (draft.aliases.length > 0 && !isUserDefined(draft.network)) return undefined;
  const command = argv.slice(at + 1);
  return { name: draft.name, body: bodyOf(draft, image, command) };
}

/** Variables and entries of config.json that change the client's request, or its receiver: docker(1). */
function isConfigured({ environment, home, readFile }: ClientInputs): boolean {
  const decides = (name: string): boolean =>
    name.startsWith('DOCKER_') && name !== 'DOCKER_CONFIG' && name !== 'DOCKER_HOST';
  if ([...environment.keys()].some(decides)) return true;
  const directory = environment.get('DOCKER_CONFIG') ?? `${environment.get('HOME') ?? home}/.docker`;
  const text = readFile(`${directory}/config.json`);
  // Its keys in any case, as Go reads them.
  return text !== undefined && /"(?:proxies|currentContext)"/i.test(text);
}

/** Fields that the client always sends; Docker keeps some of them as they are sent. */
function bodyOf(draft: CreateDraft, image: string, command: readonly string[]): object {
  const { network, aliases, health: check, maps, lists } = draft;
  return {
    ...{ AttachStdin: false, AttachStdout: true, AttachStderr: true },
    ...{ Tty: false, OpenStdin: false, StdinOnce: false },
    ...draft.config,
    Image: image,
    Cmd: command.length === 0 ? null : command,
    Env: draft.environment,
    Labels: draft.labels,
    ExposedPorts: draft.exposedPorts,
    Volumes: draft.volumes,
    ...(Object.keys(check).length > 0 && { Healthcheck: check }),
    HostConfig: {
      ...{ MemorySwappiness: -1, OomKillDisable: false, PidsLimit: 0 },
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      ...{ Devices: [], Dns: [], DnsOptions: [], DnsSearch: [], PortBindings: {}, Ulimits: [] },
      ...{ BlkioWeightDevice: [], BlkioDeviceReadBps: [], BlkioDeviceWriteBps: [] },
      ...{ BlkioDeviceReadIOps: [], BlkioDeviceWriteIOps: [] },
      ...draft.host,
      ...lists,
      ...maps,
      LogConfig: { Type: draft.logDriver, Config: draft.logOptions },
      NetworkMode: network,
    },
    ...(isUserDefined(network) && {
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: aliases } } },
    }),
  };
}

/** A user-defined network, in which a container has aliases. */
function isUserDefined(network: string): boolean {
  return !['default', 'bridge', 'host', 'none'].includes(network) && !network.startsWith('container:');
}
