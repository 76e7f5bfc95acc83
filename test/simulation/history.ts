/**
 * A random history as data: units, what is done to them and when, and how news of them arrive. It can be
 * written down, made smaller, and played again.
 */
import type { Behaviour } from '../../src/simulate/behaviour.ts';
import type { JobMode, RequestVerb, UnitMemory } from '../../src/supervisor/engine/protocol.ts';
import type { Exit, RulesVersion } from '../../src/supervisor/engine/state.ts';
import {
  type Dependencies,
  type DependencyKind,
  type ExecPhase,
  type ServiceConfig,
  type UnitConfig,
  dependencyKinds,
  execPhases,
} from '../../src/supervisor/engine/unit-config.ts';

export interface History {
  readonly rules: RulesVersion;
  readonly units: readonly Sketch[];
  /** Of an engine before this one, told to it as it begins. */
  readonly memories: readonly { readonly unit: string; readonly memory: UnitMemory }[];
  readonly actions: readonly Action[];
  /** Of the n-th news, if it is not to arrive at once and once: when, in ms, each time it does. */
  readonly news: Readonly<Record<number, readonly number[]>>;
}

/** Says only what is not as in `plainService`. */
export interface Sketch {
  readonly name: string;
  readonly type: UnitConfig['type'];
  readonly dependencies?: Partial<Dependencies>;
  readonly startLimit?: UnitConfig['startLimit'];
  readonly conditions?: 'condition-unmet' | 'assert-failed';
  /** Of an external unit. */
  readonly startTimeout?: number;
  readonly service?: Partial<Omit<ServiceConfig, 'commands'>>;
  readonly commands?: Partial<Readonly<Record<ExecPhase, readonly CommandSketch[]>>>;
}

export interface CommandSketch {
  readonly ignoreFailure?: boolean;
  /** What it does each time it is run, over and over. */
  readonly does: readonly Behaviour[];
}

/** `at`: ms since the engine began. */
export type Action = { readonly at: number } & (
  | { readonly do: 'request'; readonly verb: RequestVerb; readonly unit: string; readonly mode?: JobMode }
  | { readonly do: 'reset-failed' | 'ready'; readonly unit: string }
  | { readonly do: 'crash'; readonly unit: string; readonly exit: Exit }
  | { readonly do: 'external'; readonly unit: string; readonly active: boolean }
  | { readonly do: 'reload'; readonly units: readonly Sketch[] }
  /** News nobody should send: of a process that may be long gone, or may not be there yet. */
  | { readonly do: 'stray'; readonly event: 'executed' | 'exited' | 'group-gone'; readonly process: number }
  | { readonly do: 'tick' | 'inspect' }
);

const plainService: Omit<ServiceConfig, 'commands'> = {
  type: 'simple',
  restart: 'no',
  restartMode: 'normal',
  restartSec: 100,
  restartSteps: 0,
  restartMaxDelaySec: Infinity,
  timeoutStartSec: 90_000,
  timeoutStopSec: 90_000,
  runtimeMaxSec: Infinity,
  remainAfterExit: false,
  successExitStatus: { codes: new Set(), signals: new Set() },
  restartPreventExitStatus: { codes: new Set(), signals: new Set() },
  restartForceExitStatus: { codes: new Set(), signals: new Set() },
  killMode: 'control-group',
  killSignal: 'SIGTERM',
  finalKillSignal: 'SIGKILL',
  sendSigkill: true,
  sendSighup: false,
};

/** A unit as the loader would give it. */
export function unitOf(sketch: Sketch): UnitConfig {
  const { name, type, dependencies, startLimit, startTimeout, service, commands } = sketch;
  const base = {
    name,
    loadState: 'loaded',
    description: name,
    dependencies: Object.fromEntries(
      dependencyKinds.map((kind) => [kind, dependencies?.[kind] ?? []]),
    ) as unknown as Record<DependencyKind, readonly string[]>,
    startLimit: startLimit ?? { interval: 0, burst: 0 },
    hash: JSON.stringify(sketch),
  } as const;
  switch (type) {
    case 'target':
      return { ...base, type };
    case 'external':
      return { ...base, type, startTimeout: startTimeout ?? Infinity };
    case 'service':
      return {
        ...base,
        type,
        service: {
          ...plainService,
          ...service,
          commands: Object.fromEntries(
            execPhases.map((phase) => [
              phase,
              (commands?.[phase] ?? []).map(({ ignoreFailure = false }) => ({
                ...{ ignoreFailure, argv: [], literalDollar: false, privileged: false },
              })),
            ]),
          ) as unknown as ServiceConfig['commands'],
        },
      };
  }
}
