import { defineConfig } from 'vitest/config';

const shared = { pool: 'forks', maxWorkers: 2 } as const;

/**
 * Tests of real processes come after all others: their admin process is niced, and beside tests that take both cores it would hardly run.
 * They wait more than they work, so two files run at once even on two cores, where the default is one.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'code',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/interop/**', 'test/crash/**', 'test/time/**', 'test/fuzz/**'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'processes',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
