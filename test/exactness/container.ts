/**
 * A container as the tests speak of it: what a Compose service asks for, what a `docker create`
 * command line asks for, and what `docker inspect` says was made all become one of these.
 */
export interface Container {
  readonly name: string;
  readonly image: string;
  /** Whether the image's own entrypoint is put aside; `argv` then begins with the program. */
  readonly replacesEntrypoint: boolean;
  /** Entrypoint and command in a row: what reaches execve(2). */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostname?: string;
  readonly user?: string;
  readonly workingDir?: string;
  readonly stopSignal?: string;
  /** Seconds. */
  readonly stopTimeout?: number;
  readonly init?: boolean;
  readonly readOnly?: boolean;
  readonly privileged?: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly devices: readonly { readonly host: string; readonly inside: string; readonly access: string }[];
  readonly ulimits: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  /** Bytes. */
  readonly shmSize?: number;
  /** Path → options. */
  readonly tmpfs: Readonly<Record<string, string>>;
  /** By target. */
  readonly mounts: Readonly<Record<string, Mounted>>;
  readonly ports: readonly PublishedPort[];
  readonly dns: readonly string[];
  /** Host → address. */
  readonly extraHosts: Readonly<Record<string, string>>;
  readonly health?: Health;
  readonly logDriver?: string;
  readonly logOptions: Readonly<Record<string, string>>;
  /** Options that nothing else is made of: name → values. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  readonly network: string;
  readonly aliases: readonly string[];
}

export interface Mounted {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** Path or volume name; absent for a tmpfs. */
  readonly source?: string;
  readonly readOnly: boolean;
  readonly propagation?: string;
  readonly selinux?: string;
  readonly noCopy: boolean;
  readonly subpath?: string;
  /** Bytes. */
  readonly size?: number;
  readonly mode?: number;
}

export interface PublishedPort {
  /** Empty for all addresses. */
  readonly hostIp: string;
  /** Empty for any free port. */
  readonly hostPort: string;
  /** `80/tcp` */
  readonly inside: string;
}

export interface Health {
  readonly disabled: boolean;
  /** What the shell is given, or the program and its arguments. */
  readonly test?: { readonly shell: string } | { readonly argv: readonly string[] };
  /** Microseconds. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly retries?: number;
}

/** What a service that says nothing asks for. */
export const emptyContainer = {
  replacesEntrypoint: false,
  argv: [],
  environment: {},
  labels: {},
  capAdd: [],
  capDrop: [],
  devices: [],
  ulimits: {},
  tmpfs: {},
  mounts: {},
  ports: [],
  dns: [],
  extraHosts: {},
  logOptions: {},
  options: {},
} satisfies Partial<Container>;
