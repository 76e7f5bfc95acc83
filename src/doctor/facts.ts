/**
 * What `doctor` knows of a host, gathered before any check looks at it: plain values, so that a check
 * is a pure function of them. What could not be learnt says why.
 */
import type { HeldByContainer, Resources, Scope, UnitState } from '../model/ports.ts';
import type { Cause } from '../status/causes/cause.ts';
import type { InstalledUnit } from '../session/installed-units.ts';

/** A fact nobody could tell, and why: `docker does not answer`. */
export interface Unknown {
  readonly unknown: string;
  /** The source that gave no answer in time, or could not be asked. */
  readonly source?: Source;
}

/** Whom facts are asked of: each has a deadline of its own, and keeps none of the others waiting. */
export type Source = 'docker' | 'docker-client' | 'manager' | 'journal' | 'clock' | 'listeners' | 'disks';
export type Fact<T> = T | Unknown;

export function isUnknown(fact: unknown): fact is Unknown {
  return typeof fact === 'object' && fact !== null && 'unknown' in fact;
}

/** What went wrong and what to do, as a HostError says it. */
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
  /** Variables that lead a docker client to another engine or another login, as this process has them, and units do not. */
  readonly elsewhere: Readonly<Partial<Record<'DOCKER_HOST' | 'DOCKER_CONTEXT' | 'DOCKER_CONFIG', string>>>;
  /** What stands before a command that runs on the host: `ssh HOST `, or nothing. */
  readonly there: string;
  readonly docker: DockerFacts;
  readonly manager: ManagerFacts;
  readonly units: UnitFacts;
  /** Programs that listen on ports which our units publish. */
  readonly listeners: Fact<readonly Listener[]>;
  readonly disks: readonly Disk[];
  readonly clock: Fact<ClockFacts>;
  readonly supervisor: SupervisorFacts;
  readonly generator: GeneratorFacts;
}

export interface DockerFacts {
  /** Version of the client on $PATH; undefined where there is none. */
  readonly client: Fact<string | undefined>;
  readonly engine: Engine;
  /** Those with a label of ours: of the system's manager, or of the calling user's. */
  readonly containers: Fact<readonly LabelledContainer[]>;
  /** All there are. */
  readonly resources: Fact<Resources>;
  /** What all containers hold of the host, those of others too. */
  readonly held: Fact<readonly HeldByContainer[]>;
  /** Of the images that enabled services are made of. */
  readonly images: Fact<ReadonlyMap<string, ImageState>>;
}

/** Whether the engine that units work with answers. */
export type Engine =
  | {
      readonly state: 'answers';
      readonly version: string;
      readonly cgroupDriver: string;
      /** `1` or `2`. */
      readonly cgroupVersion: string;
      readonly liveRestore: boolean;
    }
  /** It would be started by being asked, which is not for a check to do; systemd.socket(5). */
  | { readonly state: 'asleep' }
  /** `late`: it is there, and did not answer in time. */
  | { readonly state: 'forbidden' | 'silent'; readonly said: string; readonly late?: true }
  /** Only a client process could ask it: DOCKER_HOST names ssh, or TCP with TLS. */
  | { readonly state: 'remote' };

export interface LabelledContainer {
  readonly name: string;
  /** Of the label dockunit.unit. */
  readonly unit: string;
  /** `no`, `always`, `unless-stopped`, `on-failure`. */
  readonly restartPolicy: string;
}

/**
 * `here` on the disk; else what its registry says, asked by the engine itself with the credentials of the
 * unit that would pull it: `offered`, `refused` (it wants another login, or has no such image), `absent`,
 * `unreachable`. `missing`: it was not asked.
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
  /** Major version of systemd, or of the one whose rules the supervisor follows. */
  readonly version: Fact<number>;
  /** Present where it cannot be asked. */
  readonly failing?: Failing;
  /** Of units of ours and all they name in dependencies. */
  readonly states: Fact<ReadonlyMap<string, UnitState>>;
  /** docker.service and docker.socket of the system's systemd; unknown elsewhere. */
  readonly engineUnits: Fact<ReadonlyMap<string, UnitState>>;
  /** Whether the user's manager runs without a login; loginctl(1), enable-linger. */
  readonly lingers: boolean;
}

/** How a unit fared lately, whatever it does at this moment. */
export interface Past {
  /** Why its last run or try ended; undefined where that was no fault, or nothing tells. */
  readonly cause: Cause | undefined;
  /** How often its Restart= started it again in the last minutes. */
  readonly restarts: number;
}

export interface UnitFacts {
  /** Those of ours that are in force, sorted by name. */
  readonly installed: readonly InstalledUnit[];
  /** All files by a name that a unit of ours has anywhere, in systemd's order of precedence. */
  readonly files: ReadonlyMap<string, readonly UnitFileFacts[]>;
  /** Of those that were started again lately or are not up, by name. */
  readonly pasts: Fact<ReadonlyMap<string, Past>>;
  /** The drop-ins that the manager read for units of ours, by unit. */
  readonly dropIns: ReadonlyMap<string, readonly { readonly path: string; readonly text: string }[]>;
}

export interface UnitFileFacts {
  readonly path: string;
  /** '' for a mask. */
  readonly text: string;
}

export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0`, `127.0.0.1`, `::`. */
  readonly address: string;
  readonly port: number;
  /** `nginx, process 812`; undefined where it cannot be told. */
  readonly program?: string;
}

export interface Disk {
  /** `engine` images and containers; `files` units, journals, logs: small ones. */
  readonly use: 'engine' | 'files';
  /** What it is of use for: `docker’s images and containers`. */
  readonly holds: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes that others than root may write. */
  readonly free: number;
  /** Of inodes, 0 to 1; 1 where the file system does not count them. */
  readonly freeInodes: number;
}

interface ClockFacts {
  readonly synchronised: boolean;
  /** A container has the clock of its host, and can do nothing about it. */
  readonly ofAnotherHost: boolean;
}

export interface SupervisorFacts {
  /** Process of the supervisor of this scope; undefined where none runs. */
  readonly pid: Fact<number | undefined>;
  /** Files by which an init starts one at boot. */
  readonly hooks: readonly string[];
  /** Whether PID 1 starts it by itself: dockunit-init. */
  readonly isInit: boolean;
  /** Lines that are not as they were written, by file; unknown where they may not be read. */
  readonly journals: Fact<readonly { readonly path: string; readonly bad: number }[]>;
  /** Journals that were set aside since they were damaged. */
  readonly setAside: readonly string[];
}

export interface GeneratorFacts {
  /** Compose files in /etc/dockunit. */
  readonly sources: readonly string[];
  readonly installed: boolean;
  /** Programs that it runs, and that are not there any more. */
  readonly gone: readonly string[];
  /** What it last had to tell; `where` begins with the file. */
  readonly report: Fact<
    readonly {
      readonly severity: 'error' | 'warning';
      readonly where: string;
      readonly message: string;
      readonly remedy: string;
    }[]
  >;
}
