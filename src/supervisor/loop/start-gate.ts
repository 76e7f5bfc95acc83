/** Whether containers are being started, for what lets them go first. */
import { unlessAborted } from './unless-aborted.ts';

export class StartGate {
  #count = 0;
  #none = Promise.resolve();
  #tellNone = (): void => undefined;

  /** The start counts from now until it has ended, however it does. */
  async count<T>(start: Promise<T>): Promise<T> {
    if (this.#count++ === 0) this.#none = new Promise((resolve) => (this.#tellNone = resolve));
    try {
      return await start;
    } finally {
      if (--this.#count === 0) this.#tellNone();
    }
  }

  /** Resolves when none is under way, when `patience` (ms) is out, or when the signal aborts. */
  async untilNone(patience: number, signal: AbortSignal): Promise<void> {
    let clock: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (clock = setTimeout(resolve, patience).unref()));
    await unlessAborted(Promise.race([this.#none, late]), signal).catch(() => undefined);
    clearTimeout(clock);
  }
}
