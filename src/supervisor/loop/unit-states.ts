/** Units of the engine as people and `status` see them. */
import { constants } from 'node:os';
import { isInactive, type UnitState, unknownState } from '../../model/ports.ts';
import { activeStateOf, type Exit, type UnitRuntime } from '../engine/state.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import type { Steps } from '../steps.ts';
import type { Clock } from './ports.ts';

export interface StateContext {
  readonly runtimes: ReadonlyMap<string, UnitRuntime>;
  readonly unitsByName: ReadonlyMap<string, LoadedUnit>;
  readonly enabledUnits: ReadonlySet<string>;
  readonly since: ActiveSince;
  /** Whether unit file or drop-ins changed on disk since they were read. */
  readonly isStale: (name: string) => boolean;
}

/** The states of the units of these names, in this order; one unit a step. */
export function* unitStates(names: readonly string[], context: StateContext): Steps<readonly UnitState[]> {
  const states = new Map<string, UnitState>();
  for (const name of new Set(names)) {
    const runtime = context.runtimes.get(name);
    if (runtime === undefined) continue;
    states.set(name, unitStateOf(runtime, context));
    yield;
  }
  return names.map((name) => states.get(name) ?? unknownState(name));
}

function unitStateOf(
  runtime: UnitRuntime,
  { unitsByName, enabledUnits, since, isStale }: StateContext,
): UnitState {
  const { config, state, result, restarts, deadline, mainExit } = runtime;
  const unit = unitsByName.get(config.name);
  const [fragmentPath = '', ...dropIns] = unit?.paths ?? [];
  return {
    name: config.name,
    loadState: config.loadState,
    activeState: activeStateOf[state],
    subState: state,
    unitFileState: fileState(config.name, unit, enabledUnits),
    result: config.type === 'service' ? result : '',
    restarts,
    since: since.of(config.name, runtime.since) ?? 0,
    fragmentPath,
    ...(mainExit && { exitStatus: exitStatus(mainExit) }),
    ...(state === 'auto-restart' && deadline !== undefined && { restartAt: since.wallTime(deadline) }),
    ...(isStale(config.name) && { needsReload: true as const }),
    ...(dropIns.length > 0 && { dropIns }),
  };
}

/**
 * Since when units have their state: by the wall clock at the time they were adopted, or first requested. Computed each
 * time, it would vary by a millisecond.
 */
export class ActiveSince {
  readonly #cache = new Map<string, { readonly since: number | undefined; readonly wall: number }>();
  /** Converts a time of the engine's clock to milliseconds since the epoch. */
  readonly wallTime: (monotonic: number) => number;

  constructor(clock: Clock) {
    this.wallTime = (monotonic) => Math.round(clock.wall() - clock.now() + monotonic);
  }

  /** @param since by the engine's clock */
  adopt(unit: string, since: number | undefined, wall: number): void {
    this.#cache.set(unit, { since, wall });
  }

  /** @returns milliseconds since the epoch; undefined where it is undefined by the engine's clock */
  of(unit: string, since: number | undefined): number | undefined {
    if (since === undefined) return undefined;
    const entry = this.#cache.get(unit);
    if (entry?.since === since) return entry.wall;
    const wall = this.wallTime(since);
    this.#cache.set(unit, { since, wall });
    return wall;
  }
}

export function isDown(state: UnitRuntime['state']): boolean {
  return isInactive(activeStateOf[state]);
}

/** Without [Install] there is nothing to enable, as systemctl(1) has it. */
function fileState(name: string, unit: LoadedUnit | undefined, enabledUnits: ReadonlySet<string>): string {
  if (unit === undefined || unit.paths.length === 0) return '';
  if (enabledUnits.has(name)) return 'enabled';
  return isInstallable(unit) ? 'disabled' : 'static';
}

export function isInstallable({ install }: LoadedUnit): boolean {
  return Object.values(install).some((names) => names.length > 0);
}

function exitStatus(exit: Exit): number {
  if (exit.kind === 'exited') return exit.code;
  return Object.hasOwn(constants.signals, exit.signal)
    ? constants.signals[exit.signal as keyof typeof constants.signals]
    : 0;
}
