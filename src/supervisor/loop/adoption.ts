/**
 * Decides what a new supervisor does with what it finds: which units keep their state, which start and which stop.
 * Pure.
 */
import type { UnitMemory } from '../engine/protocol.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import type { RunIdentity } from './container-runs.ts';
import type { Memory, RememberedUnit } from './memory.ts';

/** A running container of one of dockunit's units. */
export interface FoundContainer extends RunIdentity {
  readonly unit: string;
  readonly name: string;
}

export interface UnitBefore {
  /** undefined: the journal has no records of this boot. */
  readonly memory: Memory | undefined;
  /** The journal was damaged, so running units count as wanted, whatever the rest of it says. */
  readonly isDamaged: boolean;
  /** undefined: Docker does not answer, and whether containers run is unknown. */
  readonly containers: readonly FoundContainer[] | undefined;
}

export interface Adoption {
  /** In any order, since they trigger nothing. `container` is that of a unit that runs. */
  readonly rememberedUnits: readonly {
    readonly unit: string;
    readonly memory: UnitMemory;
    readonly container?: FoundContainer;
  }[];
  /** Requests to make, in this order. */
  readonly stop: readonly string[];
  readonly start: readonly string[];
  /** Messages for people. */
  readonly report: readonly string[];
}

type AdoptionStep =
  | { readonly kind: 'restore'; readonly state: UnitMemory['state']; readonly container?: FoundContainer }
  /** The unit was stopping. */
  | { readonly kind: 'stop'; readonly container: FoundContainer }
  | { readonly kind: 'start' }
  | { readonly kind: 'nothing' };

export function planAdoption(units: ReadonlyMap<string, LoadedUnit>, finding: UnitBefore): Adoption {
  const rememberedUnits: Adoption['rememberedUnits'][number][] = [];
  const stop: string[] = [];
  const start: string[] = [];
  for (const [name, unit] of units) {
    const before = finding.memory?.units.get(name);
    const step = stepOf(unit, before, finding);
    if (step.kind === 'start') start.push(name);
    if (step.kind === 'stop') stop.push(name);
    if (step.kind !== 'restore' && step.kind !== 'stop') continue;
    rememberedUnits.push({
      unit: name,
      memory: {
        state: step.kind === 'stop' ? 'running' : step.state,
        result: before?.result ?? 'success',
        restarts: before?.restarts ?? 0,
      },
      ...(step.container && { container: step.container }),
    });
  }
  const running = rememberedUnits.filter(({ container }) => container).map(({ unit }) => unit);
  return {
    rememberedUnits,
    stop: inStartOrder(stop, units).reverse(),
    start: inStartOrder(start, units),
    report: running.length === 0 ? [] : [`takes over what runs: ${running.sort().join(', ')}`],
  };
}

function stepOf(unit: LoadedUnit, before: RememberedUnit | undefined, finding: UnitBefore): AdoptionStep {
  const { config } = unit;
  if (config.type === 'external') return { kind: 'nothing' };
  const container = containerOf(unit, before, finding);
  if (container !== undefined) {
    if (before === undefined || finding.isDamaged) return { kind: 'restore', state: 'running', container };
    if (!before.wanted) return { kind: 'stop', container };
    return isHalfStarted(unit, before) ? { kind: 'start' } : { kind: 'restore', state: 'running', container };
  }
  if (before === undefined) return { kind: 'nothing' };
  if (before.activeState === 'failed') return { kind: 'restore', state: 'failed' };
  if (before.activeState === 'active' && (config.type === 'target' || before.subState === 'exited'))
    return { kind: 'restore', state: config.type === 'target' ? 'running' : 'exited' };
  return before.wanted ? { kind: 'start' } : { kind: 'nothing' };
}

/** Its running container; while Docker is away, the one that the journal knows. */
function containerOf(
  { config, execution }: LoadedUnit,
  before: RememberedUnit | undefined,
  { containers }: UnitBefore,
): FoundContainer | undefined {
  const name = execution?.container;
  if (name === undefined) return undefined;
  if (containers !== undefined)
    return containers.find((container) => container.unit === config.name && container.name === name);
  if (before?.subState !== 'running' || before.container === undefined) return undefined;
  return { ...before.container, unit: config.name, name };
}

/** The container runs, but the commands after its start may not have run. */
function isHalfStarted({ config }: LoadedUnit, { subState }: RememberedUnit): boolean {
  if (subState === 'condition' || subState === 'start-pre') return true;
  // The first one is the command that waits for the container.
  const following = config.type === 'service' ? config.service.commands['start-post'].slice(1) : [];
  return (subState === 'start' || subState === 'start-post') && following.length > 0;
}

/** Sorts the units so that each comes after those it is ordered after, else by name. Breaks cycles anywhere. */
export function inStartOrder(names: readonly string[], units: ReadonlyMap<string, LoadedUnit>): string[] {
  const before = new Map<string, Set<string>>();
  const add = (unit: string, other: string): void => {
    before.set(unit, (before.get(unit) ?? new Set()).add(other));
  };
  for (const [name, { config }] of units) {
    for (const other of config.dependencies.After) add(name, other);
    for (const other of config.dependencies.Before) add(other, name);
  }
  const nameSet = new Set(names);
  const order: string[] = [];
  const visits = new Set<string>();
  const visit = (name: string): void => {
    if (visits.has(name)) return;
    visits.add(name);
    for (const other of [...(before.get(name) ?? [])].sort()) visit(other);
    if (nameSet.has(name)) order.push(name);
  };
  for (const name of [...nameSet].sort()) visit(name);
  return order;
}
