/** Jobs that may be able to run, in the order in which systemd tries them; manager.c, run_queue. */
import { compareTurns, turnOf } from './job-order.ts';
import type { Job, JobId } from './state.ts';

interface QueueEntry {
  readonly id: JobId;
  readonly turn: ReturnType<typeof turnOf>;
}

export class RunQueue {
  readonly #ids = new Set<JobId>();
  /** A binary heap: no entry comes after its children, those of `at` being at 2 × at + 1 and + 2. Some are no longer in #ids. */
  readonly #heap: QueueEntry[] = [];

  get size(): number {
    return this.#ids.size;
  }

  add({ id, unit }: Pick<Job, 'id' | 'unit'>): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    this.#heap.push({ id, turn: turnOf(unit) });
    let at = this.#heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapped(parent, at)) return;
      at = parent;
    }
  }

  delete(id: JobId): void {
    this.#ids.delete(id);
  }

  /** Removes and returns the next job. */
  take(): JobId | undefined {
    for (let first = this.#pop(); first !== undefined; first = this.#pop()) {
      if (this.#ids.delete(first.id)) return first.id;
    }
    return undefined;
  }

  #pop(): QueueEntry | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let at = 0; ;) {
      const [one, other] = [2 * at + 1, 2 * at + 2];
      const child = this.#isBefore(other, one) ? other : one;
      if (!this.#swapped(at, child)) return first;
      at = child;
    }
  }

  /** Swaps the lower entry with the upper one where the lower one comes first. */
  #swapped(upper: number, lower: number): boolean {
    if (!this.#isBefore(lower, upper)) return false;
    const [one, other] = [this.#heap[upper], this.#heap[lower]];
    if (one === undefined || other === undefined) return false;
    this.#heap[upper] = other;
    this.#heap[lower] = one;
    return true;
  }

  #isBefore(at: number, than: number): boolean {
    const [one, other] = [this.#heap[at], this.#heap[than]];
    return one !== undefined && other !== undefined && compareTurns(one.turn, other.turn) < 0;
  }
}
