/**
 * The specification as one file in canonical form: interpolated, merged, every key in its long form, as data. The same
 * as the output of `docker compose config` (compose-go, types; Docker Compose 2.26).
 */
import type { Json, Shape } from './canonical-shapes.ts';
import {
  asWritten,
  absolute,
  extensionsOf,
  flag,
  flagKept,
  listOf,
  objectOf,
  pairs,
  record,
  recordKept,
  text,
} from './canonical-shapes.ts';
import { canonicalService } from './canonical-service.ts';
import type { Field } from './field.ts';
import { entriesOf, flagOf, isEmpty, refuse, rootField } from './field.ts';
import type { Findings } from './findings.ts';
import type { FileObjectKey, NetworkKey, VolumeKey } from './keys.ts';
import type { Specification } from './load.ts';
import type { NormaliserContext, LoadInput } from './loading.ts';
import { absolutePath } from './relative-paths.ts';
import { sortedByKey } from './sorted.ts';

type Canonical = Readonly<Record<string, Json>>;

const external: Shape = (field) => field.node.kind === 'map' || flagOf(field) || undefined;

const networkShapes = {
  name: text,
  driver: text,
  driver_opts: pairs,
  ipam: record({
    driver: text,
    config: listOf(recordKept({ subnet: text, gateway: text, ip_range: text, aux_addresses: pairs })),
    options: pairs,
  }),
  external,
  internal: flag,
  attachable: flag,
  labels: pairs,
  enable_ipv4: flagKept,
  enable_ipv6: flagKept,
} satisfies Record<NetworkKey, Shape>;

const volumeShapes = {
  name: text,
  driver: text,
  driver_opts: pairs,
  external,
  labels: pairs,
} satisfies Record<VolumeKey, Shape>;

const fileShapes = {
  name: text,
  file: absolute,
  environment: text,
  content: text,
  external,
  labels: pairs,
  driver: text,
  driver_opts: pairs,
  template_driver: text,
} satisfies Record<FileObjectKey, Shape>;

/** The specification in canonical form; reports unreadable parts in the findings. */
export function canonicalSpecification(
  specification: Specification,
  readFile: LoadInput['readFile'],
  findings: Findings,
): Canonical {
  const { root, environment, directory } = specification;
  const { name } = specification.name;
  const loading: NormaliserContext = { directory, environment, readFile };
  const top = rootField(root, findings);
  const sections = new Map(entriesOf(top).map((entry) => [entry.key, entry]));
  const section = (key: string, read: (entry: Field) => Canonical): ReadonlyMap<string, Canonical> => {
    const field = sections.get(key);
    return sortedByKey((field ? entriesOf(field) : []).map((entry) => [entry.key, read(entry)] as const));
  };
  const resource = (shapes: Readonly<Record<string, Shape>>) => (entry: Field) =>
    withName(entry, isEmpty(entry) ? {} : recordKept(shapes)(entry, loading), name);

  const services = section('services', (entry) => {
    const service = canonicalService(entry, loading);
    if (!('image' in service || 'build' in service || 'provider' in service)) refuseWithoutImage(entry);
    return service;
  });
  const usage = usedBy([...services.values()]);
  const networks = new Map(section('networks', resource(networkShapes)));
  if (usage.networks.has('default') && !networks.has('default'))
    networks.set('default', { name: `${name}_default` });
  const volumes = new Map(
    [...section('volumes', resource(volumeShapes))].map(([key, volume]) => [
      key,
      withDevice(volume, loading),
    ]),
  );
  const configs = section('configs', resource(fileShapes));
  const parts = {
    networks: objectOf(sortedByKey(pick(networks, usage.networks))),
    volumes: objectOf(pick(volumes, usage.volumes)),
    secrets: objectOf(pick(section('secrets', resource(fileShapes)), usage.secrets)),
    configs: objectOf(pick(configs, usage.configs)),
    models: objectOf(section('models', (entry) => recordAt(asWritten(entry, loading)))),
  };
  const namedParts = Object.entries(parts).filter(
    (part): part is [string, Canonical] => part[1] !== undefined,
  );
  return {
    name,
    services: Object.fromEntries(services),
    ...Object.fromEntries(namedParts),
    ...extensionsOf(top),
  };
}

function refuseWithoutImage(service: Field): void {
  const message = `the service \`${service.key}\` has neither an image nor a build`;
  refuse(service, 'missing-key', message, 'Give it an `image:`, or say with `build:` how to make one');
}

/** Its name in Docker: the given one, else its key, with the project's name as a prefix unless it is external. */
function withName(entry: Field, canonical: Canonical, project: string): Canonical {
  const older = entry.node.kind === 'map' ? entry.node.entries.get('external')?.value : undefined;
  const olderName = older?.kind === 'map' ? older.entries.get('name')?.value : undefined;
  const { name: ownName, ...others } = canonical;
  const name =
    ownName ??
    (olderName?.kind === 'scalar' ? olderName.text : undefined) ??
    (canonical.external === true ? entry.key : `${project}_${entry.key}`);
  return { name, ...others };
}

/** A volume of the local driver that binds a directory: relative to the project's. */
function withDevice(volume: Canonical, { directory }: NormaliserContext): Canonical {
  const options = volume.driver_opts;
  if (volume.driver !== 'local' || typeof options !== 'object' || options === null) return volume;
  const { o, device } = options as Canonical;
  if (o !== 'bind' || typeof device !== 'string') return volume;
  return { ...volume, driver_opts: { ...options, device: absolutePath(device, directory) } };
}

type ResourceSection = 'networks' | 'volumes' | 'configs' | 'secrets';

/** The resources that the services and their builds name; Compose leaves out unused ones. */
function usedBy(services: readonly Canonical[]): Readonly<Record<ResourceSection, ReadonlySet<string>>> {
  const sources = (key: string, isOne: (item: Canonical) => boolean = () => true) => {
    const items = services.flatMap((service) => [service[key], recordAt(service.build)[key]]);
    const references = items.flatMap((item) => (Array.isArray(item) ? (item as readonly Canonical[]) : []));
    return new Set(
      references.filter(isOne).flatMap(({ source }) => (typeof source === 'string' ? source : [])),
    );
  };
  return {
    networks: new Set(services.flatMap(({ networks }) => Object.keys(recordAt(networks)))),
    volumes: sources('volumes', ({ type }) => type === 'volume'),
    configs: sources('configs'),
    secrets: sources('secrets'),
  };
}

function recordAt(value: Json | undefined): Canonical {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Canonical) : {};
}

function pick(all: ReadonlyMap<string, Json>, keys: ReadonlySet<string>): ReadonlyMap<string, Json> {
  return new Map([...all].filter(([key]) => keys.has(key)));
}
