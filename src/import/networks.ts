/**
 * `--network` and the container's settings in its networks → `network_mode` or `networks`
 * (docker-container-run(1); docs.docker.com, "docker network connect").
 */
import { cutAt, readCsv } from './compose-text.ts';
import {
  type ImportDraft,
  emptyNetwork,
  type NetworkDraft,
  numberOr,
  refuseValue,
  type Yaml,
} from './draft.ts';

/** The driver knows the name of the interface by this label (moby, libnetwork/netlabel, Ifname). */
const interfaceLabel = 'com.docker.network.endpoint.ifname';

type TakeNetworkField = (network: Omit<NetworkDraft, 'name'>, value: string) => void;

/** Fields of `--network name=…`; docker/cli, opts/network.go. */
const fields = {
  alias: ({ aliases }, value) => aliases.push(value),
  'driver-opt': (network, value) => {
    const [key, option = ''] = cutAt(value, '=');
    if (key === interfaceLabel) network.interfaceName = option;
    else network.driverOpts[key] = option;
  },
  ip: (network, value) => (network.ipv4 = value),
  ip6: (network, value) => (network.ipv6 = value),
  'mac-address': (network, value) => (network.mac = value),
  'link-local-ip': ({ linkLocalIps }, value) => linkLocalIps.push(value),
  'gw-priority': (network, value) => (network.gwPriority = value),
} satisfies Record<string, TakeNetworkField>;

/** A name or a mode; or `name=NAME,alias=…,ip=…`. */
export function takeNetwork(draft: ImportDraft, value: string): void {
  const record = /^[\w-]+=/.test(value) ? readCsv(value) : undefined;
  if (record === undefined) {
    draft.networks.push(emptyNetwork(value));
    return;
  }
  const pairs = record.map((field) => cutAt(field, '='));
  const name = pairs.find(([key]) => key === 'name')?.[1];
  const network = emptyNetwork(name ?? '');
  for (const [key, setting = ''] of pairs) {
    const take = (fields as Readonly<Record<string, TakeNetworkField>>)[key];
    if (take !== undefined) take(network, setting);
    else if (key !== 'name')
      refuseValue(draft, 'network', value, `See docker run’s --network: it has no field ${key}`);
  }
  if (name === undefined) refuseValue(draft, 'network', value, 'Add name=NETWORK');
  else draft.networks.push(network);
}

/** The networks of the container, as keys of the service; `names` are the user-defined networks it is in. */
export interface Placement {
  readonly keys: { readonly network_mode?: string; readonly networks?: Yaml; readonly mac_address?: string };
  readonly names: readonly string[];
}

/** `serviceOf` gives the service of this file that makes a container. */
export function placeInNetworks(
  draft: ImportDraft,
  serviceOf: (container: string) => string | undefined,
): Placement {
  const [first = emptyNetwork('default'), ...others] = draft.networks;
  const { endpoint } = draft;
  const mode = modeOf(first.name, serviceOf);
  const mac = endpoint.mac ?? (mode === undefined ? undefined : first.mac);
  const macKey = mac === undefined ? {} : { mac_address: mac };
  if (mode !== undefined) {
    if (others.length > 0) refuseSeveral(draft, first.name);
    const hasAddresses = endpoint.aliases.length + endpoint.linkLocalIps.length > 0;
    if (hasAddresses || endpoint.ipv4 !== undefined || endpoint.ipv6 !== undefined)
      warnOfEndpoint(draft, mode);
    return { keys: { network_mode: mode, ...macKey }, names: [] };
  }
  const builtIn = others.find(({ name }) => modeOf(name, serviceOf) !== undefined);
  if (builtIn !== undefined) refuseSeveral(draft, builtIn.name);
  const networks = [withEndpoint(first, endpoint), ...others];
  const names = networks.map(({ name }) => name);
  // Compose connects by priority, then by name.
  const inOrder = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  const attachments = networks.map(
    (network, index) =>
      [network.name, attachmentOf(network, inOrder ? undefined : (networks.length - index) * 10)] as const,
  );
  const plain = attachments.every(([, attachment]) => attachment === null);
  return { keys: { networks: plain ? names : Object.fromEntries(attachments), ...macKey }, names };
}

/** The modes that are not networks of the user. */
function modeOf(name: string, serviceOf: (container: string) => string | undefined): string | undefined {
  const container = /^container:(.*)$/s.exec(name)?.[1];
  if (container !== undefined) {
    const service = serviceOf(container);
    return service === undefined ? name : `service:${service}`;
  }
  // The default is the bridge, but docker accepts links in it only if it is not named so.
  if (name === '') return 'default';
  return /^(?:default|bridge|host|none)$/.test(name) ? name : undefined;
}

function withEndpoint(network: NetworkDraft, endpoint: ImportDraft['endpoint']): NetworkDraft {
  const { ipv4 = network.ipv4, ipv6 = network.ipv6 } = endpoint;
  return {
    ...network,
    aliases: [...network.aliases, ...endpoint.aliases],
    linkLocalIps: [...network.linkLocalIps, ...endpoint.linkLocalIps],
    ...(ipv4 !== undefined && { ipv4 }),
    ...(ipv6 !== undefined && { ipv6 }),
  };
}

function attachmentOf(network: NetworkDraft, priority: number | undefined): Yaml {
  const attachment: Record<string, Yaml> = {
    ...(network.aliases.length > 0 && { aliases: network.aliases }),
    ...(network.ipv4 !== undefined && { ipv4_address: network.ipv4 }),
    ...(network.ipv6 !== undefined && { ipv6_address: network.ipv6 }),
    ...(network.linkLocalIps.length > 0 && { link_local_ips: network.linkLocalIps }),
    ...(network.mac !== undefined && { mac_address: network.mac }),
    ...(network.interfaceName !== undefined && { interface_name: network.interfaceName }),
    ...(Object.keys(network.driverOpts).length > 0 && { driver_opts: network.driverOpts }),
    ...(network.gwPriority !== undefined && { gw_priority: numberOr(network.gwPriority) }),
    ...(priority !== undefined && { priority }),
  };
  return Object.keys(attachment).length > 0 ? attachment : null;
}

function refuseSeveral(draft: ImportDraft, name: string): void {
  draft.report(
    'error',
    'option-value',
    `a Compose file cannot join the network \`${name}\` together with others`,
    'Leave it out, or make a network of your own in its place: docker network create NAME',
  );
}

function warnOfEndpoint(draft: ImportDraft, mode: string): void {
  draft.report(
    'warning',
    'option-lost',
    `aliases and addresses are left out: \`${mode}\` has none, and docker would refuse them at the start`,
    'Name a network of your own with --network, as docker asks for them',
  );
}
