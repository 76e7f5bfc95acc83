import { expect, it } from 'vitest';
import { StepQueue, complete, turnLength } from '../../src/supervisor/steps.ts';
import type { Steps } from '../../src/supervisor/steps.ts';

/** Steps that take a ms each. */
function worker(): {
  readonly queue: StepQueue;
  readonly taken: string[];
  steps(name: string, count: number): Steps<string>;
} {
  let time = 0;
  const taken: string[] = [];
  return {
    queue: new StepQueue(() => time),
    taken,
    *steps(name, count) {
      for (let step = 0; step < count; step += 1) {
        time += 1;
        taken.push(name);
        yield;
      }
      return `${name} is done`;
    },
  };
}

it('takes steps for some ms in a turn, one work after the other', async () => {
  const { queue, taken, steps } = worker();
  const results = Promise.all([queue.take(steps('a', turnLength + 2)), queue.take(steps('b', 1))]);
  const turns = [taken.join('')];
  while (taken.length < turnLength + 3) {
    const before = taken.length;
    await new Promise((resolve) => setImmediate(resolve));
    turns.push(taken.slice(before).join(''));
  }
  expect(turns).toEqual(['aaaaa', 'aab']);
  expect(await results).toEqual(['a is done', 'b is done']);
});

it('takes what follows work that fails', async () => {
  const { queue, steps } = worker();
  const failed = queue.take(
    (function* (): Steps<void> {
      yield;
      throw new Error('no file');
    })(),
  );
  const other = queue.take(steps('b', 20));
  await expect(failed).rejects.toThrow('no file');
  expect(await other).toBe('b is done');
});

it('takes all steps at once where no one waits', () => {
  const { taken, steps } = worker();
  expect(complete(steps('a', 3))).toBe('a is done');
  expect(taken).toEqual(['a', 'a', 'a']);
});
