/**
 * Decides which request is next. One turn of the event loop takes one long request, and with it one short request of
 * each client that has one. So a client that asks for little waits for one long request at most, however many the
 * others send.
 */

/** A client with waiting requests, in the order in which they arrived. */
export interface Taker {
  /** Characters of the next request; undefined where none waits. */
  readonly next: number | undefined;
  take(): void;
}

/** The most characters of a short request: a few dozen unit names. */
const short = 4096;

export class Turns {
  /** Clients with requests; the one that has waited longest comes first. */
  readonly #waiting = new Set<Taker>();
  #isDue = false;

  /** The taker has a request. */
  join(taker: Taker): void {
    this.#waiting.add(taker);
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#turn();
    });
  }

  #turn(): void {
    this.#isDue = false;
    const all = [...this.#waiting];
    const isLong = ({ next = 0 }: Taker): boolean => next > short;
    for (const taker of [...all.filter((each) => !isLong(each)), ...all.filter(isLong).slice(0, 1)]) {
      this.#waiting.delete(taker);
      taker.take();
      if (taker.next !== undefined) this.join(taker);
    }
    const [next] = this.#waiting;
    if (next !== undefined) this.join(next);
  }
}
