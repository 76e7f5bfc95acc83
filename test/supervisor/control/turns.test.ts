import { expect, it } from 'vitest';
import { type Taker, Turns } from '../../../src/supervisor/control/turns.ts';

/** A client with requests of these lengths; each is noted as it is taken. */
function taker(name: string, lengths: number[], taken: string[]): Taker {
  return {
    get next() {
      return lengths[0];
    },
    take: () => {
      lengths.shift();
      taken.push(name);
    },
  };
}

it('one turn takes one long request, and a short one of each client', async () => {
  const turns = new Turns();
  const taken: string[] = [];
  const long = 5000;
  for (const name of ['a', 'b', 'c']) turns.join(taker(name, [long, long], taken));
  turns.join(taker('x', [10, 10, 10], taken));
  turns.join(taker('y', [10, long, 10], taken));
  const perTurn: string[] = [];
  for (let before = -1; taken.length > before;) {
    before = taken.length;
    await new Promise((resolve) => setImmediate(resolve));
    perTurn.push(taken.slice(before).join(''));
  }
  expect(perTurn).toEqual(['xya', 'xb', 'xc', 'y', 'ya', 'b', 'c', '']);
});
