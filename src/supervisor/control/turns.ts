/**
 * Whose request is taken next. One long request is taken in a turn of the event loop, and with it one short request
 * of each client that has one: so a client that asks little waits for one long request at most, however many
 * others send.
 */

/** A client whose requests wait, in the order in which they came. */
export interface Taker {
  /** Characters of the request that comes next; undefined where none waits. */
  readonly next: number | undefined;
  take(): void;
}

/** The most characters of a short request: some dozen names of units. */
const short = 4096;

export class Turns {
  /** Those with requests; who has waited longest comes first. */
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
