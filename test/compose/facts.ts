/**
 * What an engine shows → what is compared: by service rather than by name, ids and names in the text
 * replaced by what they stand for, and lists that the engine reads as sets made maps.
 */
import type { EngineState, InspectedContainer } from './engine.ts';
import { requestedMounts } from './requested-mounts.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** `services.web#1`, `networks.corpus_default`, `volumes.corpus_data` → what is compared of it. */
export type Facts = ReadonlyMap<string, Json>;

type Fields = Readonly<Record<string, Json>>;

/** @param subnetted the engine's names of the networks for which the file says a subnet */
export function factsOf(state: EngineState, subnetted: ReadonlySet<string>): Facts {
  const labelled = labelContainers(state.containers);
  const rename = renaming(state, labelled);
  const facts = new Map<string, Json>();
  for (const [key, container] of labelled) {
    const renamed = rename(container) as Fields;
    const [config, hostConfig] = [renamed['Config'] as Fields, renamed['HostConfig'] as Fields];
    const { Binds, Mounts, ...host } = hostConfig;
    facts.set(`services.${key}`, {
      Config: { ...config, Env: environmentOf(config) },
      HostConfig: { ...host, 'Binds and Mounts': requestedMounts({ Binds, Mounts }) },
      Networks: (renamed['NetworkSettings'] as Fields)['Networks'] ?? null,
      Mounts: mountsOf(renamed['Mounts'] as readonly Fields[]),
    });
  }
  for (const network of state.networks) {
    const rest = rename(network) as Fields;
    const ipam = rest['IPAM'] as Fields;
    const config = subnetted.has(network.Name) ? (ipam['Config'] ?? null) : 'picked by the engine';
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

/** Replaces, all over a value, ids by names and the containers' names by their services. */
function renaming(
  state: EngineState,
  labelled: ReadonlyMap<string, InspectedContainer>,
): (value: unknown) => Json {
  const exact = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const [key, { Id, Name }] of labelled) {
    ids.set(Id, `<${key}>`);
    exact.set(Id.slice(0, 12), `<id of ${key}>`);
    exact.set(Name.slice(1), `<${key}>`);
  }
  for (const { Id, Name } of state.networks) ids.set(Id, `<network ${Name}>`);
  const text = (value: string): string => {
    const known = exact.get(value);
    if (known !== undefined) return known;
    const withoutIds = value.replace(/[0-9a-f]{64}/g, (id) => ids.get(id) ?? id);
    // container:NAME of a mode, /NAME:alias of a link
    return withoutIds.replace(/(?<=^container:|^\/)[a-zA-Z0-9][\w.-]+/g, (name) => exact.get(name) ?? name);
  };
  const visit = (value: unknown): Json => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
    }
    return value as Json;
  };
  return visit;
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

/** By destination; `rw` is what no mode means. */
function mountsOf(mounts: readonly Fields[]): Json {
  return Object.fromEntries(
    mounts.map((mount) => [
      mount['Destination'] as string,
      {
        ...mount,
        Mode: (mount['Mode'] as string)
          .split(',')
          .filter((word) => word !== 'rw')
          .sort()
          .join(),
      },
    ]),
  );
}
