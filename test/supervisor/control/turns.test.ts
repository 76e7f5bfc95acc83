import { beforeEach, expect, it } from 'vitest';
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
      time += cost;
      return undefined;
    },
  };
}

/** Each request takes this long, in ms. */
let cost = 0;
let time = 0;
const now = (): number => time;
beforeEach(() => {
  cost = time = 0;
});

it('one turn takes one long request, and a short one of each client', async () => {
  const turns = new Turns(now);
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

it('one turn takes short requests for a few ms, and a long one, however many wait', async () => {
  const turns = new Turns(now);
  const taken: string[] = [];
  cost = 2;
  turns.join(taker('L', [5000, 5000], taken));
  for (const name of ['a', 'b', 'c', 'd', 'e']) turns.join(taker(name, [10, 10], taken));
  const perTurn: string[] = [];
  while (taken.length < 12) {
    const before = taken.length;
    await new Promise((resolve) => setImmediate(resolve));
    perTurn.push(taken.slice(before).join(''));
  }
  expect(perTurn).toEqual(['abcL', 'deaL', 'bcd', 'e']);
});

it('takes the next long request once the one before is answered, and short ones meanwhile', async () => {
  const turns = new Turns(now);
  const taken: string[] = [];
  let answer: () => void = () => undefined;
  const slow = taker('A', [5000], taken);
  turns.join({
    get next() {
      return slow.next;
    },
    take: () => {
      void slow.take();
      return new Promise((resolve) => (answer = resolve));
    },
  });
  turns.join(taker('B', [5000], taken));
  turns.join(taker('x', [10, 10], taken));
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(taken.join('')).toBe('xAx');
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken.join('')).toBe('xAxB');
});
