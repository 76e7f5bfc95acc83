/** The answer of `docker compose config --format json` → what the comparison needs to know beforehand. */
import { type Needs, projectName } from './engine.ts';

interface Resource {
  readonly name?: string;
  readonly external?: boolean;
}
interface ComposeConfig {
  readonly services?: Readonly<Record<string, ComposeService>>;
  readonly networks?: Readonly<
    Record<string, Resource & { readonly ipam?: { readonly config?: readonly unknown[] } }>
  >;
  readonly volumes?: Readonly<Record<string, Resource>>;
  readonly secrets?: Readonly<Record<string, { readonly file?: string }>>;
  readonly configs?: Readonly<Record<string, { readonly file?: string }>>;
}
interface ComposeService {
  readonly image?: string;
  readonly platform?: string;
  readonly network_mode?: string;
  readonly external_links?: readonly string[];
  readonly volumes?: readonly {
    readonly type: string;
    readonly source?: string;
    readonly bind?: { readonly create_host_path?: boolean };
  }[];
}

/** A service that is built runs an image named after project and service. */
export function imagesOf(config: string): string[] {
  return servicesOf(config).map(([name, service]) => imageOf(name, service));
}

/** Paths of the host that are mounted as they are: Docker makes no directory there. */
export function missingFilesOf(config: string): string[] {
  const { secrets = {}, configs = {} } = read(config);
  const files = [...Object.values(secrets), ...Object.values(configs)].flatMap(({ file }) => file ?? []);
  const binds = servicesOf(config).flatMap(([, { volumes = [] }]) =>
    volumes.flatMap(({ type, source, bind }) =>
      type === 'bind' && source !== undefined && bind?.create_host_path !== true ? [source] : [],
    ),
  );
  return [...new Set([...files, ...binds])];
}

export function needsOf(config: string): Needs {
  const { networks = {}, volumes = {} } = read(config);
  const external = (all: Readonly<Record<string, Resource>>): string[] =>
    Object.entries(all).flatMap(([key, { name, external: is }]) => (is === true ? [name ?? key] : []));
  const builtIn = ['bridge', 'host', 'none', 'default'];
  return {
    networks: external(networks).filter((name) => !builtIn.includes(name)),
    volumes: external(volumes),
    files: missingFilesOf(config),
    containers: [...new Set(servicesOf(config).flatMap(([, service]) => foreignContainersOf(service)))],
    platforms: servicesOf(config).flatMap(([name, service]) =>
      service.platform === undefined ? [] : [{ image: imageOf(name, service), platform: service.platform }],
    ),
  };
}

/** Docker's names of the networks for which the file says a subnet. */
export function subnettedIn(config: string): ReadonlySet<string> {
  const { networks = {} } = read(config);
  return new Set(
    Object.entries(networks).flatMap(([key, { name, ipam }]) =>
      (ipam?.config ?? []).length > 0 ? [name ?? key] : [],
    ),
  );
}

function servicesOf(config: string): [string, ComposeService][] {
  return Object.entries(read(config).services ?? {});
}

function foreignContainersOf({ network_mode = '', external_links = [] }: ComposeService): string[] {
  const joined = /^container:(.+)$/.exec(network_mode)?.[1];
  return [
    ...(joined === undefined ? [] : [joined]),
    ...external_links.map((link) => link.replace(/:.*/, '')),
  ];
}

function imageOf(service: string, { image }: ComposeService): string {
  return image ?? `${projectName}-${service}`;
}

function read(config: string): ComposeConfig {
  return JSON.parse(config) as ComposeConfig;
}
