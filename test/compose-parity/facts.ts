/**
 * What a Docker shows → what is compared: by service rather than by name, ids and names in the text
 * replaced by what they stand for, and lists that Docker reads as sets made maps.
 */
import type { EngineState, InspectedContainer } from './engine.ts';
import { requestedMounts } from './requested-mounts.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** `services.web#1`, `networks.corpus_default`, `volumes.corpus_data` → what is compared of it. */
export type Facts = ReadonlyMap<string, Json>;

type Fields = Readonly<Record<string, Json>>;

/** @param subnetted Docker's names of the networks for which the file says a subnet */
export function factsOf(state: EngineState, subnetted: ReadonlySet<string>): Facts {
  const labelled = labelContainers(state.containers);
  const rename = renaming(state, labelled);
  const facts = new Map<string, Json>();
  for (const [key, container] of labelled) {
    const renamed = rename(container) as Fields;
    const [config, hostConfig] = [renamed['Config'] as Fields, renamed['HostConfig'] as Fields];
    const { Binds, Mounts, ...host } = hostConfig;
    facts.set(`services.${key}`, {
      Config: { ...config, Env: environmentOf(config), ExposedPorts: exposedPortsOf(config) },
      HostConfig: {
        ...host,
        Ulimits: ulimitsOf(host),
        'Binds and Mounts': requestedMounts({ Binds, Mounts }),
      },
      Networks: (renamed['NetworkSettings'] as Fields)['Networks'] ?? null,
      Mounts: mountsOf(renamed['Mounts'] as readonly Fields[]),
    });
  }
  for (const network of state.networks) {
    const rest = rename(network) as Fields;
    const ipam = rest['IPAM'] as Fields;
    const config = subnetted.has(network.Name) ? (ipam['Config'] ?? null) : 'picked by Docker';
    facts.set(`networks.${network.Name}`, { ...rest, IPAM: { ...ipam, Config: config } });
  }
  for (const volume of state.volumes) {
    // Anonymous volumes are compared where they are mounted.
    if (!/^[0-9a-f]{64}$/.test(volume.Name)) facts.set(`volumes.${volume.Name}`, rename(volume));
  }
  return facts;
}

/** `web#1`, `web#2`: the containers of a service in the order of their names. */
function labelContainers(containers: readonly InspectedContainer[]): Map<string, InspectedContainer> {
  const labelled = new Map<string, InspectedContainer>();
  const sorted = [...containers].sort((a, b) => a.Name.localeCompare(b.Name, 'en', { numeric: true }));
  const counts = new Map<string, number>();
  for (const container of sorted) {
    const labels = container.Config.Labels ?? {};
    const service = labels['com.docker.compose.service'] ?? labels['dockunit.service'] ?? container.Name;
    const count = (counts.get(service) ?? 0) + 1;
    counts.set(service, count);
    labelled.set(`${service}#${count}`, container);
  }
  return labelled;
}

/** Where Docker shows a container's name: elsewhere the same word means something else. */
const namesOfContainers = new Set([
  'NetworkMode',
  'PidMode',
  'IpcMode',
  'Links',
  'VolumesFrom',
  'Aliases',
  'DNSNames',
  'Name',
]);

/** Replaces, all over a value, ids by names, and the containers' names by their services. */
function renaming(
  state: EngineState,
  labelled: ReadonlyMap<string, InspectedContainer>,
): (value: unknown) => Json {
  const names = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const [key, { Id, Name }] of labelled) {
    ids.set(Id, `<${key}>`);
    ids.set(Id.slice(0, 12), `<id of ${key}>`);
    names.set(Name.slice(1), `<${key}>`);
  }
  for (const { Id, Name } of state.networks) ids.set(Id, Name);
  const text = (value: string, holdsName: boolean): string => {
    const withoutIds = ids.get(value) ?? value.replace(/[0-9a-f]{64}/g, (id) => ids.get(id) ?? id);
    // NAME, /NAME, container:NAME, NAME:alias, /NAME:/OWN/alias
    const rename = (name: string): string => names.get(name) ?? name;
    return holdsName ? withoutIds.replace(/(?<![\w.<-])[a-zA-Z0-9][\w.-]+/g, rename) : withoutIds;
  };
  const visit = (value: unknown, holdsName = false): Json => {
    if (typeof value === 'string') return text(value, holdsName);
    if (Array.isArray(value)) return value.map((item) => visit(item, holdsName));
    if (typeof value !== 'object' || value === null) return value as Json;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        ids.get(key) ?? key,
        visit(inner, namesOfContainers.has(key)),
      ]),
    );
  };
  return visit;
}

/** Limits by name, since compose writes them in any order. */
function ulimitsOf({ Ulimits }: Fields): Json {
  return Object.fromEntries(
    ((Ulimits ?? []) as readonly Fields[]).map((limit) => [limit['Name'] as string, limit]),
  );
}

/**
 * `80` and `90-91/udp`, as compose hands on what `expose` says, are 80/tcp, 90/udp and 91/udp; each
 * has no more to it than its name.
 */
function exposedPortsOf({ ExposedPorts }: Fields): Json {
  return Object.keys(ExposedPorts ?? {})
    .flatMap((port) => {
      const [, first = '', last = first, protocol = 'tcp'] =
        /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(port) ?? [];
      const length = Number(last) - Number(first) + 1;
      return Array.from({ length }, (_, index) => `${Number(first) + index}/${protocol}`);
    })
    .filter((port, index, all) => all.indexOf(port) === index)
    .sort();
}

/** A variable is found by its name, wherever it stands. */
function environmentOf({ Env }: Fields): Json {
  return Object.fromEntries(
    ((Env ?? []) as readonly string[]).map((variable) => {
      const at = variable.indexOf('=');
      return at < 0 ? [variable, null] : [variable.slice(0, at), variable.slice(at + 1)];
    }),
  );
}

/** By destination; `rw` and `ro` are what the field RW says, whose value is compared. */
function mountsOf(mounts: readonly Fields[]): Json {
  return Object.fromEntries(
    mounts.map((mount) => [
      mount['Destination'] as string,
      {
        ...mount,
        Mode: (mount['Mode'] as string)
          .split(',')
          .filter((word) => word !== 'rw' && word !== 'ro')
          .sort()
          .join(),
      },
    ]),
  );
}
