import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const parity = 'test/e2e/supervisor-parity.test.ts';

/** Files that take minutes. One that begins last runs alone, and the others wait for it. */
const longFiles = /\/(faults\/sample|e2e\/(build|update|apply|supervise|remote|exactness))\.test\.ts$/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => longFiles.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * `unit` runs anywhere in seconds; `e2e` boots throwaway hosts, so it needs root
 * and runs three files at a time (more keep two cores no busier); `compose` compares
 * the whole corpus, every key and random YAML with docker compose, which takes minutes (test/compose-parity/README.md); `differential`
 * compares the supervisor's engine with systemds on thousands of histories (test/differential/README.md); `parity` takes
 * applications of many containers through the same events with systemd and without; `simulation` runs the
 * engine alone, for long; `faults` has faults befall every verb that changes a host (test/faults).
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/e2e/**',
            'test/compose-parity/{corpus,every-form,yaml}.test.ts',
            'test/differential/{sample,histories}.test.ts',
            'test/simulation/many.test.ts',
            'test/faults/{sample,campaign}.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: [
            'test/e2e/**/*.test.ts',
            'test/differential/sample.test.ts',
            'test/faults/sample.test.ts',
          ],
          exclude: [parity],
          maxWorkers: 3,
          // Real daemons on a shared machine: CI tries once more before it calls a change broken, and says so.
          retry: process.env.CI === undefined ? 0 : 1,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'parity',
          include: [parity],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/many.test.ts'],
        },
      },
      {
        test: {
          name: 'compose',
          include: ['test/compose-parity/{corpus,every-form,yaml}.test.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'differential',
          include: ['test/differential/histories.test.ts'],
          testTimeout: 3_600_000,
        },
      },
      {
        test: {
          name: 'faults',
          // Each case is shown as soon as it is played.
          disableConsoleIntercept: true,
          include: ['test/faults/campaign.test.ts'],
          testTimeout: 36_000_000,
        },
      },
    ],
  },
});
