/** The networks and volumes at the top of the file. */
import type { Field } from './field.ts';
import { entriesOf, flagOf, itemsOf, recordOf, refuse, textMapOf, textOf } from './field.ts';
import { networkKeys, volumeKeys } from './keys.ts';
import type { NormaliserContext } from './loading.ts';
import type { IpamPool, Network, Volume } from './project.ts';
import { absolutePath } from './relative-paths.ts';
import { sortedByKey } from './sorted.ts';

/** The network of one key; its name in Docker is `PROJECT_KEY` unless it says otherwise. */
export function networkOf(field: Field, project: string): Network {
  const record = recordOf(field, networkKeys);
  const driver = record.driver && textOf(record.driver);
  const enableIpv4 = record.enable_ipv4 && flagOf(record.enable_ipv4);
  return {
    key: field.key,
    ...identityOf(field.key, project, record.external, record.name),
    ...(driver !== undefined && { driver }),
    driverOpts: record.driver_opts ? textMapOf(record.driver_opts) : new Map(),
    internal: (record.internal && flagOf(record.internal)) ?? false,
    attachable: (record.attachable && flagOf(record.attachable)) ?? false,
    ...(enableIpv4 !== undefined && { enableIpv4 }),
    enableIpv6: (record.enable_ipv6 && flagOf(record.enable_ipv6)) ?? false,
    ipam: ipamOf(record.ipam),
    labels: record.labels ? textMapOf(record.labels) : new Map(),
  };
}

/** The network of services that name none. */
export function implicitDefaultNetwork(project: string): Network {
  return {
    key: 'default',
    name: `${project}_default`,
    external: false,
    driverOpts: new Map(),
    internal: false,
    attachable: false,
    enableIpv6: false,
    ipam: { options: new Map(), pools: [] },
    labels: new Map(),
  };
}

/** The volume of one key; its name in Docker is `PROJECT_KEY` unless it says otherwise. */
export function volumeOf(field: Field, project: string, { directory }: NormaliserContext): Volume {
  const record = recordOf(field, volumeKeys);
  if (record.external) refuseBesideExternal(record.external, record);
  const driver = record.driver && textOf(record.driver);
  return {
    key: field.key,
    ...identityOf(field.key, project, record.external, record.name),
    ...(driver !== undefined && { driver }),
    driverOpts: boundDevice(
      driver,
      record.driver_opts ? textMapOf(record.driver_opts) : new Map<string, string>(),
      directory,
    ),
    labels: record.labels ? textMapOf(record.labels) : new Map(),
  };
}

/**
 * The directory that the local driver binds is relative to the project's directory (compose-go, loader/normalize.go).
 */
function boundDevice(
  driver: string | undefined,
  options: ReadonlyMap<string, string>,
  directory: string,
): ReadonlyMap<string, string> {
  const device = options.get('device');
  if (driver !== 'local' || options.get('o') !== 'bind' || device === undefined) return options;
  return new Map(options).set('device', absolutePath(device, directory));
}

/** dockunit does not create an external volume: only its name matters. */
function refuseBesideExternal(
  external: Field,
  { driver, driver_opts, labels }: Partial<Record<(typeof volumeKeys)[number], Field>>,
): void {
  if (external.node.kind === 'map' || flagOf(external) !== true) return;
  for (const field of [driver, driver_opts, labels]) {
    if (!field) continue;
    const message = `\`${field.key}\` has no effect on a volume that is \`external\``;
    refuse(field, 'conflicting-keys', message, `Remove \`${field.key}\`, or \`external\``);
  }
}

/** `external: true`, or the older `external: {name: …}`. */
function identityOf(
  key: string,
  project: string,
  external: Field | undefined,
  name: Field | undefined,
): { readonly name: string; readonly external: boolean } {
  const older = external?.node.kind === 'map' ? recordOf(external, ['name'] as const) : undefined;
  const isExternal = older !== undefined || (external !== undefined && flagOf(external) === true);
  const ownName = (name && textOf(name)) ?? (older?.name && textOf(older.name));
  return { name: ownName ?? (isExternal ? key : `${project}_${key}`), external: isExternal };
}

function ipamOf(field: Field | undefined): Network['ipam'] {
  if (!field) return { options: new Map(), pools: [] };
  const record = recordOf(field, ['config', 'driver', 'options'] as const);
  const driver = record.driver && textOf(record.driver);
  return {
    ...(driver !== undefined && { driver }),
    options: record.options ? textMapOf(record.options) : new Map(),
    pools: record.config ? itemsOf(record.config).map(poolOf) : [],
  };
}

function poolOf(field: Field): IpamPool {
  const record = recordOf(field, ['aux_addresses', 'gateway', 'ip_range', 'subnet'] as const);
  const subnet = record.subnet && textOf(record.subnet);
  const gateway = record.gateway && textOf(record.gateway);
  const ipRange = record.ip_range && textOf(record.ip_range);
  return {
    ...(subnet !== undefined && { subnet }),
    ...(gateway !== undefined && { gateway }),
    ...(ipRange !== undefined && { ipRange }),
    auxAddresses: record.aux_addresses ? textMapOf(record.aux_addresses) : new Map(),
  };
}

/** The resources of a section in code-unit order of their keys, so that the file order never matters. */
export function resourcesOf<T>(field: Field | undefined, read: (entry: Field) => T): Map<string, T> {
  // Within a section every key is user-defined: `x-` marks extensions elsewhere only.
  const entries = field ? entriesOf(field) : [];
  return sortedByKey(entries.map((entry) => [entry.key, read(entry)] as const));
}
