/**
 * Changes + running units → what `apply` does, as data: files to write and to remove, links, jobs, and the
 * reason for each job. Pure.
 */
import { type ActiveState, isInactive } from '../model/ports.ts';
import { closureOf } from '../graph/closure.ts';
import type { Graph } from '../graph/build.ts';
import { buildGraph } from '../graph/build.ts';
import type { UnitKind, UnitSet } from '../units/unit-set.ts';
import { namesOf } from '../units/unit-set.ts';
import type { Installation, UnitChange } from './compare-units.ts';
import type { Drift } from './drift.ts';
import type { Detail } from './unit-diff.ts';
import { strongestNeed } from './unit-diff.ts';

/** The manager's facts about a unit. */
export interface ManagedState {
  readonly activeState: ActiveState;
  readonly isEnabled: boolean;
}

export interface ApplyFacts {
  readonly installation: Installation;
  readonly set: UnitSet;
  /** Of compareUnits(installed, wanted). */
  readonly changes: readonly UnitChange[];
  readonly drift: readonly Drift[];
  /** By unit; those absent are inactive and not enabled. */
  readonly states: ReadonlyMap<string, ManagedState>;
  /** Whether orphans may be removed. */
  readonly prune: boolean;
  /** Whether the first apply was interrupted, or failed, before everything that it was to start ran. */
  readonly isUnstarted?: boolean;
}

/** Why a unit is restarted. */
export type Reason =
  | { readonly kind: 'changed'; readonly details: readonly Detail[] }
  | { readonly kind: 'drift'; readonly drift: Drift };

export interface Restart {
  readonly unit: string;
  readonly because: readonly Reason[];
  /** Units that go down and come up with it by Requires= and PartOf=, systemd.unit(5); in that order. */
  readonly follows: readonly string[];
}

export interface Plan {
  readonly project: string;
  /** No unit of the project has been installed before. */
  readonly first: boolean;
  /** Unit files and files beside them that are written; names, sorted. */
  readonly write: readonly string[];
  /** The same, removed. */
  readonly remove: readonly string[];
  /** Units whose links of `enable` are removed, recreated, made. */
  readonly disable: readonly string[];
  readonly reenable: readonly string[];
  readonly enable: readonly string[];
  /** Stopped before any file is written: the files that are removed hold their stop commands. */
  readonly stop: readonly string[];
  readonly restart: readonly Restart[];
  readonly start: readonly string[];
  /**
   * Networks whose unit is removed: the network itself is removed too, once it is not in use. Names of
   * units.
   */
  readonly networks: readonly string[];
  /** Units no longer wanted that stay, since the user did not consent to their removal. */
  readonly orphans: readonly string[];
  /** Services that are stopped, and stay stopped although their units change or are new. */
  readonly stays: readonly string[];
  /** Volumes whose unit changes or is removed: they keep their data and options. Names of units. */
  readonly kept: readonly string[];
}

/** What `apply` does to a unit, by its kind and by its differences. */
type Act = 'start' | 'start-with-service' | 'restart' | 'stop' | 'discard' | 'keep' | 'nothing';

/**
 * Networks, volumes, images and gates start with the units that need them. When dockunit recreates a
 * network, it restarts the services that use it. It never touches a volume: volumes hold the user's data.
 */
const acts = {
  container: { added: 'start', changed: 'restart', removed: 'stop' },
  watch: { added: 'start-with-service', changed: 'restart', removed: 'stop' },
  network: { added: 'nothing', changed: 'restart', removed: 'discard' },
  volume: { added: 'nothing', changed: 'keep', removed: 'keep' },
  image: { added: 'nothing', changed: 'nothing', removed: 'nothing' },
  gate: { added: 'nothing', changed: 'nothing', removed: 'nothing' },
  slice: { added: 'nothing', changed: 'nothing', removed: 'nothing' },
  target: { added: 'nothing', changed: 'nothing', removed: 'nothing' },
} as const satisfies Record<UnitKind, Record<Exclude<UnitChange['change'], 'same'>, Act>>;

/**
 * The steps that replace the installed units with the wanted ones, and make the running containers match
 * them.
 */
export function planApply(facts: ApplyFacts): Plan {
  const { installation, set, changes, states, prune, isUnstarted = false } = facts;
  const going = changes.filter((change) => change.change === 'removed' && (prune || !change.orphan));
  const removals = new Set(going.map(({ unit }) => unit));
  const target = set.units.find(({ kind }) => kind === 'target')?.name;
  const first = installation.units.length === 0 || (isUnstarted && !runsAtBoot(facts, target));
  const act = (wish: Act): readonly UnitChange[] =>
    changes.filter((change) => {
      if (change.change === 'same' || (change.change === 'removed' && !removals.has(change.unit)))
        return false;
      return acts[change.kind][change.change] === wish;
    });
  const restart = planRestarts(facts, buildGraph(set));
  const additions = act('start').map(({ unit }) => unit);
  const idle = isIdle(facts);
  const start =
    idle && !first ? [] : [...(first && target !== undefined ? [target] : additions), ...watches(facts)];
  return {
    project: set.project,
    first,
    ...fileWork(facts, removals),
    disable: [...removals].filter((unit) => states.get(unit)?.isEnabled === true),
    reenable: changes.flatMap((change) =>
      change.change === 'changed' &&
      change.details.some(({ need }) => need === 'enable') &&
      states.get(change.unit)?.isEnabled === true
        ? [change.unit]
        : [],
    ),
    enable: first ? (target === undefined ? [] : [target]) : linksOfAdded(facts, additions, target, idle),
    stop: act('stop').flatMap(({ unit }) => (isDown(states.get(unit)) ? [] : [unit])),
    restart,
    start,
    networks: act('discard').map(({ unit }) => unit),
    orphans: changes.flatMap((change) =>
      change.change === 'removed' && !removals.has(change.unit) ? [change.unit] : [],
    ),
    stays: first ? [] : stayingDown(facts, start, restart),
    kept: act('keep')
      .filter((change) => change.change === 'removed' || needsOfService(change))
      .map(({ unit }) => unit),
  };
}

/** Whether there is nothing to do. Orphans that stay, and services that stay down, do not count. */
export function isEmptyPlan(plan: Plan): boolean {
  const { write, remove, disable, reenable, enable, stop, restart, start, networks } = plan;
  return [write, remove, disable, reenable, enable, stop, restart, start, networks].every(
    ({ length }) => length === 0,
  );
}

function fileWork(
  { installation, set, changes }: ApplyFacts,
  removals: ReadonlySet<string>,
): Pick<Plan, 'write' | 'remove'> {
  const changedUnits = new Set(
    changes.flatMap(({ unit, change }) => (change === 'added' || change === 'changed' ? [unit] : [])),
  );
  const before = new Map(installation.files.map((file) => [file.name, file]));
  const newFiles = set.files.filter((file) => {
    const old = before.get(file.name);
    return old?.content !== file.content || old.mode !== file.mode;
  });
  const after = new Set(set.files.map(({ name }) => name));
  const staleFiles = installation.files.filter(
    ({ name, unit }) => !after.has(name) && (removals.has(unit) || changedUnits.has(unit)),
  );
  const oldText = new Set(changes.flatMap((change) => (isTextSame(change) ? [change.unit] : [])));
  return {
    write: [
      ...[...changedUnits].filter((unit) => !oldText.has(unit)),
      ...newFiles.map(({ name }) => name),
    ].sort(),
    remove: [...removals, ...staleFiles.map(({ name }) => name)].sort(),
  };
}

/** Whether a unit differs only in the files beside it. */
function isTextSame(change: UnitChange): boolean {
  return (
    change.change === 'changed' &&
    change.details.length > 0 &&
    change.details.every(({ kind }) => kind === 'variables' || kind === 'contents')
  );
}

/**
 * Units to restart: of those that are up, or trying to be, the ones with a change that only a restart puts
 * in force, and those whose container does not match its unit. A unit that restarts along with another is
 * left out.
 */
function planRestarts({ changes, drift, states, set }: ApplyFacts, graph: Graph): readonly Restart[] {
  const reasons = new Map<string, Reason[]>();
  const add = (unit: string, reason: Reason): void => {
    if (!isStopped(states.get(unit))) reasons.set(unit, [...(reasons.get(unit) ?? []), reason]);
  };
  for (const change of changes) {
    if (change.change !== 'changed' || acts[change.kind].changed !== 'restart') continue;
    const details = change.details.filter(({ need }) => need === 'restart');
    if (strongestNeed(details) === 'restart') add(change.unit, { kind: 'changed', details });
  }
  const names = new Set(set.units.map(({ name }) => name));
  for (const entry of drift) {
    if (entry.kind !== 'edited' && names.has(entry.unit)) add(entry.unit, { kind: 'drift', drift: entry });
  }
  const following = new Map(
    [...reasons.keys()].map((unit) => [unit, followersOf(unit, graph, states)] as const),
  );
  const led = new Set([...following.values()].flat());
  return [...reasons]
    .filter(([unit]) => !led.has(unit) || states.get(unit)?.activeState !== 'active')
    .map(([unit, because]) => ({ unit, because, follows: following.get(unit) ?? [] }))
    .sort((a, b) => (a.unit < b.unit ? -1 : 1));
}

function followersOf(unit: string, graph: Graph, states: ApplyFacts['states']): readonly string[] {
  return closureOf(graph, 'restart', [unit])
    .jobs.filter((job) => job.unit !== unit && !isDown(states.get(job.unit)))
    .map((job) => job.unit);
}

/** A new watch beside a service that keeps running starts by itself. */
function watches({ changes, states, set }: ApplyFacts): readonly string[] {
  return changes.flatMap((change) => {
    if (change.change !== 'added' || acts[change.kind].added !== 'start-with-service') return [];
    const watch = set.units.find(({ name }) => name === change.unit);
    const requirements = watch === undefined ? [] : namesOf(watch, 'Requires');
    return requirements.some((unit) => states.get(unit)?.activeState === 'active') ? [change.unit] : [];
  });
}

/** New services are enabled as their neighbours are: by the target, which wants them, or each by itself. */
function linksOfAdded(
  { installation, states }: ApplyFacts,
  additions: readonly string[],
  target: string | undefined,
  idle: boolean,
): readonly string[] {
  if (idle || (target !== undefined && states.get(target)?.isEnabled === true)) return [];
  const someEnabled = installation.units.some(
    ({ unit }) => unit.kind === 'container' && states.get(unit.name)?.isEnabled === true,
  );
  return someEnabled ? additions : [];
}

/** Whether the project is stopped as a whole: then none of its units is started. */
function isIdle({ installation, states }: ApplyFacts): boolean {
  return installation.units.every(
    ({ unit }) => unit.kind !== 'container' || isStopped(states.get(unit.name)),
  );
}

function stayingDown(
  { set, states }: ApplyFacts,
  start: readonly string[],
  restart: readonly Restart[],
): readonly string[] {
  const concerned = new Set([...start, ...restart.flatMap(({ unit, follows }) => [unit, ...follows])]);
  return set.units
    .filter(({ name, kind }) => kind === 'container' && isStopped(states.get(name)) && !concerned.has(name))
    .map(({ name }) => name);
}

function needsOfService(change: UnitChange): boolean {
  return (
    change.change === 'changed' &&
    change.details.some((detail) => detail.kind === 'directive' && detail.section === 'Service')
  );
}

/** Not up and not trying to be: the user does not want it to run. A unit that failed was wanted. */
function isStopped(state: ManagedState | undefined): boolean {
  return state === undefined || state.activeState === 'inactive';
}

/** Whether the target is enabled, and it and every service are up: then nothing of a first apply is left to do. */
function runsAtBoot({ set, states }: ApplyFacts, target: string | undefined): boolean {
  if (target === undefined || states.get(target)?.isEnabled !== true) return false;
  const drivenUnits = set.units.filter(({ kind }) => kind === 'target' || kind === 'container');
  return drivenUnits.every(({ name }) => !isDown(states.get(name)));
}

function isDown(state: ManagedState | undefined): boolean {
  return state === undefined || isInactive(state.activeState);
}
