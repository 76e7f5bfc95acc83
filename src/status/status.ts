/**
 * Facts of manager and Docker → what `status` shows of a service. Pure. ServiceStatus is also the shape of
 * `status --json`: fields may be added, but none is renamed or removed within a major version.
 */
import { type GoneResource, goneWords } from '../session/gone-resources.ts';
import { gateConditionOf } from '../graph/build.ts';
import { namesOf } from '../units/unit-set.ts';
import type { UnitKind } from '../units/unit-set.ts';
import { restartsOn } from '../supervisor/engine/restart-rules.ts';
import { restartPolicies } from '../supervisor/engine/unit-config.ts';
import { isInactive, startsAtBoot, unknownState } from '../model/ports.ts';
import type { ActiveState, ContainerState, UnitState } from '../model/ports.ts';
import type { StyleName } from '../ui/style.ts';
import { dependenciesOf, requirementsOf, directiveValue } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import { isRestarting, reasonOf } from './failure-reason.ts';

/** The known facts about the host at one moment. */
export interface Facts {
  readonly unitsByName: ReadonlyMap<string, InstalledUnit>;
  readonly states: ReadonlyMap<string, UnitState>;
  /** Verb of the pending job of each unit that has one: `start`, `stop`… */
  readonly jobs: ReadonlyMap<string, string>;
  /** By name; undefined where dockunit could not ask Docker. */
  readonly containers: ReadonlyMap<string, ContainerState> | undefined;
  /** The networks and volumes that are gone, of those that the units, or the units they depend on, created. */
  readonly goneResources: readonly GoneResource[];
}

/** The states of a service, one vocabulary for people and for --json. */
type DisplayedState =
  | 'running'
  | 'completed'
  | 'starting'
  | 'pulling'
  | 'waiting'
  | 'restarting'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'paused'
  | 'masked'
  | 'not-loaded';

export interface ServiceStatus {
  readonly project: string;
  /** Null for a unit that belongs to no service. */
  readonly service: string | null;
  readonly unit: string;
  readonly kind: UnitKind;
  readonly state: DisplayedState;
  /** The services, or units, it waits for; [] unless `state` is `waiting`. */
  readonly waitingFor: readonly string[];
  /** Why it is not running: `exit 1`; null where it did not fail. */
  readonly reason: string | null;
  /** ISO 8601; null unless `state` is `restarting`. */
  readonly restartAt: string | null;
  /** systemd's own words. */
  readonly activeState: ActiveState;
  readonly subState: string;
  readonly result: string;
  /** Of the main process, where it has ended. */
  readonly exitStatus: number | null;
  /** By Restart=, since it was last started by hand. */
  readonly restarts: number;
  /** When activeState last changed, ISO 8601; null when it never did. */
  readonly since: string | null;
  /** Whether it starts at boot: by itself, or with its project's target. */
  readonly enabled: boolean;
  /** systemd's term: `enabled`, `disabled`, `static`, `masked`… */
  readonly unitFileState: string;
  readonly unitFile: string;
  /** Whether unit file or drop-ins changed on disk since the manager read them: the old ones are in force. */
  readonly needsReload: boolean;
  readonly dropIns: readonly string[];
  /** Name of the container; null for units without one. */
  readonly container: string | null;
  readonly image: string | null;
  /** The image name that the unit passes to docker, with its digest, or its id; null where that is `image`. */
  readonly pin: string | null;
  /** Docker's facts: null where there is no such container, or dockunit could not ask Docker. */
  readonly containerId: string | null;
  readonly containerStatus: string | null;
  /** `starting`, `healthy`, `unhealthy`; null without a health check. */
  readonly health: string | null;
  readonly ports: ContainerState['ports'];
  /** The contradiction between manager and Docker; null where they agree. */
  readonly mismatch: string | null;
  /** Networks and volumes that it needs, and that docker no longer has. */
  readonly gone: readonly GoneResource[];
  /** Units it requires or wants. */
  readonly dependencies: readonly {
    readonly unit: string;
    readonly required: boolean;
    readonly activeState: ActiveState;
    readonly subState: string;
  }[];
}

/** The status of a unit of dockunit. */
export function statusOf(unit: InstalledUnit, facts: Facts): ServiceStatus {
  const state = facts.states.get(unit.name) ?? unknownState(unit.name);
  const candidate = unit.container === undefined ? undefined : facts.containers?.get(unit.container);
  const container = candidate?.labels.get('dockunit.unit') === unit.name ? candidate : undefined;
  const waitingFor = waits(unit, facts);
  const word = stateOf(unit, state, facts, waitingFor, container);
  const dependencies = dependenciesOf(unit);
  return {
    project: unit.project,
    service: unit.service ?? null,
    unit: unit.name,
    kind: unit.kind,
    state: word,
    waitingFor: word === 'waiting' ? waitingFor : [],
    reason: reasonOf(state) ?? null,
    restartAt: state.restartAt === undefined ? null : asTime(state.restartAt),
    activeState: state.activeState,
    subState: state.subState,
    result: state.result,
    exitStatus: state.exitStatus ?? null,
    restarts: state.restarts,
    since: asTime(state.since),
    enabled: isEnabled(unit, state, facts),
    unitFileState: state.unitFileState,
    unitFile: unit.path,
    needsReload: state.needsReload === true,
    dropIns: state.dropIns ?? [],
    container: unit.container ?? null,
    image: unit.image ?? null,
    pin: unit.pin ?? null,
    containerId: container?.id ?? null,
    containerStatus: container?.status ?? null,
    health: container?.health === undefined || container.health === 'none' ? null : container.health,
    ports: container?.ports ?? [],
    mismatch: mismatchOf(unit, state, facts, candidate, container) ?? null,
    gone: facts.goneResources.filter((resource) => dependencies.includes(resource.unit)),
    dependencies: dependencies.map((name) => {
      const { activeState, subState } = facts.states.get(name) ?? unknownState(name);
      return { unit: name, required: requirementsOf(unit).includes(name), activeState, subState };
    }),
  };
}

function stateOf(
  unit: InstalledUnit,
  state: UnitState,
  facts: Facts,
  waitingFor: readonly string[],
  container: ContainerState | undefined,
): DisplayedState {
  if (state.loadState === 'masked') return 'masked';
  if (state.loadState === 'not-found') return 'not-loaded';
  switch (state.activeState) {
    case 'active':
    case 'reloading':
    case 'maintenance':
      if (container?.status === 'paused') return 'paused';
      return state.subState === 'exited' && unit.kind === 'container' ? 'completed' : 'running';
    case 'activating':
      if (isRestarting(state)) return 'restarting';
      return 'starting';
    case 'deactivating':
      return hasEnded(unit, state, facts) ? outcomeOf(unit, state) : 'stopping';
    case 'failed':
    case 'inactive':
      if (isRestarting(state)) return 'restarting';
      if (facts.jobs.get(unit.name) === 'start') {
        if (isPulling(unit, facts)) return 'pulling';
        return waitingFor.length > 0 ? 'waiting' : 'starting';
      }
      if (state.activeState === 'failed') return 'failed';
      return hasRunToItsEnd(unit, state) ? 'completed' : 'stopped';
  }
}

/**
 * Whether the main process has ended by itself, and systemd only cleans up: the sub-states from `stop-post`
 * on, without a job that stops the unit; service.c. The cleaning can take long, for example where docker
 * hangs.
 */
function hasEnded({ name }: InstalledUnit, { subState }: UnitState, { jobs }: Facts): boolean {
  return /^(stop-post|final-)/.test(subState) && [undefined, 'start'].includes(jobs.get(name));
}

/** The result of a unit that has ended by itself; systemd.service(5), Restart=. */
function outcomeOf(unit: InstalledUnit, state: UnitState): DisplayedState {
  const restart = directiveValue(unit, 'Service', 'Restart') ?? 'no';
  const policy = restartPolicies.find((each) => each === restart) ?? 'no';
  if (restartsOn[policy](state.result)) return 'restarting';
  if (reasonOf(state) !== undefined) return 'failed';
  return hasRunToItsEnd(unit, state) ? 'completed' : 'stopped';
}

/** A service that systemd does not restart after success, and that ended with success. */
function hasRunToItsEnd(unit: InstalledUnit, { exitStatus }: UnitState): boolean {
  const restart = directiveValue(unit, 'Service', 'Restart') ?? 'no';
  return unit.kind === 'container' && exitStatus === 0 && ['no', 'on-failure'].includes(restart);
}

function isPulling(unit: InstalledUnit, facts: Facts): boolean {
  return namesOf(unit.unit, 'After').some(
    (name) =>
      facts.unitsByName.get(name)?.kind === 'image' && facts.states.get(name)?.activeState === 'activating',
  );
}

/** The units that the unit's start waits for: those before it, by After=, that have jobs of their own. */
function waits(unit: InstalledUnit, facts: Facts): readonly string[] {
  const dependencies = new Set(dependenciesOf(unit));
  const names = namesOf(unit.unit, 'After').filter((name) => dependencies.has(name) && facts.jobs.has(name));
  return [
    ...new Set(
      names.map((name) => {
        const dependency = facts.unitsByName.get(name);
        return dependency?.kind === 'image' ? `its image` : (dependency?.service ?? name);
      }),
    ),
  ];
}

function isEnabled(unit: InstalledUnit, state: UnitState, facts: Facts): boolean {
  const startsAtBootByName = (name: string): boolean =>
    startsAtBoot(facts.states.get(name)?.unitFileState ?? '');
  const target = [...facts.unitsByName.values()].find(
    ({ kind, project }) => kind === 'target' && project === unit.project,
  );
  if (startsAtBootByName(state.name)) return true;
  return (
    target !== undefined &&
    namesOf(target.unit, 'Wants').includes(unit.name) &&
    startsAtBootByName(target.name)
  );
}

/** The contradiction between manager and Docker; none while a start or a stop is in progress. */
function mismatchOf(
  unit: InstalledUnit,
  state: UnitState,
  facts: Facts,
  candidate: ContainerState | undefined,
  container: ContainerState | undefined,
): string | undefined {
  const resource = facts.goneResources.find((resource) => resource.unit === unit.name);
  if (resource !== undefined) return `the unit is active, but ${goneWords(resource)}`;
  if (facts.containers === undefined || unit.kind !== 'container' || unit.container === undefined) return;
  const { activeState, subState } = state;
  if (activeState === 'active' && subState === 'running') {
    if (container !== undefined) {
      return isUp(container) ? undefined : `the unit is active, but its container is ${container.status}`;
    }
    return candidate === undefined
      ? `the unit is active, but there is no container ${unit.container}`
      : `the unit is active, but container ${unit.container} is not its own`;
  }
  if (container === undefined || !isUp(container)) return;
  if (isInactive(activeState) || subState === 'exited') {
    return `the unit is ${activeState === 'active' ? 'done' : activeState}, but its container is ${container.status}`;
  }
  return undefined;
}

/** Whether the container has processes. */
function isUp({ status }: ContainerState): boolean {
  return status === 'running' || status === 'paused';
}

export interface StyledWords {
  readonly text: string;
  readonly style: StyleName;
}

const styles = {
  running: 'ok',
  completed: 'ok',
  starting: 'busy',
  pulling: 'busy',
  waiting: 'busy',
  restarting: 'warning',
  stopping: 'busy',
  stopped: 'dim',
  failed: 'bad',
  paused: 'warning',
  masked: 'bad',
  'not-loaded': 'bad',
} as const satisfies Record<DisplayedState, StyleName>;

/**
 * The state of a service, for people: `running`, `waiting for db`, `failed (exit 1)`,
 * `restarting in 3 s (exit 1)`. A mismatch is marked with `!` and reported below the table.
 * @param now milliseconds since the epoch
 */
export function stateWords(status: ServiceStatus, now: number): StyledWords {
  const mark = status.mismatch === null ? '' : ' !';
  const style = status.mismatch === null ? styles[status.state] : 'bad';
  return { text: `${wordsOf(status, now)}${mark}`, style };
}

function wordsOf(status: ServiceStatus, now: number): string {
  const why = status.reason === null ? '' : ` (${status.reason})`;
  switch (status.state) {
    case 'waiting':
      return `waiting for ${status.waitingFor.join(', ')}`;
    case 'completed':
      return `completed (exit ${String(status.exitStatus ?? 0)})`;
    case 'failed':
      return `failed${why}`;
    case 'restarting': {
      const seconds = Math.ceil((Date.parse(status.restartAt ?? '') - now) / 1000);
      return seconds > 0 ? `restarting in ${String(seconds)} s${why}` : `restarting${why}`;
    }
    case 'not-loaded':
      return 'not loaded';
    case 'running':
      return status.kind === 'container' ? 'running' : doneWord(status);
    case 'stopped':
      return status.kind === 'container' ? 'stopped' : 'inactive';
    case 'starting':
    case 'pulling':
    case 'stopping':
    case 'paused':
    case 'masked':
      return status.state;
  }
}

/** The meaning of active for a unit that is not a container. */
function doneWord({ kind, unit, subState }: ServiceStatus): string {
  if (kind === 'gate') return gateConditionOf(unit) ?? 'passed';
  return kind === 'network' || kind === 'volume' ? 'created' : subState;
}

/** `8000→8000/tcp`, `127.0.0.1:53→53/udp`; ports published on all addresses only once, for IPv4 and IPv6. */
export function portWords(ports: ContainerState['ports']): readonly string[] {
  const words = ports.map(({ hostIp, hostPort, containerPort, protocol }) => {
    const everywhere = hostIp === '' || hostIp === '0.0.0.0' || hostIp === '::';
    const address = everywhere ? '' : `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:`;
    return `${address}${String(hostPort)}→${String(containerPort)}/${protocol}`;
  });
  return [...new Set(words)];
}

function asTime(milliseconds: number): string | null {
  return milliseconds === 0 ? null : new Date(milliseconds).toISOString();
}
