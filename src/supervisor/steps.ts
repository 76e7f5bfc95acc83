/**
 * Long work as small steps. One turn of the event loop takes steps for some ms at most, so that the supervisor answers
 * other clients in between.
 */

/** The work pauses where it yields, and returns its result. */
export type Steps<T> = Generator<undefined, T>;

/** How long steps may take in one turn of the event loop, in ms. */
export const turnLength = 5;

/** Takes all steps at once. */
export function complete<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Takes one piece of work after the other, in the order in which they come. */
export class StepQueue {
  readonly #now: () => number;
  /** Each takes a step of one piece of work, and returns whether more follow. */
  readonly #works: (() => boolean)[] = [];

  /** @param now ms, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Resolves with the result; rejects with what a step throws. */
  take<T>(steps: Steps<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#works.push(() => {
        try {
          const step = steps.next();
          if (step.done === true) resolve(step.value);
          return step.done !== true;
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return false;
        }
      });
      if (this.#works.length === 1) this.#turn();
    });
  }

  #turn(): void {
    const end = this.#now() + turnLength;
    do {
      if (this.#works[0]?.() === false) this.#works.shift();
    } while (this.#works.length > 0 && this.#now() < end);
    if (this.#works.length > 0)
      setImmediate(() => {
        this.#turn();
      });
  }
}
