/**
 * The facts of `doctor` about a host, gathered before any check looks at them: plain values, so that a
 * check is a pure function of them. A fact that dockunit could not read says why.
 */
import type { HeldByContainer, Resources, Scope, UnitState } from '../model/ports.ts';
import type { FailureCause } from '../status/causes/cause.ts';
import type { InstalledUnit } from '../session/installed-units.ts';

/** A fact that dockunit could not read, and why: `docker does not answer`. */
export interface Unknown {
  readonly unknown: string;
  /** The source that gave no answer in time, or that dockunit could not ask. */
  readonly source?: Source;
}

/** Sources of facts: each has a deadline of its own, and delays none of the others. */
export type Source = 'docker' | 'docker-client' | 'manager' | 'journal' | 'clock' | 'listeners' | 'disks';
export type Fact<T> = T | Unknown;

export function isUnknown(fact: unknown): fact is Unknown {
  return typeof fact === 'object' && fact !== null && 'unknown' in fact;
}

/** The error and its remedy, as in a HostError. */
export interface Failing {
  readonly message: string;
  readonly remedy: string;
}

export interface HostFacts {
  readonly scope: Scope;
  readonly uid: number;
  /** When the facts were gathered: milliseconds since the epoch. */
  readonly now: number;
  /** Login name of the calling user. */
  readonly user: string;
  /**
   * Variables that lead a docker client to another Docker or another login; as in this process, since
   * units do not have them.
   */
  readonly elsewhere: Readonly<Partial<Record<'DOCKER_HOST' | 'DOCKER_CONTEXT' | 'DOCKER_CONFIG', string>>>;
  /** The prefix of a command that runs on the host: `ssh HOST `, or nothing. */
  readonly there: string;
  readonly docker: DockerFacts;
  readonly manager: ManagerFacts;
  readonly units: InstalledFacts;
  /** Programs that listen on ports which dockunit's units publish. */
  readonly listeners: Fact<readonly ListeningPort[]>;
  readonly disks: readonly Disk[];
  readonly clock: Fact<ClockFacts>;
  readonly supervisor: SupervisorFacts;
  readonly generator: GeneratorFacts;
}

export interface DockerFacts {
  /** Version of the client on $PATH; undefined where there is none. */
  readonly client: Fact<string | undefined>;
  readonly availability: DockerAvailability;
  /** Those with a label of dockunit: of the system's manager, or of the calling user's. */
  readonly containers: Fact<readonly DockunitContainer[]>;
  /** All networks and volumes that exist. */
  readonly resources: Fact<Resources>;
  /** The resources of the host that all containers hold, those of other software included. */
  readonly holdings: Fact<readonly HeldByContainer[]>;
  /** Of the images of enabled services. */
  readonly images: Fact<ReadonlyMap<string, ImageState>>;
}

/** Whether the Docker that the units use answers. */
export type DockerAvailability =
  | {
      readonly state: 'answers';
      readonly version: string;
      readonly cgroupDriver: string;
      /** `1` or `2`. */
      readonly cgroupVersion: string;
      readonly liveRestore: boolean;
    }
  /** A question would start it, and a check must not do that; systemd.socket(5). */
  | { readonly state: 'asleep' }
  /** `late`: it is there, but did not answer in time. */
  | { readonly state: 'forbidden' | 'silent'; readonly said: string; readonly late?: true }
  /** Only a client process could ask it: DOCKER_HOST names ssh, or TCP with TLS. */
  | { readonly state: 'remote' };

export interface DockunitContainer {
  readonly name: string;
  /** Of the label dockunit.unit. */
  readonly unit: string;
  /** `no`, `always`, `unless-stopped`, `on-failure`. */
  readonly restartPolicy: string;
}

/**
 * `here` on the disk; else the answer of its registry, which Docker itself asks with the credentials of
 * the unit that would pull the image: `offered`, `refused` (it requires another login, or has no such
 * image), `absent`, `unreachable`. `missing`: the registry was not asked.
 */
export type ImageState =
  | { readonly state: 'here' | 'offered' | 'missing' }
  | { readonly state: 'absent' | 'unreachable'; readonly said: string }
  /** `config` is the directory of docker's config.json that the unit reads. */
  | { readonly state: 'refused'; readonly said: string; readonly config?: string };

export interface ManagerFacts {
  readonly kind: 'systemd' | 'supervisor';
  /** Whether systemd is this host's init; sd_booted(3). */
  readonly systemdRuns: boolean;
  /** Major version of systemd, or of the systemd whose rules the supervisor follows. */
  readonly version: Fact<number>;
  /** Present where dockunit cannot ask it. */
  readonly failing?: Failing;
  /** Of dockunit's units and all that they name in dependencies. */
  readonly states: Fact<ReadonlyMap<string, UnitState>>;
  /** docker.service and docker.socket of the system's systemd; unknown elsewhere. */
  readonly dockerUnits: Fact<ReadonlyMap<string, UnitState>>;
  /** Whether the user's manager runs without a login; loginctl(1), enable-linger. */
  readonly lingers: boolean;
}

/** The recent history of a unit, independent of its state at this moment. */
export interface Past {
  /** Why its last run or try ended; undefined where that was no failure, or no cause is known. */
  readonly cause: FailureCause | undefined;
  /** How often its Restart= started it again in the last minutes. */
  readonly restarts: number;
}

export interface InstalledFacts {
  /** dockunit's units that are in force, sorted by name. */
  readonly installedUnits: readonly InstalledUnit[];
  /** All files that have the name of one of dockunit's units anywhere, in systemd's order of precedence. */
  readonly files: ReadonlyMap<string, readonly UnitFileFacts[]>;
  /** Of those that systemd restarted recently or that are not up, by name. */
  readonly pasts: Fact<ReadonlyMap<string, Past>>;
  /** The drop-ins that the manager read for dockunit's units, by unit. */
  readonly dropIns: ReadonlyMap<string, readonly { readonly path: string; readonly text: string }[]>;
}

export interface UnitFileFacts {
  readonly path: string;
  /** '' for a mask. */
  readonly text: string;
}

export interface ListeningPort {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0`, `127.0.0.1`, `::`. */
  readonly address: string;
  readonly port: number;
  /** `nginx, process 812`; undefined where dockunit cannot find it out. */
  readonly program?: string;
}

export interface Disk {
  /** `docker` images and containers; `files` units, journals, logs: small ones. */
  readonly use: 'docker' | 'files';
  /** What the directory holds: `docker’s images and containers`. */
  readonly holds: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes that users other than root may write. */
  readonly free: number;
  /** Of inodes, 0 to 1; 1 where the file system does not count them. */
  readonly freeInodes: number;
}

interface ClockFacts {
  readonly isSynchronised: boolean;
  /** A container has the clock of its host, and cannot change it. */
  readonly ofAnotherHost: boolean;
}

export interface SupervisorFacts {
  /** Process of the supervisor of this scope; undefined where none runs. */
  readonly pid: Fact<number | undefined>;
  /** Files by which an init starts a supervisor at boot. */
  readonly hooks: readonly string[];
  /** Whether PID 1 starts it by itself: dockunit-init. */
  readonly isInit: boolean;
  /** Lines that were changed or damaged after they were written, by file; unknown where they are not readable. */
  readonly journals: Fact<readonly { readonly path: string; readonly bad: number }[]>;
  /** Damaged journals that the supervisor has moved aside. */
  readonly setAside: readonly string[];
}

export interface GeneratorFacts {
  /** Compose files in /etc/dockunit. */
  readonly sources: readonly string[];
  readonly isInstalled: boolean;
  /** Programs that it runs and that no longer exist. */
  readonly missingPrograms: readonly string[];
  /** Its last report; `where` begins with the file. */
  readonly report: Fact<
    readonly {
      readonly severity: 'error' | 'warning';
      readonly where: string;
      readonly message: string;
      readonly remedy: string;
    }[]
  >;
}
