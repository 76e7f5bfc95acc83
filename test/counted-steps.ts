/** How much code runs, counted by V8: a measure of work that no other program on the machine changes. */
import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';
import { afterAll, beforeAll } from 'vitest';

// Else what runs seldom is compiled again, and its counts are lost.
setFlagsFromString('--no-flush-bytecode');

type Counter<T> = (work: () => unknown) => Promise<T>;

/**
 * A counter for the tests of a file: how often blocks of the code of these files run, by function. What happens within a
 * regular expression, or in what JavaScript brings along, is not counted.
 */
export function functionStepCounter(files: RegExp): Counter<ReadonlyMap<string, number>> {
  const session = new Session();
  beforeAll(async () => {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  });
  afterAll(async () => {
    await session.post('Profiler.stopPreciseCoverage');
    session.disconnect();
  });
  return async (work) => {
    await session.post('Profiler.takePreciseCoverage');
    work();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const counts = result
      .filter(({ url }) => files.test(url))
      .flatMap(({ url, functions }) =>
        functions.map(({ functionName, ranges }): [string, number] => [
          `${url.replace(/^.*\/src\//, 'src/')} ${functionName} ${String(ranges[0]?.startOffset)}`,
          ranges.reduce((sum, { count }) => sum + count, 0),
        ]),
      );
    return new Map(counts);
  };
}

/** The same, of all functions together. */
export function stepCounter(files: RegExp): Counter<number> {
  const count = functionStepCounter(files);
  return async (work) => [...(await count(work)).values()].reduce((sum, steps) => sum + steps, 0);
}
