/**
 * Decides which request is next. One turn of the event loop takes one long request, and with it a short request of
 * each client that has one, for some ms at most. The next long request is taken once the one before is answered: so
 * the work that waits has a bound, and a client that asks for little waits for one turn at most, however many the
 * others send.
 */
import { turnLength } from '../steps.ts';

/** A client with waiting requests, in the order in which they arrived. */
export interface Taker {
  /** Characters of the next request; undefined where none waits. */
  readonly next: number | undefined;
  /** Resolves once the request is answered; undefined where the next long one need not wait for that. */
  take(): Promise<void> | undefined;
}

/** The most characters of a short request: a few dozen unit names. */
const short = 4096;

const isLong = ({ next = 0 }: Taker): boolean => next > short;

export class Turns {
  readonly #now: () => number;
  /** Clients with requests; the one that has waited longest comes first. */
  readonly #waiting = new Set<Taker>();
  #isDue = false;
  /** A long request is not answered yet. */
  #isBusy = false;

  /** @param now ms, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The taker has a request. */
  join(taker: Taker): void {
    this.#waiting.add(taker);
    this.#plan();
  }

  #plan(): void {
    if (this.#isDue || ![...this.#waiting].some((taker) => !this.#isBusy || !isLong(taker))) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#turn();
    });
  }

  #turn(): void {
    this.#isDue = false;
    const end = this.#now() + turnLength;
    const all = [...this.#waiting];
    for (const taker of all.filter((each) => !isLong(each))) {
      if (this.#now() >= end) break;
      void this.#take(taker);
    }
    const long = all.find(isLong);
    if (long !== undefined && !this.#isBusy) {
      this.#isBusy = true;
      void Promise.resolve(this.#take(long)).finally(() => {
        this.#isBusy = false;
        this.#plan();
      });
    }
    this.#plan();
  }

  #take(taker: Taker): Promise<void> | undefined {
    this.#waiting.delete(taker);
    const answer = taker.take();
    if (taker.next !== undefined) this.join(taker);
    return answer;
  }
}
