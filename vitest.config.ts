import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` runs anywhere in seconds; `host` boots throwaway hosts, so it needs root
 * and runs its files one after the other (they share two cores and one kernel).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/host/**'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'host',
          include: ['test/host/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
