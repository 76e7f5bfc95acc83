import { expect, it } from 'vitest';
import { WorkLimit } from '../../../src/host/machine/work-limit.ts';

it('runs no more than the limit, makes room after failures, and finishes all in order', async () => {
  const limit = new WorkLimit(3);
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      limit.run(async () => {
        begun.push(index);
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        if (index % 4 === 0) throw new Error('failed');
        return index;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(5);
});
