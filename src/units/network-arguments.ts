/**
 * The arguments that connect a container to networks: those of `docker create` (docker-container-create(1)) and of
 * `docker network connect` (docker-network-connect(1)).
 */
import type { NetworkAttachment, Project, Service } from '../compose/project.ts';
import { csv } from '../text/csv.ts';
import { interfaceLabel } from './docker-options.ts';
import { replicasOf, containerName } from './names.ts';
import { namespaceArgument } from './option-arguments.ts';
import { privateWord } from './private-words.ts';
import { isPublicNetworkOption } from './public-options.ts';
import type { Argument } from './unit-set.ts';

/** Networks in the order of connection: by priority, then by key, as in Compose. */
export function orderNetworks(service: Service): readonly (readonly [string, NetworkAttachment])[] {
  return [...service.networks].sort(
    ([keyA, a], [keyB, b]) => b.priority - a.priority || (keyA < keyB ? -1 : keyA > keyB ? 1 : 0),
  );
}

/** The networks in the `docker create` command, and those connected one by one after it. */
export interface NetworkPlan {
  readonly create: readonly Argument[];
  readonly connect: readonly (readonly Argument[])[];
}

/**
 * Networks after the first are connected one by one, since `docker create` takes several only from 25 on; but only
 * `docker create` accepts a link-layer address.
 */
export function networkArguments(project: Project, service: Service): NetworkPlan {
  if (service.networkMode !== undefined) {
    const mode = namespaceArgument(project, service.networkMode);
    // Before 23 the client accepts links in the default network only where no option names it.
    const network = mode === 'default' ? [] : ['--network', mode];
    return {
      create: [...network, ...macAddressArguments(service.macAddress), ...allLinks(project, service)],
      connect: [],
    };
  }
  const [first, ...others] = orderNetworks(service);
  if (first === undefined) return { create: [], connect: [] };
  const [key, attachment] = first;
  const macAddress = attachment.macAddress ?? service.macAddress;
  const atOnce = others.filter(([, { macAddress: own }]) => own !== undefined);
  const later = others.filter(([, { macAddress: own }]) => own === undefined);
  return {
    create: [
      ...['--network', primaryNetwork(project, key, attachment)],
      ...macAddressArguments(macAddress),
      ...attachmentArguments(project, service, key, attachment, 'create'),
      ...atOnce.flatMap((network) => ['--network', secondaryNetwork(project, service, ...network)]),
    ],
    connect: later.map(([other, own]) => [
      ...attachmentArguments(project, service, other, own, 'connect'),
      // The client reads a value here as a record of CSV, but not in --network.
      ...endpointOptions(own).flatMap(({ name, value, isPublic }): readonly Argument[] => [
        `--${name}`,
        isPublic ? csv([value]) : privateWord(`${other}_${name}`, csv([value])),
      ]),
      networkName(project, other),
    ]),
  };
}

const macAddressArguments = (address: string | undefined): readonly string[] =>
  address === undefined ? [] : ['--mac-address', address];
const networkName = (project: Project, key: string): string => project.networks.get(key)?.name ?? key;

/** The name alone, or `name=NAME,OPTION=VALUE…` where only that form can express it. */
function primaryNetwork(project: Project, key: string, attachment: NetworkAttachment): Argument {
  const name = networkName(project, key);
  const options = endpointOptions(attachment);
  if (options.length === 0) return name;
  return record(key, options, [`name=${name}`, ...options.map((option) => `${option.name}=${option.value}`)]);
}

/** The fields of one network; all of them private where one of its options is. */
function record(key: string, options: readonly EndpointOption[], fields: readonly string[]): Argument {
  return options.every(({ isPublic }) => isPublic) ? csv(fields) : privateWord(`network_${key}`, csv(fields));
}

function secondaryNetwork(
  project: Project,
  service: Service,
  key: string,
  attachment: NetworkAttachment,
): Argument {
  const { ipv4Address, ipv6Address, macAddress, linkLocalIps } = attachment;
  const options = endpointOptions(attachment);
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['name', networkName(project, key)],
    ...aliasesOf(service, attachment).map((alias) => ['alias', alias] as const),
    ['ip', ipv4Address],
    ['ip6', ipv6Address],
    ['mac-address', macAddress],
    ...linkLocalIps.map((address) => ['link-local-ip', address] as const),
    ...options.map(({ name, value }) => [name, value] as const),
  ];
  return record(
    key,
    options,
    fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
  );
}

interface EndpointOption {
  readonly name: string;
  readonly value: string;
  readonly isPublic: boolean;
}

/** Options that `docker network connect` has under these names, and `docker create` only in `--network`. */
function endpointOptions(attachment: NetworkAttachment): readonly EndpointOption[] {
  const { driverOpts, interfaceName, gwPriority } = attachment;
  const options = [
    ...(driverOpts ?? []),
    ...(interfaceName === undefined ? [] : [[interfaceLabel, interfaceName] as const]),
  ];
  return [
    ...options.map(([key, value]) => ({
      name: 'driver-opt',
      value: `${key}=${value}`,
      isPublic: isPublicNetworkOption(key, value),
    })),
    ...(gwPriority === undefined ? [] : [{ name: 'gw-priority', value: String(gwPriority), isPublic: true }]),
  ];
}

/** The service's name is always an alias. */
function aliasesOf(service: Service, attachment: NetworkAttachment): readonly string[] {
  return [...new Set([service.name, ...attachment.aliases])];
}

/** Options of one attachment, for `docker create` (prefix `network-`) or `docker network connect` (no prefix). */
function attachmentArguments(
  project: Project,
  service: Service,
  key: string,
  attachment: NetworkAttachment,
  command: 'create' | 'connect',
): string[] {
  const alias = command === 'create' ? '--network-alias' : '--alias';
  return [
    ...aliasesOf(service, attachment).flatMap((name) => [alias, name]),
    ...(attachment.ipv4Address === undefined ? [] : ['--ip', attachment.ipv4Address]),
    ...(attachment.ipv6Address === undefined ? [] : ['--ip6', attachment.ipv6Address]),
    ...attachment.linkLocalIps.flatMap((address) => ['--link-local-ip', address]),
    ...linkArguments(project, service, key),
  ];
}

/** The service's links into this network: a link works only where both ends are attached. */
function linkArguments(project: Project, service: Service, key: string): string[] {
  const inNetwork = service.links.filter(
    (link) => project.services.get(link.service)?.networks.has(key) === true,
  );
  return [...linksTo(project, inNetwork), ...externalLinks(service)];
}

function allLinks(project: Project, service: Service): string[] {
  return [...linksTo(project, service.links), ...externalLinks(service)];
}

function linksTo(project: Project, links: Service['links']): string[] {
  return links.flatMap((link) => {
    const target = project.services.get(link.service);
    return (target === undefined ? [] : replicasOf(target)).flatMap((replica) => [
      '--link',
      `${containerName(project, replica)}:${link.alias}`,
    ]);
  });
}

function externalLinks(service: Service): string[] {
  return (service.externalLinks ?? []).flatMap(({ container, alias }) => ['--link', `${container}:${alias}`]);
}
