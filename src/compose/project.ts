/**
 * The Project: a Compose file read, interpolated, merged and normalised. Every optional field is absent when the file
 * does not contain the key; the compiler chooses the defaults. Durations are microseconds and sizes bytes, both
 * integers.
 */
import type { Position } from '../model/diagnostic.ts';
import type { ContainerOptions } from './container-options.ts';
import type { ServiceKey } from './keys.ts';

export interface Project {
  /** Normalised as Compose does: lower case, [a-z0-9_-], starting with a letter or digit. */
  readonly name: string;
  /** Whether the user gave the name (`name:`, -p, COMPOSE_PROJECT_NAME) rather than the directory. */
  readonly isNamed: boolean;
  /** Absolute; relative paths of the specification are already resolved against it. */
  readonly directory: string;
  /** The Compose files as read, in merge order. */
  readonly files: readonly string[];
  readonly services: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, Network>;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly configs: ReadonlyMap<string, FileObject>;
  readonly secrets: ReadonlyMap<string, FileObject>;
  /** `x-systemd:` at the top: applies to every container unit, before a service's own; and to the slice. */
  readonly systemd: SystemdExtension & Readonly<Record<'Slice', readonly UserDirective[]>>;
  /** Position of a path such as `services.web.ports[0]`, or of its nearest ancestor in the file. */
  where(path: string): Position | undefined;
}

export interface Service extends ContainerOptions {
  readonly name: string;
  /** The keys in the file for this service, so that the compiler can report those it does not honour. */
  readonly keys: readonly ServiceKey[];
  readonly image?: string;
  readonly build?: Build;
  /** Absent or null: the image's own. Empty: none. A string in the specification is split as a shell would. */
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** env_file and environment merged and resolved; null removes a variable of the image. */
  readonly environment: ReadonlyMap<string, string | null>;
  readonly ports: readonly Port[];
  readonly volumes: readonly Mount[];
  readonly configs: readonly FileReference[];
  readonly secrets: readonly FileReference[];
  /** Network key → attachment; `default` is filled in when the service names none. */
  readonly networks: ReadonlyMap<string, NetworkAttachment>;
  readonly links: readonly ServiceLink[];
  /** Includes the dependencies that other keys imply (implied-dependencies.ts). */
  readonly dependsOn: ReadonlyMap<string, Dependency>;
  readonly restart?: ComposeRestartPolicy;
  /** A job of `deploy.mode`: each of its containers runs to its end once. */
  readonly isJob?: boolean;
  readonly containerName?: string;
  /** How many containers; absent: one. */
  readonly scale?: number;
  /** `deploy.placement.constraints`. */
  readonly placement?: readonly PlacementConstraint[];
  /** The number of this container among several, from 1; set where the service is split into them. */
  readonly replica?: number;
  readonly hostname?: string;
  readonly user?: string;
  readonly workingDir?: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly healthcheck?: Healthcheck;
  readonly stopSignal?: string;
  /** Microseconds. */
  readonly stopGracePeriod?: number;
  readonly pullPolicy?: PullPolicy;
  readonly postStart?: readonly Hook[];
  readonly preStop?: readonly Hook[];
  readonly init?: boolean;
  readonly readOnly?: boolean;
  /** `/run` or `/run:size=64m,mode=1777`. */
  readonly tmpfs: readonly string[];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly privileged?: boolean;
  /** `/dev/ttyUSB0:/dev/ttyUSB0:rwm`; permissions may be absent. */
  readonly devices: readonly string[];
  readonly extraHosts: readonly ExtraHost[];
  readonly dns: readonly string[];
  readonly ulimits: ReadonlyMap<string, Ulimit>;
  /** Bytes. */
  readonly shmSize?: number;
  readonly logging?: Logging;
  readonly systemd: SystemdExtension;
  readonly dockunit: DockunitExtension;
}

/** `node.hostname == web1`; with `!=` it is not `equal`. */
export interface PlacementConstraint {
  readonly attribute: string;
  readonly equal: boolean;
  readonly value: string;
  /** In the list. */
  readonly index: number;
}

/** One published or exposed port; ranges are already expanded pairwise where both sides are ranges of one length. */
export interface Port {
  readonly hostIp?: string;
  /** A port or a range `8000-8010` from which Docker picks; absent: any free port. */
  readonly published?: string;
  readonly target: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

export type Mount =
  | {
      readonly type: 'bind';
      /** Absolute path on the host. */
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly createHostPath: boolean;
      readonly propagation?: string;
      readonly selinux?: 'z' | 'Z';
      /** Which mounts below the source are included; absent: all, read-only ones as far as the kernel can. */
      readonly recursive?: 'disabled' | 'writable' | 'readonly';
    }
  | {
      readonly type: 'volume';
      /** Key under the top-level `volumes`; absent: an anonymous volume. */
      readonly source?: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly noCopy: boolean;
      readonly subpath?: string;
      /** Labels of the volume, where the mount creates it. */
      readonly labels?: ReadonlyMap<string, string>;
    }
  | {
      readonly type: 'image';
      /** Reference of the image. */
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly subpath?: string;
    }
  | {
      readonly type: 'tmpfs';
      readonly target: string;
      readonly readOnly: boolean;
      /** Bytes. */
      readonly size?: number;
      /** File mode bits, e.g. 0o1777. */
      readonly mode?: number;
    };

export interface NetworkAttachment {
  readonly aliases: readonly string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly linkLocalIps: readonly string[];
  readonly macAddress?: string;
  readonly driverOpts?: ReadonlyMap<string, string>;
  /** Name of the interface in the container: `eth1`. */
  readonly interfaceName?: string;
  /** Higher connects first; the default is 0. */
  readonly priority: number;
  /** The network with the highest value provides the default gateway; the default is 0. */
  readonly gwPriority?: number;
}

export interface ServiceLink {
  readonly service: string;
  readonly alias: string;
}

export type DependencyCondition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

export interface Dependency {
  readonly condition: DependencyCondition;
  readonly required: boolean;
  readonly restart: boolean;
}

export type ComposeRestartPolicy =
  | { readonly policy: 'no' }
  | ({ readonly policy: 'always' | 'unless-stopped' | 'on-failure' } & RestartPacing);

/** From `deploy.restart_policy`; `on-failure:RETRIES` only sets the retries. */
export interface RestartPacing {
  readonly retries?: number;
  /** Microseconds between two starts. */
  readonly delay?: number;
  /** Microseconds within which retries are counted; absent: no limit. */
  readonly window?: number;
}

/** A command that runs in the container besides its program; absent fields are those of the program. */
export interface Hook {
  /** Empty where the specification names no program. */
  readonly command: readonly string[];
  readonly user?: string;
  readonly privileged: boolean;
  readonly workingDir?: string;
  /** Besides the container's own; null removes one of those. */
  readonly environment: ReadonlyMap<string, string | null>;
}

export type PullPolicy = 'always' | 'build' | 'missing' | 'never';

export interface Build {
  /** An absolute path, or an address that docker fetches. */
  readonly context: string;
  /** Absolute, except for a fetched context. */
  readonly dockerfile?: string;
  /** The Dockerfile itself. */
  readonly inline?: string;
  readonly args: ReadonlyMap<string, string>;
  readonly target?: string;
  readonly network?: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly extraHosts: readonly ExtraHost[];
  /** Bytes. */
  readonly shmSize?: number;
  /** Agents or keys: without a path, the agent that SSH_AUTH_SOCK names. */
  readonly ssh: readonly { readonly id: string; readonly path?: string }[];
  /** The id by which a Dockerfile mounts it, and its key under the top-level `secrets`. */
  readonly secrets: readonly { readonly id: string; readonly source: string }[];
  readonly tags: readonly string[];
  readonly pull: boolean;
  readonly noCache: boolean;
  readonly platforms: readonly string[];
  /** Further contexts by name: a directory, an address, or `service:NAME` for the image of another service. */
  readonly contexts: ReadonlyMap<string, string>;
  readonly entitlements: readonly string[];
  readonly ulimits: ReadonlyMap<string, Ulimit>;
}

export type Healthcheck =
  | { readonly disable: true }
  | {
      readonly disable: false;
      /** Absent: the image's own test with the timing below. */
      readonly test?:
        | { readonly form: 'exec'; readonly argv: readonly string[] }
        | { readonly form: 'shell'; readonly command: string };
      /** Microseconds. */
      readonly interval?: number;
      readonly timeout?: number;
      readonly startPeriod?: number;
      readonly startInterval?: number;
      readonly retries?: number;
    };

export interface ExtraHost {
  readonly host: string;
  /** An address or `host-gateway`. */
  readonly address: string;
}

/** -1 is unlimited. */
export interface Ulimit {
  readonly soft: number;
  readonly hard: number;
}

export interface Logging {
  readonly driver?: string;
  readonly options: ReadonlyMap<string, string>;
}

export interface Network {
  readonly key: string;
  /** Its name in Docker: `shop_default`, or the given `name:`. */
  readonly name: string;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOpts: ReadonlyMap<string, string>;
  readonly internal: boolean;
  readonly attachable: boolean;
  /** Absent: on. */
  readonly enableIpv4?: boolean;
  readonly enableIpv6: boolean;
  readonly ipam: {
    readonly driver?: string;
    readonly options: ReadonlyMap<string, string>;
    readonly pools: readonly IpamPool[];
  };
  readonly labels: ReadonlyMap<string, string>;
}

export interface IpamPool {
  readonly subnet?: string;
  readonly gateway?: string;
  readonly ipRange?: string;
  readonly auxAddresses: ReadonlyMap<string, string>;
}

/** The content of the top-level `configs` and `secrets`. */
export interface FileObject {
  readonly key: string;
  readonly from:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'content'; readonly content: string }
    | { readonly kind: 'unset-variable'; readonly variable: string }
    | { readonly kind: 'external' };
}

/** A config or secret in one service. */
export interface FileReference {
  /** Key of the section at the top. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly uid?: number;
  readonly gid?: number;
  /** File mode bits, e.g. 0o440. */
  readonly mode?: number;
}

export interface Volume {
  readonly key: string;
  readonly name: string;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOpts: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
}

/** `x-dockunit:` on a service. */
export interface DockunitExtension {
  /** The action when the container turns unhealthy; absent: nothing, as in Compose. */
  readonly onUnhealthy?: 'restart';
}

/** `x-systemd:` — per section, directives in systemd's own words and syntax, in file order. */
export interface SystemdExtension {
  readonly Unit: readonly UserDirective[];
  readonly Service: readonly UserDirective[];
  readonly Install: readonly UserDirective[];
}

export interface UserDirective {
  readonly key: string;
  /** Verbatim: never escaped again; without newline or NUL. */
  readonly value: string;
  /** Path in the specification, for diagnostics. */
  readonly path: string;
}
