/**
 * The behaviour of the commands of units on a host without failures: the image is there at once, a
 * container starts in 150 ms and stops in 100, its first health check passes. Derived from the units alone,
 * so that it applies to any units on disk.
 */
import { parseTimeSpan } from '../text/time-span.ts';
import type { LoadedUnit } from '../supervisor/load/loaded-unit.ts';
import { type RunVerb, verbOf } from '../units/scripts.ts';
import type { Exit } from '../supervisor/engine/state.ts';
import type { ExecCommand, ServiceUnitConfig, UnitConfig } from '../supervisor/engine/unit-config.ts';
import { type Behaviour, command, daemon, exitedWith, killedBy, type SpawnedProcess } from './behaviour.ts';
import type { World } from './world.ts';

/** ms; those of a container as docker-facts has them for a plain machine. */
const times = { start: 150, stop: 100, work: 1_000, resource: 50, other: 20, dockerReady: 500 } as const;
/** Docker's own default, docker-run(1), --health-interval. */
const defaultInterval = 30_000;

export const dockerUnit = 'docker.service';

/** docker.service as Docker's packages ship it: on systemd it is an ordinary unit. */
export function dockerConfig(config: UnitConfig | undefined): ServiceUnitConfig {
  const line = { ignoreFailure: false, literalDollar: false, privileged: false, argv: ['dockerd'] };
  const none = { codes: new Set<number>(), signals: new Set<string>() };
  return {
    name: dockerUnit,
    loadState: 'loaded',
    description: 'Docker Application Container Engine',
    dependencies: config?.dependencies ?? { ...noDependencies },
    startLimit: { interval: 60_000, burst: 3 },
    hash: 'simulated',
    type: 'service',
    service: {
      ...{ type: 'notify', restart: 'always', restartMode: 'normal', restartSec: 2_000, restartSteps: 0 },
      ...{
        restartMaxDelaySec: Infinity,
        timeoutStartSec: Infinity,
        timeoutStopSec: 90_000,
        runtimeMaxSec: Infinity,
      },
      ...{ remainAfterExit: false, successExitStatus: none, restartPreventExitStatus: none },
      ...{
        restartForceExitStatus: none,
        killMode: 'process',
        killSignal: 'SIGTERM',
        finalKillSignal: 'SIGKILL',
      },
      ...{ sendSigkill: true, sendSighup: false },
      commands: {
        condition: [],
        'start-pre': [],
        start: [line],
        'start-post': [],
        stop: [],
        'stop-post': [],
      },
    },
  };
}

const noDependencies: UnitConfig['dependencies'] = {
  ...{ Requires: [], Requisite: [], Wants: [], BindsTo: [], PartOf: [], Upholds: [], Conflicts: [] },
  ...{ Before: [], After: [], OnFailure: [], OnSuccess: [], PropagatesStopTo: [] },
};

/** The containers of the units, and the incidents that affect them. */
export class Host {
  readonly #units: ReadonlyMap<string, LoadedUnit>;
  readonly #world: () => World;
  /** Units whose container runs → the time of its start, in ms. */
  readonly #running = new Map<string, number>();
  /** Units → how their container ended last. */
  readonly #exits = new Map<string, Exit>();
  readonly #unhealthy = new Set<string>();
  readonly #unitOf: ReadonlyMap<string, string>;

  constructor(units: ReadonlyMap<string, LoadedUnit>, world: () => World) {
    this.#units = units;
    this.#world = world;
    this.#unitOf = new Map(
      [...units.values()].flatMap(({ config, dockunit }) => {
        const container = dockunit.get('Container');
        return dockunit.get('Kind') === 'container' && container !== undefined
          ? [[container, config.name]]
          : [];
      }),
    );
  }

  behave(child: SpawnedProcess): Behaviour {
    const { unit, phase, index } = child;
    if (unit === dockerUnit) return { ...daemon, readyIn: times.dockerReady, stopsIn: times.stop };
    const unitOfChild = this.#units.get(unit);
    const config = unitOfChild?.config;
    const line = config?.type === 'service' ? config.service.commands[phase][index] : undefined;
    if (unitOfChild === undefined || config?.type !== 'service' || line === undefined)
      return command(times.other);
    const script = verbOf(line);
    if (usesDocker(line) && !this.#isDockerUp()) return command(times.other, 1);
    const behaviour = script === undefined ? undefined : this.#behaviourOfVerb(script, line);
    if (behaviour !== undefined) return behaviour;
    const isContainer = unitOfChild.dockunit.get('Kind') === 'container';
    if (phase === 'start' && isContainer) return this.#container(unitOfChild, config);
    if (phase === 'start' && config.service.type !== 'oneshot') return daemon;
    if (phase === 'stop' && isContainer) return stopsContainer;
    return command(phase === 'start' ? times.resource : times.other);
  }

  /** From now on, until its container is replaced. */
  makeUnhealthy(unit: string): void {
    this.#unhealthy.add(unit);
  }
  makeHealthy(unit: string): void {
    this.#unhealthy.delete(unit);
  }

  /** Call it for every main process that ended: without Docker no container runs. */
  reportEnd(unit: string, exit: Exit): void {
    this.#running.delete(unit);
    this.#exits.set(unit, exit);
    if (unit !== dockerUnit) return;
    for (const other of [...this.#running.keys()]) this.#world().crash(other, exitedWith(1));
  }

  /** The scripts that wait for a container, or inspect it. */
  #behaviourOfVerb(script: RunVerb, { argv }: ExecCommand): Behaviour | undefined {
    const unit = this.#unitOf.get(argv[3] ?? '') ?? '';
    const behaviours: Partial<Record<RunVerb, () => Behaviour>> = {
      'await-running': () => command(times.start),
      'await-healthy': () => {
        let bad = 0;
        return polls(500, () => {
          if (this.#isHealthy(unit)) return exitedWith(0);
          const isStarting = this.#running.has(unit) && !this.#unhealthy.has(unit);
          bad = isStarting ? 0 : bad + 1;
          return bad < Number(argv[4]) ? undefined : exitedWith(1);
        });
      },
      'await-completed': () => polls(100, () => this.#completion(unit)),
      'watch-health': () =>
        polls(500, () => {
          const exit = argv[4] === 'kill' ? killedBy('SIGKILL') : exitedWith(143);
          if (this.#unhealthy.has(unit)) this.#world().crash(unit, exit);
          return undefined;
        }),
    };
    return behaviours[script]?.();
  }

  #completion(unit: string): Exit | undefined {
    const exit = this.#running.has(unit) ? undefined : this.#exits.get(unit);
    return exit && (exit.kind === 'exited' && exit.code === 0 ? exit : exitedWith(1));
  }

  /** A container that others wait for to complete does its work and ends; all others run until they get a signal. */
  #container({ config }: LoadedUnit, { service }: ServiceUnitConfig): Behaviour {
    this.#running.set(config.name, this.#world().now);
    this.#unhealthy.delete(config.name);
    const runs = { ...daemon, stopsIn: times.stop, stopExit: exitedWith(143) };
    if (!service.remainAfterExit) return runs;
    return { ...runs, ends: { kind: 'after', ms: times.work, exit: exitedWith(0) } };
  }

  #isHealthy(unit: string): boolean {
    const since = this.#running.get(unit);
    if (since === undefined || this.#unhealthy.has(unit)) return false;
    return this.#world().now >= since + times.start + this.#healthInterval(unit);
  }

  #healthInterval(unit: string): number {
    const config = this.#units.get(unit)?.config;
    const words =
      config?.type === 'service' ? config.service.commands['start-pre'].flatMap(({ argv }) => argv) : [];
    const [, value] =
      /^--health-interval[ =](.*)$/m.exec(
        words.join('\n').replaceAll('--health-interval\n', '--health-interval '),
      ) ?? [];
    return (value === undefined ? undefined : parseTimeSpan(value)) ?? defaultInterval;
  }

  #isDockerUp(): boolean {
    return this.#world().state.units.get(dockerUnit)?.state === 'running';
  }
}

const stopsContainer: Behaviour = {
  ...daemon,
  stopsMain: true,
  ends: { kind: 'after-main', ms: times.other, exit: exitedWith(0) },
};

function polls(every: number, look: () => Exit | undefined): Behaviour {
  return { ...daemon, ends: { kind: 'polls', every, look } };
}

const usesDocker = ({ argv }: ExecCommand): boolean => /(^|\/|\s)docker\s/.test(`${argv.join(' ')} `);
