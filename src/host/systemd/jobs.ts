/**
 * Jobs: queues one for each unit and waits until all have ended. A Subscription exists before the first job is queued,
 * and keeps its signals until the replies identify dockunit's jobs, so no result is lost, however early it comes.
 */
import type { BusSignal } from './bus.ts';
import { jobResults } from '../../model/ports.ts';
import type { JobEvent, JobResult, JobVerb } from '../../model/ports.ts';
import type { Systemd } from './client.ts';
import { isDenied, isNoSuchUnit, systemdError } from './errors.ts';
import { asActiveState, asProperties, unitOfPath, unitPath } from './unit-state.ts';

/** The manager's answer to EnqueueUnitJob: the unit's own job and the others of its transaction. */
interface QueuedJob {
  readonly unit: string;
  readonly job: string;
  readonly affectedUnits: readonly string[];
}

/**
 * Queues a job for each unit (mode `replace`, EnqueueUnitJob of org.freedesktop.systemd1(5), since
 * systemd 242) and resolves when all have ended.
 * @param units full names; stopping one that is not loaded counts as done
 * @param onEvent receives the jobs and state changes of all units of the transactions
 * @param signal ends the wait: the promise rejects with its reason, the jobs continue
 * @throws HostError where a transaction is refused (unit not found, masked, cycle, no permission); jobs already queued
 * for other units continue
 */
export async function runJobs(
  systemd: Systemd,
  verb: JobVerb,
  units: readonly string[],
  onEvent: (event: JobEvent) => void = () => undefined,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, JobResult>> {
  signal?.throwIfAborted();
  const watch = new JobWatch(systemd, verb, onEvent);
  const onAbort = (): void => watch.fail(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  const subscription = systemd.subscribe(watch).catch((error: unknown) => {
    throw systemdError(error, systemd.scope, 'follow the jobs of systemd');
  });
  try {
    const names = [...new Set(units)];
    const [attempts] = await Promise.all([
      Promise.allSettled(names.map((unit) => enqueue(systemd, verb, unit))),
      subscription,
    ]);
    for (const attempt of attempts) if (attempt.status === 'rejected') throw attempt.reason;
    watch.begin(
      names,
      attempts.flatMap((attempt) => (attempt.status === 'fulfilled' && attempt.value ? [attempt.value] : [])),
    );
    return await watch.results;
  } finally {
    systemd.unsubscribe(watch);
    signal?.removeEventListener('abort', onAbort);
  }
}

const methods = {
  start: 'StartUnit',
  stop: 'StopUnit',
  restart: 'RestartUnit',
} as const satisfies Record<JobVerb, string>;

/** undefined where there is nothing to stop. */
async function enqueue(systemd: Systemd, verb: JobVerb, unit: string): Promise<QueuedJob | undefined> {
  try {
    return await enqueueTransaction(systemd, verb, unit).catch(async (error: unknown) => {
      if (!isDenied(error)) throw error;
      // The bus's policy lets users other than root call only StartUnit, and then polkit decides; its reply does not
      // list the dependencies' jobs.
      const [job] = await systemd.manager(methods[verb], 'ss', [unit, 'replace']);
      return { unit, job: String(job), affectedUnits: [unit] };
    });
  } catch (error) {
    if (verb === 'stop' && isNoSuchUnit(error)) return undefined;
    throw systemdError(error, systemd.scope, verb, unit);
  }
}

async function enqueueTransaction(systemd: Systemd, verb: JobVerb, unit: string): Promise<QueuedJob> {
  // u job, o job path, s unit, o unit path, s type, a(uosos) the other jobs
  const reply = await systemd.manager('EnqueueUnitJob', 'sss', [unit, verb, 'replace']);
  const others = Array.isArray(reply[5]) ? reply[5] : [];
  return {
    unit,
    job: String(reply[1]),
    affectedUnits: [
      String(reply[2]),
      ...others.map((other: unknown) => (Array.isArray(other) ? String(other[2]) : '')),
    ],
  };
}

class JobWatch {
  readonly results: Promise<ReadonlyMap<string, JobResult>>;
  readonly #systemd: Systemd;
  readonly #verb: JobVerb;
  readonly #onEvent: (event: JobEvent) => void;
  /** Signals received before `begin`. */
  #early: BusSignal[] | undefined = [];
  /** The units of each unfinished job path (two names where one is an alias). */
  readonly #waiting = new Map<string, string[]>();
  readonly #results = new Map<string, JobResult>();
  /** All units of the transactions. */
  readonly #tracked = new Set<string>();
  readonly #lastState = new Map<string, string>();
  #names: readonly string[] = [];
  #resolve!: (results: ReadonlyMap<string, JobResult>) => void;
  #reject!: (reason: unknown) => void;

  constructor(systemd: Systemd, verb: JobVerb, onEvent: (event: JobEvent) => void) {
    this.#systemd = systemd;
    this.#verb = verb;
    this.#onEvent = onEvent;
    this.results = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may fail before a caller awaits it (an abort while the jobs are being queued).
    this.results.catch(() => undefined);
  }

  /** Sets the jobs to wait for, and processes earlier signals. */
  begin(names: readonly string[], jobs: readonly QueuedJob[]): void {
    this.#names = names;
    for (const { unit, job, affectedUnits } of jobs) {
      this.#waiting.set(job, [...(this.#waiting.get(job) ?? []), unit]);
      for (const other of affectedUnits) this.#tracked.add(other);
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const signal of early) this.#hear(signal);
    this.#settle();
  }

  fail(reason: unknown): void {
    this.#reject(reason);
  }

  onSignal(signal: BusSignal): void {
    if (this.#early) this.#early.push(signal);
    else this.#hear(signal);
  }

  /** Jobs whose end was missed: the state of their unit gives the result. */
  onMissed(): void {
    if (this.#early) return;
    this.#findEnded().catch((error: unknown) =>
      this.fail(systemdError(error, this.#systemd.scope, 'follow the jobs of systemd')),
    );
  }

  onLost(error: Error): void {
    this.fail(error);
  }

  #hear({ member, path, body }: BusSignal): void {
    if (member === 'JobNew') this.#hearNew(String(body[2]));
    else if (member === 'JobRemoved')
      this.#hearRemoved(String(body[1]), String(body[2]), asJobResult(body[3]));
    else if (member === 'PropertiesChanged') this.#hearChange(unitOfPath(path), asProperties(body[1]));
  }

  #hearNew(unit: string): void {
    if (this.#tracked.has(unit)) this.#onEvent({ kind: 'job-new', unit });
  }

  #hearRemoved(job: string, unit: string, result: JobResult): void {
    if (this.#tracked.has(unit)) this.#onEvent({ kind: 'job-removed', unit, result });
    this.#end(job, result);
  }

  #hearChange(unit: string | undefined, properties: Readonly<Record<string, unknown>>): void {
    if (unit === undefined || !this.#tracked.has(unit) || properties['ActiveState'] === undefined) return;
    const activeState = asActiveState(properties['ActiveState']);
    const subState = String(properties['SubState'] ?? '');
    const state = `${activeState} ${subState}`;
    // systemd sends all properties with every change, even where the state is the same.
    if (this.#lastState.get(unit) === state) return;
    this.#lastState.set(unit, state);
    this.#onEvent({ kind: 'unit-state', unit, activeState, subState });
  }

  #end(job: string, result: JobResult): void {
    for (const name of this.#waiting.get(job) ?? []) this.#results.set(name, result);
    this.#waiting.delete(job);
    this.#settle();
  }

  #settle(): void {
    if (this.#early || this.#waiting.size > 0) return;
    this.#resolve(new Map(this.#names.map((name) => [name, this.#results.get(name) ?? 'done'])));
  }

  async #findEnded(): Promise<void> {
    const [list] = await this.#systemd.manager('ListJobs');
    const pending = new Set(asJobs(list).map((job) => job.path));
    const goneJobs = [...this.#waiting].filter(([job]) => !pending.has(job));
    await Promise.all(
      goneJobs.map(async ([job, [unit = '']]) => {
        const state = await this.#systemd.property(
          unitPath(unit),
          'org.freedesktop.systemd1.Unit',
          'ActiveState',
        );
        if (this.#waiting.has(job)) this.#hearRemoved(job, unit, likelyResult(this.#verb, String(state)));
      }),
    );
  }
}

/**
 * The most likely result of a job whose end was missed, from its unit's ActiveState now.
 * @internal exported for tests: the test goes over all states
 */
export function likelyResult(verb: JobVerb, activeState: string): JobResult {
  if (activeState === 'failed') return 'failed';
  const goal = verb === 'stop' ? 'inactive' : 'active';
  return activeState === goal ? 'done' : 'unknown';
}

export interface PendingJob {
  readonly unit: string;
  readonly verb: string;
  readonly state: string;
  readonly path: string;
}

/** Narrows the reply of ListJobs, a(usssoo): id, unit, type, state, job path, unit path. */
export function asJobs(value: unknown): readonly PendingJob[] {
  if (!Array.isArray(value)) return [];
  return value.map((job: unknown) => {
    const [, unit, verb, state, path] = Array.isArray(job) ? (job as readonly unknown[]) : [];
    return { unit: String(unit), verb: String(verb), state: String(state), path: String(path) };
  });
}

/** @internal exported for tests: the test goes over what systemd sends */
export function asJobResult(value: unknown): JobResult {
  return jobResults.find((result) => result === value) ?? 'unknown';
}
