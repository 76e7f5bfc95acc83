/** `npm run test:simulation`: 100,000 histories, or as many as HISTORIES says. */
import { it } from 'vitest';
import { playAll } from './histories.ts';

const all = Number(process.env.HISTORIES ?? 100_000);
const block = 5_000;
const blocks = Array.from({ length: Math.ceil(all / block) }, (_, index) => index * block);

it.each(blocks)(
  'histories from %i on hold the invariants',
  (from) => {
    playAll(from, Math.min(from + block, all));
  },
  3_600_000,
);
