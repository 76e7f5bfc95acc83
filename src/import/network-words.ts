/** The networks of a container, as `docker inspect` shows them → `--network` and its related options. */
import { type InspectRecord, recordAt, textAt, textMapAt, textsAt } from './inspected.ts';

export interface KnownNetworks {
  containerName(idOrName: string): string;
  /** The name of a network that a user made; undefined for one of Docker's own. */
  networkName(idOrName: string): string | undefined;
}

export function networkWords(container: InspectRecord, lookup: KnownNetworks): readonly string[] {
  const mode = textAt(container, 'HostConfig', 'NetworkMode');
  const endpoints = recordAt(container, 'NetworkSettings', 'Networks');
  const requestedMac = textAt(container, 'Config', 'MacAddress');
  const containerId = /^container:(.*)$/s.exec(mode)?.[1];
  if (containerId !== undefined) return [`--network=container:${lookup.containerName(containerId)}`];
  const first = lookup.networkName(mode);
  if (first === undefined) {
    const isDefault = mode === 'default' || mode === '';
    const mac = macOf(recordAt(endpoints, isDefault ? 'bridge' : mode), requestedMac);
    // Newer versions of Docker show the default as the bridge, for which the client refuses links.
    const hasLinks = textsAt(container, 'HostConfig', 'Links').length > 0;
    const network = isDefault || (mode === 'bridge' && hasLinks) ? 'default' : mode;
    return [`--network=${network}`, ...(mac === undefined ? [] : [`--mac-address=${mac}`])];
  }
  const others = Object.keys(endpoints)
    .map((name) => lookup.networkName(name) ?? name)
    .filter((name) => name !== first)
    .sort();
  return [first, ...others].flatMap((name, index) => {
    const endpoint = recordAt(endpoints, name);
    const mac = macOf(endpoint, index === 0 ? requestedMac : '');
    return [
      `--network=${csv([`name=${name}`, ...endpointFields(container, endpoint), ...(mac === undefined ? [] : [`mac-address=${mac}`])])}`,
      ...textsAt(endpoint, 'Links').map((link) => `--link=${link}`),
    ];
  });
}

function endpointFields(container: InspectRecord, endpoint: InspectRecord): readonly string[] {
  // Docker adds the name and the short id by itself, the units add the service's name.
  const own = new Set([
    textAt(container, 'Name').replace(/^\//, ''),
    textAt(container, 'Id').slice(0, 12),
    textMapAt(container, 'Config', 'Labels')['com.docker.compose.service'],
  ]);
  const ipv4 = textAt(endpoint, 'IPAMConfig', 'IPv4Address');
  const ipv6 = textAt(endpoint, 'IPAMConfig', 'IPv6Address');
  const aliases = [...new Set(textsAt(endpoint, 'Aliases'))].filter((alias) => !own.has(alias));
  const gateway = textAt(endpoint, 'GwPriority');
  return [
    ...aliases.map((alias) => `alias=${alias}`),
    ...(ipv4 === '' ? [] : [`ip=${ipv4}`]),
    ...(ipv6 === '' ? [] : [`ip6=${ipv6}`]),
    ...textsAt(endpoint, 'IPAMConfig', 'LinkLocalIPs').map((address) => `link-local-ip=${address}`),
    ...Object.entries(textMapAt(endpoint, 'DriverOpts')).map(([key, value]) => `driver-opt=${key}=${value}`),
    ...(gateway === '' || gateway === '0' ? [] : [`gw-priority=${gateway}`]),
  ];
}

/**
 * The address of the interface, where an option set it: newer versions of Docker show only the one in use. Addresses
 * that Docker generates begin with 02:42 and end in the IPv4 address (moby, netutils, until 27).
 */
function macOf(endpoint: InspectRecord, requestedMac: string): string | undefined {
  if (requestedMac !== '') return requestedMac;
  const mac = textAt(endpoint, 'MacAddress');
  return mac === '' || mac.startsWith('02:42:') ? undefined : mac;
}

function csv(fields: readonly string[]): string {
  return fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}
