/**
 * Creates containers before their unit's turn, while the units it waits for start, or while its restart delay runs: the
 * start then only has to start the container. Creating is not starting: the unit's own start does that, and uses the
 * container only if it would create the very same one; unused ones are removed. Any of this may fail silently, since a
 * start without such a container creates its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { DockerApiError, type DockerApi } from '../../model/supervisor-ports.ts';
import type { Effect } from '../engine/protocol.ts';
import type { EngineState } from '../engine/state.ts';
import type { CreateRequest } from './create-request.ts';
import { awaitsStart, unitsAhead } from './plan-ahead.ts';
import { unlessAborted } from './unless-aborted.ts';

/** How long to wait for Docker to remove a container, in ms: the next start removes it otherwise. */
const removalPatience = 10_000;

/** The effect of the first commands of a unit's start. */
export interface CreateRequestFor {
  /** The filters that find containers of the unit: while one is left, do not create another. */
  readonly labels: readonly string[];
  readonly request: CreateRequest;
}

type MadeContainer = Awaited<ReturnType<DockerApi['create']>>;

interface Ahead {
  /** Identifies the unit's files at the time of creation. */
  readonly fingerprint: string;
  readonly request: string;
  readonly container: Promise<MadeContainer | undefined>;
}

/** The containers created for a unit before its start. Both reject when the signal aborts. */
export interface PrecreatedContainer {
  /** Whether there is a container, which means that all older ones are gone. */
  isMade(signal: AbortSignal): Promise<boolean>;
  /** Hands over the container if it was created by the same request; else removes it. */
  take(request: CreateRequest | undefined, signal: AbortSignal): Promise<MadeContainer | undefined>;
}

/** A unit for which a container can be created ahead. */
export interface UnitAhead {
  readonly fingerprint: string;
  /** undefined: only the unit's start can create it. */
  making(): CreateRequestFor | undefined;
}

export class ContainersAhead {
  readonly #docker: DockerApi;
  /** undefined for a unit whose main process is no container. */
  readonly #unitOf: (unit: string) => UnitAhead | undefined;
  readonly #ahead = new Map<string, Ahead>();
  readonly #removals = new Map<string, Promise<void>>();
  readonly #changedUnits = new Set<string>();

  constructor(docker: DockerApi, unitOf: (unit: string) => UnitAhead | undefined) {
    this.#docker = docker;
    this.#unitOf = unitOf;
  }

  hear(effect: Effect): void {
    if (effect.kind === 'unit-state') this.#changedUnits.add(effect.unit);
  }

  /** Called after each turn of the engine. @param now ms of its clock */
  onSettled(state: EngineState, now: number): void {
    for (const [unit, { fingerprint }] of this.#ahead)
      if (!awaitsStart(state, unit) || this.#unitOf(unit)?.fingerprint !== fingerprint) this.#discard(unit);
    for (const changedUnit of this.#changedUnits)
      for (const unit of unitsAhead(state, changedUnit, now, (name) => this.#unitOf(name) !== undefined))
        this.#make(unit);
    this.#changedUnits.clear();
  }

  /** What a start of the unit can use. */
  ofStart(unit: string): PrecreatedContainer {
    return {
      isMade: async (signal) => {
        await this.#untilRemoved(unit, signal);
        const ahead = this.#ahead.get(unit);
        return ahead !== undefined && (await unlessAborted(ahead.container, signal)) !== undefined;
      },
      take: async (request, signal) => {
        const ahead = this.#ahead.get(unit);
        const container = ahead && (await unlessAborted(ahead.container, signal));
        // The unit may have changed meanwhile.
        if (ahead !== undefined && this.#ahead.get(unit) === ahead) {
          if (container !== undefined && request !== undefined && ahead.request === textOf(request)) {
            this.#ahead.delete(unit);
            return container;
          }
          this.#discard(unit);
        }
        await this.#untilRemoved(unit, signal);
        return undefined;
      },
    };
  }

  /** Resolves when all unused containers are removed, or Docker does not answer. */
  async untilCleared(): Promise<void> {
    const patience = delay(removalPatience, undefined, { ref: false });
    await Promise.race([Promise.all(this.#removals.values()), patience]);
  }

  #untilRemoved(unit: string, signal: AbortSignal): Promise<void> {
    return unlessAborted(this.#removals.get(unit) ?? Promise.resolve(), signal);
  }

  #make(unit: string): void {
    const facts = this.#unitOf(unit);
    const making = this.#ahead.has(unit) ? undefined : facts?.making();
    if (facts === undefined || making === undefined) return;
    const { labels, request } = making;
    const make = async (): Promise<MadeContainer | undefined> => {
      await this.#removals.get(unit);
      if ((await this.#docker.list(labels)).length > 0) return undefined;
      return this.#docker.create(request.name, request.body);
    };
    this.#ahead.set(unit, {
      fingerprint: facts.fingerprint,
      request: textOf(request),
      container: make().catch(ignoreRefusal),
    });
  }

  #discard(unit: string): void {
    const creation = this.#ahead.get(unit)?.container;
    this.#ahead.delete(unit);
    const remove = async (): Promise<void> => {
      const container = await creation;
      if (container === undefined) return;
      await this.#docker.remove(container.id, AbortSignal.timeout(removalPatience)).catch(ignoreRefusal);
    };
    const removal = Promise.all([this.#removals.get(unit), remove()]).then(() => {
      if (this.#removals.get(unit) === removal) this.#removals.delete(unit);
    });
    this.#removals.set(unit, removal);
  }
}

function textOf({ name, body }: CreateRequest): string {
  return JSON.stringify([name, body]);
}

function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof DockerApiError)) throw error;
}
