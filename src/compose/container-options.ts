/**
 * Keys of a service that correspond, more or less, to one option of `docker create` each. As in Service, a property is
 * absent where the file does not contain its key.
 */
import type { ServiceKey } from './keys.ts';

export interface ContainerOptions {
  readonly annotations?: ReadonlyMap<string, string>;
  readonly blkioConfig?: BlkioConfig;
  readonly cgroup?: 'host' | 'private';
  readonly cgroupParent?: string;
  /** Microseconds, as the quota and the two of realtime scheduling. */
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuRtPeriod?: number;
  readonly cpuRtRuntime?: number;
  /** A relative weight. */
  readonly cpuShares?: number;
  /** `cpus` in billionths of a processor. */
  readonly nanoCpus?: number;
  /** `0-3,5` */
  readonly cpuset?: string;
  /** `c 1:3 mr` */
  readonly deviceCgroupRules?: readonly string[];
  readonly dnsOptions?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly domainname?: string;
  /** `80`, `80/udp`, `8000-8010/tcp` */
  readonly expose?: readonly string[];
  readonly externalLinks?: readonly ExternalLink[];
  readonly gpus?: readonly GpuRequest[];
  readonly groupAdd?: readonly string[];
  readonly ipc?: NamespaceMode;
  readonly macAddress?: string;
  /** Bytes, as the reservation and the limit with swap, of which -1 is unlimited. */
  readonly memLimit?: number;
  readonly memReservation?: number;
  readonly memswapLimit?: number;
  /** Per cent. */
  readonly memSwappiness?: number;
  /** In place of networks: `bridge`, `host`, `none`, a network of Docker, or that of another container. */
  readonly networkMode?: NamespaceMode;
  readonly oomKillDisable?: boolean;
  readonly oomScoreAdj?: number;
  readonly pid?: NamespaceMode;
  /** -1 is unlimited. */
  readonly pidsLimit?: number;
  /** `linux/arm64/v8` */
  readonly platform?: string;
  readonly runtime?: string;
  /** In Docker's form; the file of a seccomp profile by its absolute path. */
  readonly securityOpt?: readonly string[];
  readonly stdinOpen?: boolean;
  readonly storageOpt?: ReadonlyMap<string, string>;
  readonly sysctls?: ReadonlyMap<string, string>;
  readonly tty?: boolean;
  readonly usernsMode?: string;
  readonly uts?: 'host';
  readonly volumesFrom?: readonly VolumesFrom[];
}

/** A namespace in Docker's own form, or shared with a service of the project or any container. */
export type NamespaceMode =
  | { readonly kind: 'mode'; readonly mode: string }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'container'; readonly container: string };

/** The keys whose value is a NamespaceMode, and the property each is read into. */
export const namespaceKeys = {
  ipc: 'ipc',
  network_mode: 'networkMode',
  pid: 'pid',
} as const satisfies Partial<Record<ServiceKey, keyof ContainerOptions>>;

export interface BlkioConfig {
  /** 10 to 1000. */
  readonly weight?: number;
  readonly weightDevice: readonly { readonly path: string; readonly weight: number }[];
  /** Bytes a second. */
  readonly deviceReadBps: readonly DeviceRate[];
  readonly deviceWriteBps: readonly DeviceRate[];
  /** Operations a second. */
  readonly deviceReadIops: readonly DeviceRate[];
  readonly deviceWriteIops: readonly DeviceRate[];
}

export interface DeviceRate {
  readonly path: string;
  readonly rate: number;
}

export interface ExternalLink {
  readonly container: string;
  readonly alias: string;
}

export interface GpuRequest {
  readonly driver?: string;
  /** Either a number of devices or their ids. */
  readonly devices: number | 'all' | { readonly ids: readonly string[] };
  /** Without `gpu`, which is implied. */
  readonly capabilities: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

export interface VolumesFrom {
  readonly from: Exclude<NamespaceMode, { kind: 'mode' }>;
  readonly access?: 'ro' | 'rw';
}
