/** Keys of a service about its networks: networks, links, dns names, extra hosts. */
import type { Field } from './field.ts';
import {
  entriesOf,
  integerOf,
  isEmpty,
  itemsOf,
  recordOf,
  refuseValue,
  textMapOf,
  textOf,
  textOrTextsOf,
  textsOf,
  displayText,
} from './field.ts';
import type { ExtraHost, ServiceLink, NetworkAttachment } from './project.ts';
import { sortedByKey } from './sorted.ts';

const attachmentKeys = [
  'aliases',
  'driver_opts',
  'gw_priority',
  'interface_name',
  'ipv4_address',
  'ipv6_address',
  'link_local_ips',
  'mac_address',
  'priority',
] as const;

const plainAttachment: NetworkAttachment = { aliases: [], linkLocalIps: [], priority: 0 };

/** A list of network keys, or a map of them to their attachment. */
export function attachmentsOf(field: Field): ReadonlyMap<string, NetworkAttachment> {
  const attachments =
    field.node.kind === 'list'
      ? textsOf(field).map((key) => [key, plainAttachment] as const)
      : entriesOf(field).map((entry) => [entry.key, attachmentOf(entry)] as const);
  return sortedByKey<NetworkAttachment>(attachments);
}

/** The attachment to the project's default network, for a service that names none. */
export function defaultAttachment(): ReadonlyMap<string, NetworkAttachment> {
  return new Map([['default', plainAttachment]]);
}

function attachmentOf(field: Field): NetworkAttachment {
  const record = recordOf(field, attachmentKeys);
  const ipv4Address = record.ipv4_address && textOf(record.ipv4_address);
  const ipv6Address = record.ipv6_address && textOf(record.ipv6_address);
  const macAddress = record.mac_address && textOf(record.mac_address);
  const interfaceName = record.interface_name && textOf(record.interface_name);
  const gwPriority = record.gw_priority && integerOf(record.gw_priority);
  return {
    aliases: record.aliases ? [...new Set(textsOf(record.aliases))] : [],
    ...(ipv4Address !== undefined && { ipv4Address }),
    ...(ipv6Address !== undefined && { ipv6Address }),
    linkLocalIps: record.link_local_ips ? [...new Set(textsOf(record.link_local_ips))] : [],
    ...(macAddress !== undefined && { macAddress }),
    ...(record.driver_opts && { driverOpts: textMapOf(record.driver_opts) }),
    ...(interfaceName !== undefined && { interfaceName }),
    ...(gwPriority !== undefined && { gwPriority }),
    priority: (record.priority && integerOf(record.priority)) ?? 0,
  };
}

/** Domains to search; where all values are empty, none, in place of the host's: docker's value for that is `.`. */
export function searchDomainsOf(field: Field): readonly string[] {
  const texts = textOrTextsOf(field);
  const domains = texts.filter((domain) => domain !== '');
  return texts.length > 0 && domains.length === 0 ? ['.'] : [...new Set(domains)];
}

/** `SERVICE` or `SERVICE:ALIAS`. */
export function linksOf(field: Field): readonly ServiceLink[] {
  return itemsOf(field).flatMap((item) => {
    const text = textOf(item);
    if (text === undefined) return [];
    const [service = '', alias = service, ...more] = text.split(':');
    if (service !== '' && alias !== '' && more.length === 0) return [{ service, alias }];
    return refuseValue(item, `${displayText(text)} is not a link`, 'Write SERVICE or SERVICE:ALIAS') ?? [];
  });
}

/** `HOST=ADDRESS` and `HOST:ADDRESS` items, or a map of hosts to an address or several. */
export function extraHostsOf(field: Field): readonly ExtraHost[] {
  const hosts: ExtraHost[] = [];
  const put = (at: Field, host: string, address: string) => {
    const bare = address.trim().replace(/^\[(.*)\]$/, '$1');
    if (host !== '' && bare !== '') hosts.push({ host, address: bare });
    else refuseValue(at, 'a host or its address is missing', 'Write HOST=ADDRESS, or HOST=host-gateway');
  };
  if (field.node.kind === 'list') {
    for (const item of itemsOf(field)) {
      const text = textOf(item);
      if (text === undefined) continue;
      const [, host = '', address = ''] = /^([^=:]*)[=:](.*)$/s.exec(text) ?? [];
      put(item, host.trim(), address);
    }
  } else {
    // The order of a map is not significant; that of a list is.
    const entries = sortedByKey(entriesOf(field).map((entry) => [entry.key, entry] as const));
    for (const entry of entries.values()) {
      if (isEmpty(entry)) put(entry, entry.key, '');
      else for (const address of textOrTextsOf(entry)) put(entry, entry.key, address);
    }
  }
  const identities = new Set<string>();
  return hosts.filter(({ host, address }) => {
    const identity = `${host} ${address}`;
    return !identities.has(identity) && identities.add(identity);
  });
}
