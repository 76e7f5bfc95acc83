/** A unit file as the supervisor reads it: the part the engine decides by, and the part the loop runs commands by. */
import type { UnitConfig } from '../engine/unit-config.ts';

export interface LoadedUnit {
  readonly config: UnitConfig;
  /** Paths of the unit file and its drop-ins, in the order they were read; [] for one that has no file. */
  readonly paths: readonly string[];
  /** Identifies the contents when they were read, to detect a change on disk; '' for a unit without a file. */
  readonly fingerprint: string;
  /** Of a service; absent for other units. */
  readonly execution?: ExecutionContext;
  /** Condition*= and Assert*=, in order. */
  readonly conditions: readonly Condition[];
  /** What [Install] asks for once the unit is enabled. */
  readonly install: {
    readonly wantedBy: readonly string[];
    readonly requiredBy: readonly string[];
    readonly upheldBy: readonly string[];
    /** Units to be enabled and disabled with this one. */
    readonly also: readonly string[];
  };
  /** StopPropagatedFrom=, which becomes part of the config of the units it names. */
  readonly stopPropagatedFrom: readonly string[];
  /** DefaultDependencies=: of what systemd would add, only the order of targets matters here. */
  readonly defaultDependencies: boolean;
  /** Fields of [X-Dockunit]; empty for a unit that is not dockunit's. */
  readonly dockunit: ReadonlyMap<string, string>;
}

/** The execution settings of a service's commands; systemd.exec(5). */
export interface ExecutionContext {
  /** Environment= after unquoting and specifiers, in order; later ones win. */
  readonly environment: ReadonlyMap<string, string>;
  /** `NAME` or `NAME=value`: variables removed from the commands' environment, wherever they come from. */
  readonly unsetEnvironment: readonly string[];
  /** EnvironmentFile=, read again before each command; parseEnvironmentFile(). The paths may be patterns of glob(7). */
  readonly environmentFiles: readonly { readonly path: string; readonly optional: boolean }[];
  /** The path is absolute, or `~`: the home directory of the user. */
  readonly workingDirectory?: { readonly path: string; readonly optional: boolean };
  readonly user?: string;
  readonly group?: string;
  /** SupplementaryGroups=, by name or number; absent where there are none. */
  readonly supplementaryGroups?: readonly string[];
  readonly umask?: number;
  /** The name of the container that ExecStart= keeps in the foreground by a docker client; runs without the client. */
  readonly container?: string;
}

/** One Condition or Assert line; systemd.unit(5). */
export interface Condition {
  readonly assert: boolean;
  readonly test: ConditionTest;
  /** After `|`: one of these is enough. */
  readonly triggering: boolean;
  /** After `!`. */
  readonly isNegated: boolean;
  readonly parameter: string;
}

/** The tests that the supervisor can make; it reports others when it reads the unit. */
export const conditionTests = [
  'PathExists',
  'PathExistsGlob',
  'PathIsDirectory',
  'PathIsSymbolicLink',
  'PathIsMountPoint',
  'PathIsReadWrite',
  'DirectoryNotEmpty',
  'FileNotEmpty',
  'FileIsExecutable',
  'User',
  'Host',
  'KernelCommandLine',
  'Environment',
  'FirstBoot',
] as const;
export type ConditionTest = (typeof conditionTests)[number];
