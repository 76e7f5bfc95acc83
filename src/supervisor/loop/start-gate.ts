/** Lets low-priority work wait until no container start is in progress. */
import { unlessAborted } from './unless-aborted.ts';

export class StartGate {
  #count = 0;
  #none = Promise.resolve();
  #tellNone = (): void => undefined;

  /** Counts the start from now until it ends, whatever the result. */
  async count<T>(start: Promise<T>): Promise<T> {
    if (this.#count++ === 0) this.#none = new Promise((resolve) => (this.#tellNone = resolve));
    try {
      return await start;
    } finally {
      if (--this.#count === 0) this.#tellNone();
    }
  }

  /** Resolves when no start is in progress, after `patience` ms, or when the signal aborts. */
  async untilNone(patience: number, signal: AbortSignal): Promise<void> {
    let clock: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (clock = setTimeout(resolve, patience).unref()));
    await unlessAborted(Promise.race([this.#none, late]), signal).catch(() => undefined);
    clearTimeout(clock);
  }
}
