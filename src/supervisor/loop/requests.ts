/** What users have requested and wait for: requests, the jobs that carry them, and the events meanwhile. */
import { HostError, type JobEvent, type JobResult, type JobVerb } from '../../model/ports.ts';
import type { RequestAnswer, Effect, Event, RequestRefusal } from '../engine/protocol.ts';
import type { JobCause, JobId } from '../engine/state.ts';

interface Waiter {
  readonly requests: Set<string>;
  /** The units of its transactions: those of its jobs and of jobs that follow from them. */
  readonly units: Set<string>;
  readonly onEvent: (event: JobEvent) => void;
  /** The result of the unit's job. */
  onAnswer(unit: string, answer: RequestAnswer): void;
  onEnd(job: JobId, result: JobResult): void;
}

export class Requests {
  readonly #send: (event: Event) => void;
  readonly #isKnown: (unit: string) => boolean;
  readonly #waiting = new Set<Waiter>();
  readonly #unitOf = new Map<string, string>();
  /** Units with a new job in this turn of the engine; those of a request come before its answer. */
  #fresh: string[] = [];
  #count = 0;
  /** The waiting tasks, oldest first. */
  readonly #unsent: (() => void)[] = [];

  /** @param isKnown whether the engine has a unit of the name */
  constructor(send: (event: Event) => void, isKnown: (unit: string) => boolean) {
    this.#send = send;
    this.#isKnown = isKnown;
  }

  /**
   * Requests one job a unit; see Manager.run. Requests one unit at a time, so that other work comes in between: each
   * may take many jobs. An abort takes effect once all are requested.
   */
  run(
    verb: JobVerb,
    units: readonly string[],
    onEvent: (event: JobEvent) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, JobResult>> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const names = [...new Set(units)];
      const absent = new Set(names.filter((name) => !this.#isKnown(name)));
      const [first] = absent;
      if (first !== undefined && verb !== 'stop') {
        throw refusalError(verb, { kind: 'no-such-unit', unit: first });
      }
      // A unit that does not exist is stopped already.
      const results = new Map<string, JobResult>([...absent].map((name) => [name, 'done']));
      const jobs = new Map<JobId, string[]>();
      const over = (): void => {
        this.#waiting.delete(waiting);
        signal?.removeEventListener('abort', onAbort);
      };
      const giveUp = (): void => {
        over();
        reject(signal?.reason instanceof Error ? signal.reason : new Error('given up'));
      };
      const onAbort = (): void => {
        this.#inTurn([giveUp]);
      };
      const settle = (unit: string, result: JobResult): void => {
        results.set(unit, result);
        if (results.size < names.length) return;
        over();
        resolve(new Map(names.map((name) => [name, results.get(name) ?? 'unknown'])));
      };
      const waiting: Waiter = {
        requests: new Set(),
        units: new Set(names),
        onEvent,
        onAnswer: (unit, answer) => {
          if (!answer.isAccepted) {
            over();
            reject(refusalError(verb, answer.refusal));
          } else if (answer.job === undefined) settle(unit, 'done');
          else jobs.set(answer.job, [...(jobs.get(answer.job) ?? []), unit]);
        },
        onEnd: (job, result) => {
          for (const unit of jobs.get(job) ?? []) settle(unit, result);
        },
      };
      signal?.addEventListener('abort', onAbort);
      this.#waiting.add(waiting);
      if (absent.size === names.length) {
        over();
        resolve(results);
      }
      const present = names.filter((name) => !absent.has(name));
      this.#inTurn(
        present.map((unit) => () => {
          const request = `${verb} ${unit} #${String(++this.#count)}`;
          waiting.requests.add(request);
          this.#unitOf.set(request, unit);
          this.#send({ kind: 'request', request, verb, unit });
        }),
      );
    });
  }

  /** Runs the tasks after the earlier ones, each in a turn of the event loop; the first at once where none waits. */
  #inTurn(works: readonly (() => void)[]): void {
    const isFree = this.#unsent.length === 0;
    this.#unsent.push(...works);
    if (isFree) this.#takeTurn();
  }

  #takeTurn(): void {
    try {
      this.#unsent[0]?.();
    } finally {
      this.#unsent.shift();
      if (this.#unsent.length > 0) {
        setImmediate(() => {
          this.#takeTurn();
        });
      }
    }
  }

  /** Receives every effect of the unit engine. */
  effect(effect: Effect): void {
    if (effect.kind === 'answered') {
      const unit = this.#unitOf.get(effect.request);
      this.#unitOf.delete(effect.request);
      for (const waiting of this.#waiting) {
        if (unit === undefined || !waiting.requests.has(effect.request)) continue;
        this.#join(waiting);
        waiting.onAnswer(unit, effect.answer);
      }
      return;
    }
    if (effect.kind === 'job-new') this.#fresh.push(effect.unit);
    const event = jobEventOf(effect);
    if (event === undefined) return;
    for (const waiting of [...this.#waiting]) {
      if (effect.kind === 'job-new' && belongs(effect.cause, waiting)) waiting.units.add(effect.unit);
      if (waiting.units.has(event.unit)) waiting.onEvent(event);
      if (effect.kind === 'job-ended') waiting.onEnd(effect.job, effect.result);
    }
  }

  /** Called after each turn of the engine. */
  onSettled(): void {
    this.#fresh = [];
  }

  /**
   * The whole transaction: a job that was pulled in by a unit without a job, like docker.service that is up, has no
   * cause that leads to the request.
   */
  #join({ units, onEvent }: Waiter): void {
    for (const unit of this.#fresh.filter((fresh) => !units.has(fresh))) {
      units.add(unit);
      onEvent({ kind: 'job-new', unit });
    }
  }
}

function belongs(cause: JobCause, { requests, units }: Waiter): boolean {
  if (cause.kind === 'request') return requests.has(cause.request);
  return 'of' in cause && units.has(cause.of);
}

function jobEventOf(effect: Effect): JobEvent | undefined {
  const { kind } = effect;
  if (kind === 'job-new') return { kind, unit: effect.unit };
  if (kind === 'job-ended') return { kind: 'job-removed', unit: effect.unit, result: effect.result };
  if (kind !== 'unit-state') return undefined;
  const { unit, activeState, subState } = effect;
  return { kind, unit, activeState, subState };
}

function refusalError(verb: JobVerb, refusal: RequestRefusal): HostError {
  const [reason, remedy] = refusalWords(refusal);
  return new HostError(
    `Cannot ${verb} ${'unit' in refusal ? refusal.unit : (refusal.units[0] ?? '')}: ${reason}`,
    remedy,
  );
}

function refusalWords(refusal: RequestRefusal): readonly [reason: string, remedy: string] {
  switch (refusal.kind) {
    case 'no-such-unit':
      return ['there is no such unit', 'Install it first, where its Compose file is: dockunit apply'];
    case 'bad-setting':
      return [
        'its file says what the supervisor cannot do',
        'See what: dockunit supervise --check, or its log',
      ];
    case 'masked':
      return ['it is masked', `Remove the empty file or link: /etc/systemd/system/${refusal.unit}`];
    case 'ordering-cycle':
      return [`the order is a circle: ${refusal.units.join(' → ')}`, 'Take one After= or Before= out of it'];
    case 'conflicting-jobs':
      return [
        `${refusal.unit} would have to start and to stop at once`,
        'See what conflicts with what: grep Conflicts /etc/systemd/system/*.service',
      ];
    case 'destructive':
      return [
        `another job of ${refusal.unit} is in progress`,
        'Wait for it, then try again: dockunit status',
      ];
  }
}
