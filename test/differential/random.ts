import fc from 'fast-check';

const resolution = 2 ** 30;

/** Numbers from 0 to 1, below 1, evenly spread; the same ones for the same seed. */
export function randomFrom(seed: number): () => number {
  const [draws] = fc.sample(fc.noBias(fc.infiniteStream(fc.nat(resolution - 1))), { seed, numRuns: 1 });
  if (draws === undefined) throw new Error('fast-check samples what it is asked for');
  return () => draws.next().value / resolution;
}
