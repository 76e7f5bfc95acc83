/** What lets the starts of containers go first. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StartGate } from '../../../src/supervisor/loop/start-gate.ts';

const never = new AbortController().signal;
const patience = 1000;

let starts: StartGate;
let told: string[];
beforeEach(() => {
  vi.useFakeTimers();
  starts = new StartGate();
  told = [];
});
afterEach(() => {
  vi.useRealTimers();
});

/** Begins a start, gives what ends it. */
function begin(): { readonly end: () => void; readonly fail: () => void } {
  let [end, fail] = [(): void => undefined, (): void => undefined];
  const start = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = () => {
      reject(new Error('refused'));
    };
  });
  starts.count(start).catch((error: unknown) => told.push(String(error)));
  return { end, fail };
}

/** Notes in `told` when the waiting is over. */
function wait(signal = never): void {
  void starts.untilNone(patience, signal).then(() => told.push('none'));
}

it('does not wait where no container is starting', async () => {
  wait();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['none']);
  expect(vi.getTimerCount()).toBe(0);
});

it('waits for the last of several starts, even a refused one', async () => {
  const [first, second] = [begin(), begin()];
  wait();
  first.end();
  await vi.advanceTimersByTimeAsync(patience - 1);
  expect(told).toEqual([]);
  second.fail();
  await vi.advanceTimersByTimeAsync(0);
  expect(told.toSorted()).toEqual(['Error: refused', 'none']);
  expect(vi.getTimerCount()).toBe(0);
});

it('waits again for a later start', async () => {
  begin().end();
  await vi.advanceTimersByTimeAsync(0);
  const later = begin();
  wait();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([]);
  later.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['none']);
});

it('waits no longer than its patience', async () => {
  begin();
  wait();
  await vi.advanceTimersByTimeAsync(patience - 1);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['none']);
});

it('stops waiting when its signal aborts', async () => {
  begin();
  const over = new AbortController();
  wait(over.signal);
  over.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['none']);
  expect(vi.getTimerCount()).toBe(0);
});
