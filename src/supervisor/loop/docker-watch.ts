/**
 * Watches Docker: one stream of events, and a look at all containers whenever the stream restarts. While Docker does
 * not answer, the state of its containers is unknown, not dead: the watch reports nothing until Docker answers again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DockerContainer,
  DockerApiError,
  type DockerEvent,
  type DockerApi,
} from '../../model/supervisor-ports.ts';

/** Docker silently drops events of a slow reader: so look at all containers at this interval, in ms. */
const lookEvery = 30_000;
/** First and last pause between two attempts to reach Docker while it is away, in ms. */
const firstPause = 50;
const lastPause = 1000;
/** How much of the past to request again after an interruption of the stream, in nanoseconds. */
const overlap = 2_000_000_000n;

/**
 * The stream runs after an interruption, or for the first time; or it has run for a while, and may have lost something.
 */
export type LookReason = 'gap' | 'now-and-then';

export interface DockerListener {
  event(event: DockerEvent): void;
  /** Asks the listener to check the state of everything, for this reason. */
  look(why: LookReason): Promise<void>;
  /** Called after `look` when Docker came; when it went, only if it is not back at once. */
  reachable(answers: boolean): void;
}

export class DockerWatch {
  readonly #docker: DockerApi;
  readonly #listener: DockerListener;
  #isClosed = false;
  #attempt = new AbortController();
  readonly #watchers = new Map<string, Set<() => void>>();
  #lastEvent: bigint | undefined;
  #answers: boolean | undefined;

  constructor(docker: DockerApi, listener: DockerListener) {
    this.#docker = docker;
    this.#listener = listener;
  }

  get answers(): boolean {
    return this.#answers === true;
  }

  /**
   * Watches until `close`. Resolves when it is first known whether Docker answers; if it does, after a look at
   * everything.
   * @param signal resolves it at once: a supervisor that is about to end does not wait for a stuck Docker
   */
  begin(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => {
        resolve();
      });
      void this.#run(resolve);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#attempt.abort();
  }

  /**
   * A call got no answer. A Docker that shuts down refuses calls long before it ends the stream of its events: it
   * counts as away from now on, until it answers again.
   */
  doubt(): void {
    if (!this.answers) return;
    this.#tell(false);
    this.#attempt.abort();
  }

  /**
   * Looks at a container until the result decides: at once, after each event of it, and when Docker is back. While
   * Docker is away, nothing is decided.
   * @param decide undefined: continue; receives undefined where there is no such container
   * @returns the decision; rejects when the signal aborts
   */
  async until<T>(
    container: string,
    signal: AbortSignal,
    decide: (current: DockerContainer | undefined) => T | undefined,
  ): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      // Listen before the first look, so that no event between the two is lost.
      const { next, forget } = this.#next(container, signal);
      try {
        const decision = decide(await this.#docker.inspect(container, signal));
        if (decision !== undefined) return decision;
        await next;
      } catch (error) {
        if (!(error instanceof DockerApiError) || signal.aborted) throw error;
        if (this.answers) await delay(lastPause, undefined, { signal });
        else await next;
      } finally {
        forget();
      }
    }
  }

  #next(container: string, signal: AbortSignal): { readonly next: Promise<void>; forget(): void } {
    let wake: () => void = () => undefined;
    const next = new Promise<void>((resolve) => (wake = resolve));
    signal.addEventListener('abort', wake);
    const woken = this.#watchers.get(container) ?? new Set();
    this.#watchers.set(container, woken.add(wake));
    const forget = (): void => {
      signal.removeEventListener('abort', wake);
      woken.delete(wake);
      if (woken.size === 0) this.#watchers.delete(container);
    };
    return { next, forget };
  }

  #wake(...containers: readonly string[]): void {
    for (const container of containers) for (const wake of this.#watchers.get(container) ?? []) wake();
  }

  async #run(onKnown: () => void): Promise<void> {
    let pause = firstPause;
    while (!this.#isClosed) {
      const { signal } = (this.#attempt = new AbortController());
      try {
        const since = this.#lastEvent === undefined ? undefined : this.#lastEvent - overlap;
        const events = await this.#docker.events(since, signal);
        // Receive events from now on, during the look at everything.
        const stream = this.#hear(events);
        await this.#look('gap');
        this.#tell(true);
        onKnown();
        pause = firstPause;
        await stream;
      } catch (error) {
        if (!(error instanceof DockerApiError)) throw error;
        if (this.#isClosed) return;
        this.#attempt.abort();
        this.#tell(false);
        onKnown();
        pause = Math.min(2 * pause, lastPause);
      }
      await delay(pause);
    }
  }

  /** Resolves when the stream ends. */
  async #hear(events: AsyncIterable<DockerEvent>): Promise<void> {
    const looking = setInterval(() => void this.#look('now-and-then').catch(() => undefined), lookEvery);
    try {
      for await (const event of events) {
        if (this.#lastEvent === undefined || event.time > this.#lastEvent) this.#lastEvent = event.time;
        this.#listener.event(event);
        this.#wake(event.id, event.attributes.get('name') ?? '');
      }
    } finally {
      clearInterval(looking);
    }
  }

  async #look(why: LookReason): Promise<void> {
    await this.#listener.look(why);
    this.#wake(...this.#watchers.keys());
  }

  #tell(answers: boolean): void {
    if (this.#answers === answers) return;
    this.#answers = answers;
    this.#listener.reachable(answers);
  }
}
