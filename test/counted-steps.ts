/** How much code runs, counted by V8: a measure of work that no other program on the machine changes. */
import { Session } from 'node:inspector/promises';
import { afterAll, beforeAll } from 'vitest';

/**
 * A counter for the tests of a file: how often blocks of the code of these files run. What happens within a regular
 * expression, or in what JavaScript brings along, is not counted.
 */
export function stepCounter(files: RegExp): (work: () => unknown) => Promise<number> {
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
    return result
      .filter(({ url }) => files.test(url))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
      .reduce((sum, { count }) => sum + count, 0);
  };
}
